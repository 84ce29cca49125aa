"""The modifier that pyhf lacks for a smooth background: factor exp(phi z) in every bin, with phi free.

The whitened parameters of a fitted function are such phi, with z its slope in the logarithm. pyhf's own modifiers either
leave the bins independent or constrain what the data themselves determine.
"""

from __future__ import annotations

from typing import Any

from .pyhf_library import library
from .whitened import LARGEST

RANGE = 20.0  # of phi, in standard deviations of the fit that the workspace was made from


class LogLinearBuilder:
    """Collects the slopes z of every sample over all channels, as pyhf asks of a modifier's first class."""

    is_shared = True

    def __init__(self, config: Any) -> None:
        self.config = config
        self.builder_data: dict[str, Any] = {}
        self.required_parsets: dict[str, Any] = {}

    def append(self, key: str, channel: str, sample: str, modifier: Any, _definition: Any) -> None:
        """Add the slopes of one sample in one channel, zero where it has no such modifier."""
        stored = self.builder_data.setdefault(key, {}).setdefault(sample, {}).setdefault("data", {"z": []})
        stored["z"] += list(modifier["data"]) if modifier else [0.0] * self.config.channel_nbins[channel]
        if modifier:
            self.required_parsets.setdefault(modifier["name"], [_free()])

    def finalize(self) -> dict[str, Any]:
        """Return what was collected."""
        return self.builder_data


def _free() -> dict[str, Any]:
    return {
        "paramset_type": "unconstrained",
        "n_parameters": 1,
        "is_scalar": True,
        "inits": (0.0,),
        "bounds": ((-RANGE, RANGE),),
        "fixed": False,
    }


class LogLinear:
    """Multiplies samples by exp(phi z), with any backend of pyhf, for one point or a batch of them."""

    name = "loglinear"
    op_code = "multiplication"

    def __init__(
        self,
        modifiers: list[tuple[str, str]],
        pdfconfig: Any,
        builder_data: dict[str, Any],
        batch_size: int | None = None,
    ) -> None:
        from pyhf.parameters import ParamViewer  # noqa: PLC0415

        shape = (pdfconfig.npars,) if batch_size is None else (batch_size, pdfconfig.npars)
        self.equation = "msab,m->msab" if batch_size is None else "msab,ma->msab"
        self.parameters = ParamViewer(shape, pdfconfig.par_map, [name for name, _ in modifiers])
        rows = batch_size or 1
        self.slopes = [
            [[builder_data[f"{kind}/{name}"][sample]["data"]["z"]] * rows for sample in pdfconfig.samples]
            for name, kind in modifiers
        ]

    def apply(self, point: Any) -> Any:
        """Return the factors, shape (n_modifiers, n_samples, n_points, n_bins), or None without modifiers."""
        if not self.slopes:
            return None
        backend, _ = library().get_backend()
        slopes = backend.astensor(self.slopes)
        exponent = backend.einsum(self.equation, slopes, self.parameters.get(point))
        return backend.exp(backend.clip(exponent, -LARGEST, LARGEST))

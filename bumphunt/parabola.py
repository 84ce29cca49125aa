"""The modifier of pyhf for a signal shape that moves on a parabola with a constrained parameter.

pyhf's own histosys goes through the same three shapes, on a polynomial of sixth order between them and on straight lines
outside; its option of parabolas, code2, jumps at one standard deviation (pyhf 0.7.6).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .pyhf_library import library

RANGE = 5.0  # of the parameter, as for histosys


class ParabolaBuilder:
    """Collects the parabolas of every sample over all channels, as pyhf asks of a modifier's first class."""

    is_shared = True

    def __init__(self, config: Any) -> None:
        self.config = config
        self.builder_data: dict[str, Any] = {}
        self.required_parsets: dict[str, Any] = {}

    def append(self, key: str, channel: str, sample: str, modifier: Any, definition: Any) -> None:
        """Add the shapes of one sample in one channel, zero where it has no such modifier."""
        stored = self.builder_data.setdefault(key, {}).setdefault(sample, {})
        data = stored.setdefault("data", {"linear": [], "quadratic": []})
        linear = quadratic = np.zeros(self.config.channel_nbins[channel])
        if modifier:
            nominal, up, down = (
                np.array(one, dtype=float)
                for one in (definition["data"], modifier["data"]["hi_data"], modifier["data"]["lo_data"])
            )
            linear, quadratic = (up - down) / 2, (up + down) / 2 - nominal
            self.required_parsets.setdefault(modifier["name"], [_constrained()])
        data["linear"] += linear.tolist()
        data["quadratic"] += quadratic.tolist()

    def finalize(self) -> dict[str, Any]:
        """Return what was collected."""
        return self.builder_data


def _constrained() -> dict[str, Any]:
    return {
        "paramset_type": "constrained_by_normal",
        "n_parameters": 1,
        "is_scalar": True,
        "inits": (0.0,),
        "bounds": ((-RANGE, RANGE),),
        "fixed": False,
        "auxdata": (0.0,),
    }


class Parabola:
    """Adds linear nu + quadratic nu^2 to samples, with any backend of pyhf, for one point or a batch of them."""

    name = "parabola"
    op_code = "addition"

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
        self.linear, self.quadratic = (
            [
                [
                    [builder_data[f"{kind}/{name}"][sample]["data"][part]] * rows
                    for sample in pdfconfig.samples
                ]
                for name, kind in modifiers
            ]
            for part in ("linear", "quadratic")
        )

    def apply(self, point: Any) -> Any:
        """Return the added events, shape (n_modifiers, n_samples, n_points, n_bins), or None without modifiers."""
        if not self.linear:
            return None
        backend, _ = library().get_backend()
        nu = self.parameters.get(point)
        linear = backend.einsum(self.equation, backend.astensor(self.linear), nu)
        return linear + backend.einsum(self.equation, backend.astensor(self.quadratic), nu * nu)

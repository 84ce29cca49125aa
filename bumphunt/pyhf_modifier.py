"""What the two modifiers that pyhf lacks have in common: how pyhf collects their data, and finds their parameters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar


class ModifierBuilder(ABC):
    """Collects arrays of every sample over all channels, as pyhf asks of a modifier's first class."""

    is_shared = True
    parameter: ClassVar[dict[str, Any]]
    parts: ClassVar[tuple[str, ...]]

    def __init__(self, config: Any) -> None:
        self.config = config
        self.builder_data: dict[str, Any] = {}
        self.required_parsets: dict[str, Any] = {}

    def append(self, key: str, channel: str, sample: str, modifier: Any, definition: Any) -> None:
        """Add the arrays of one sample in one channel, zero where it has no such modifier."""
        stored = self.builder_data.setdefault(key, {}).setdefault(sample, {})
        data = stored.setdefault("data", {part: [] for part in self.parts})
        arrays = [[0.0] * self.config.channel_nbins[channel]] * len(self.parts)
        if modifier:
            arrays = self.arrays(modifier, definition)
            required = {
                "n_parameters": 1,
                "is_scalar": True,
                "inits": (0.0,),
                "fixed": False,
                **self.parameter,
            }
            self.required_parsets.setdefault(modifier["name"], [required])
        for part, array in zip(self.parts, arrays, strict=True):
            data[part] += list(array)

    @abstractmethod
    def arrays(self, modifier: Any, definition: Any) -> list[list[float]]:
        """Return the arrays of a modifier of a sample, one for each part."""

    def finalize(self) -> dict[str, Any]:
        """Return what was collected."""
        return self.builder_data


class Modifier:
    """Finds the parameters of all modifiers of a kind, for one point or a batch of them."""

    parts: ClassVar[tuple[str, ...]]

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
        self.arrays = [
            [
                [[builder_data[f"{kind}/{name}"][s]["data"][part]] * rows for s in pdfconfig.samples]
                for name, kind in modifiers
            ]
            for part in self.parts
        ]

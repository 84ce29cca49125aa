"""The background: jets by the strong interaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .process_background import Background
from .process_contract import ProcessError, Weighting

BIAS_MAX = 6.0


@dataclass(frozen=True)
class QCD(Background):
    """Production of jets by the strong interaction, complete from ``mjj_min`` (GeV) and up to ``deta_max``.

    Complete from ``deta_min`` on, too. ``bias`` above 0 fills the tail of multi-TeV masses with weighted events: hard
    processes are chosen by their pT to this power more often; 4.5 makes the spectrum nearly flat.
    """

    mjj_min: float = 2100.0
    deta_max: float | None = 1.3
    deta_min: float = 0.0
    bias: float = 0.0

    name: ClassVar[str] = "qcd"

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        super().__post_init__()
        if not 0 <= self.bias <= BIAS_MAX:
            raise ProcessError(
                f"bias of {self.name} is {self.bias:g}; allowed: 0 (no weights) to {BIAS_MAX:g}"
            )

    @property
    def weighting(self) -> Weighting | None:
        """Weighted events only where they are asked for."""
        return Weighting(self.bias) if self.bias else None

    def settings(self) -> tuple[str, ...]:
        """Return all 2 -> 2 QCD processes above the limits, and how events are weighted."""
        weighted = () if self.weighting is None else self.weighting.settings()
        return ("HardQCD:all = on", *self.limits(), *weighted)

"""The background: jets by the strong interaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .process_background import Background


@dataclass(frozen=True)
class QCD(Background):
    """Production of jets by the strong interaction, complete from ``mjj_min`` (GeV) and up to ``deta_max``."""

    mjj_min: float = 2100.0
    deta_max: float | None = 1.3

    name: ClassVar[str] = "qcd"

    def settings(self) -> tuple[str, ...]:
        """Return all 2 -> 2 QCD processes above the limit."""
        return ("HardQCD:all = on", f"PhaseSpace:pTHatMin = {self.pt_hat_min():.6g}")

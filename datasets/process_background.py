"""What backgrounds have in common: two partons back to back, above a limit that follows from the selection."""

from __future__ import annotations

from math import cosh

from .process_contract import ENERGY, ETA_MAX, DijetCut, DijetVeto, Process, ProcessError, Veto

# The pT and mass of a hard process relative to those of jets at the edge of the selection, and the mass of two jets
# of partons relative to that of the dijet, from which on events can be selected. Together they lose about half a
# percent just above the smallest mass: far below, jets of initial-state radiation take part.
HARD, HARD_MASS, SHOWERED = 0.67, 0.6, 0.9
DETA_MARGIN, ETA_MARGIN = 0.12, 0.2
OPENING = 1.3
WIDEST = 2 * ETA_MAX
DETA_SPAN = 0.5


class Background(Process):
    """Collisions without a resonance.

    ``mjj_min`` (GeV), ``deta_max`` and ``deta_min`` say where the sample is complete after reconstruction; the limits
    of the hard process (``limits``) and what is dropped during the shower (``veto``) follow from them.
    """

    mjj_min: float
    deta_max: float | None
    deta_min: float

    def __post_init__(self) -> None:
        """Refuse a range that holds no events or in which Pythia has no hard process."""
        if not 400.0 <= self.mjj_min <= 0.8 * ENERGY:
            raise ProcessError(
                f"mjj_min of {self.name} is {self.mjj_min:g} GeV; allowed: 400 to {0.8 * ENERGY:g}"
            )
        if not DETA_SPAN <= self.opening <= WIDEST:
            raise ProcessError(
                f"deta_max of {self.name} is {self.deta_max:g}; allowed: {DETA_SPAN:g} to {WIDEST:g}, "
                f"the widest that two jets with |eta| < {ETA_MAX:g} can be apart"
            )
        if not 0 <= self.deta_min <= self.opening - DETA_SPAN:
            raise ProcessError(
                f"deta_min of {self.name} is {self.deta_min:g}; allowed: 0 to {self.opening - DETA_SPAN:g}, "
                f"which is deta_max - {DETA_SPAN:g}"
            )

    @property
    def opening(self) -> float:
        """The largest |delta eta| of the sample."""
        return WIDEST if self.deta_max is None else self.deta_max

    @property
    def cut(self) -> DijetCut:
        """Complete from ``mjj_min`` and ``deta_min``, and up to ``deta_max``."""
        return DijetCut(self.mjj_min, self.deta_max, deta_min=self.deta_min)

    @property
    def veto(self) -> Veto:
        """Drop collisions that cannot pass the cut."""
        return DijetVeto(
            SHOWERED * self.mjj_min,
            None if self.deta_max is None else self.deta_max + DETA_MARGIN,
            0.024 * self.mjj_min,
            deta_min=max(self.deta_min - DETA_MARGIN, 0.0),
            eta_max=ETA_MAX + ETA_MARGIN,
        )

    def pt_hat_min(self) -> float:
        """Return the smallest transverse momentum (GeV) of the hard process."""
        widest = max(self.opening, OPENING)
        return HARD * max(self.mjj_min / (2 * cosh(widest / 2)), self.cut.pt_min)

    def limits(self) -> tuple[str, ...]:
        """Return the limits of the hard process as settings."""
        return (
            f"PhaseSpace:pTHatMin = {self.pt_hat_min():.6g}",
            f"PhaseSpace:mHatMin = {HARD_MASS * self.mjj_min:.6g}",
        )

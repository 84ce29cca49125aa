"""What backgrounds have in common: two partons back to back, above a limit that follows from the selection."""

from __future__ import annotations

from math import cosh

from .process_contract import ENERGY, ETA_MAX, DijetCut, DijetVeto, Process, ProcessError, Veto

# The pT of a hard parton relative to that of jets at the edge of the selection, and the mass of two jets of partons
# relative to that of the dijet, from which on events can be selected. Together they lose about half a percent
# just above the smallest mass: far below, jets of initial-state radiation take part.
HARD, SHOWERED = 0.67, 0.9
OPENING = 1.3


class Background(Process):
    """Collisions without a resonance.

    ``mjj_min`` (GeV) and ``deta_max`` say from where on the sample is complete after reconstruction; the limit of
    the hard process (``pt_hat_min``) and what is dropped during the shower (``veto``) follow from them.
    """

    mjj_min: float
    deta_max: float | None

    def __post_init__(self) -> None:
        """Refuse a range that holds no events or in which Pythia has no hard process."""
        if not 400.0 <= self.mjj_min <= 0.8 * ENERGY:
            raise ProcessError(
                f"mjj_min of {self.name} is {self.mjj_min:g} GeV; allowed: 400 to {0.8 * ENERGY:g}"
            )
        if self.deta_max is not None and not 0.5 <= self.deta_max <= 2 * ETA_MAX:
            raise ProcessError(
                f"deta_max of {self.name} is {self.deta_max:g}; allowed: 0.5 to 5, or none at all"
            )

    @property
    def cut(self) -> DijetCut:
        """Complete from ``mjj_min`` and up to ``deta_max``."""
        return DijetCut(self.mjj_min, self.deta_max)

    @property
    def veto(self) -> Veto:
        """Drop collisions that cannot pass the cut."""
        deta_max = None if self.deta_max is None else self.deta_max + 0.12
        return DijetVeto(SHOWERED * self.mjj_min, deta_max, 0.024 * self.mjj_min)

    def pt_hat_min(self) -> float:
        """Return the smallest transverse momentum (GeV) of the hard process."""
        opening = 2 * ETA_MAX if self.deta_max is None else max(self.deta_max, OPENING)
        return HARD * max(self.mjj_min / (2 * cosh(opening / 2)), self.cut.pt_min)

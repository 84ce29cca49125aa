"""What all signals have in common: a resonance of given mass and width that decays to two heavy jets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from .process_contract import ENERGY, DijetCut, Process, ProcessError

WIDTH_MAX = 0.2
SELECTED = 0.7  # of the smallest m_jj: hardly any lighter resonance is selected


class Resonance(Process):
    """A signal; ``prongs`` are the quarks of its two jets when all W and Z decay to quarks.

    The cross section that Pythia finds belongs to no model: normalise to the one you want to test.
    """

    mass: float
    width: float
    mjj_min: float
    deta_max: float | None

    prongs: ClassVar[tuple[int, int]]

    @property
    def cut(self) -> DijetCut:
        """Kept from ``mjj_min`` and up to ``deta_max``."""
        return DijetCut(self.mjj_min, self.deta_max)

    def lowest(self, threshold: float) -> float:
        """Return the mass (GeV) where the resonance is cut off: what its decay needs, or what can be selected."""
        return max(threshold, min(SELECTED * self.mjj_min, self.mass / 2))

    def check(self, label: str, daughters: Mapping[str, float]) -> None:
        """Refuse a mass or width that cannot be; ``daughters`` are the masses (GeV) of what ``label`` decays to."""
        if not 0 < self.mass < ENERGY:
            raise ProcessError(f"{label} of {self.mass:g} GeV cannot be made; allowed: 0 to {ENERGY:g} GeV")
        if sum(daughters.values()) >= self.mass:
            decay = " and ".join(f"{name} of {mass:g}" for name, mass in daughters.items())
            raise ProcessError(
                f"{label} of {self.mass:g} GeV cannot decay to {decay} GeV; "
                f"choose daughters that are lighter than {label} together"
            )
        if not 0 < self.width <= WIDTH_MAX:
            raise ProcessError(
                f"relative width of {self.name} is {self.width:g}; allowed: above 0, up to {WIDTH_MAX:g}"
            )


def check_choice(process: Process, parameter: str, allowed: tuple[str, ...]) -> None:
    """Refuse a value of a parameter that is not among the allowed ones."""
    value = getattr(process, parameter)
    if value not in allowed:
        choices = ", ".join(repr(choice) for choice in allowed)
        raise ProcessError(f"{parameter} of {process.name} is {value!r}; allowed: {choices}")


def check_daughter(label: str, mass: float, lightest: float, decay: str) -> None:
    """Refuse a daughter of a mass (GeV) with which it cannot decay as it should."""
    if mass < lightest:
        raise ProcessError(
            f"{label} of {mass:g} GeV is too light to decay to {decay}; allowed: {lightest:g} GeV or more"
        )

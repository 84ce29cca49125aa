"""Jets of dark showers, for studies of taggers: "Aachen" (half unseen) and "Heidelberg" (all seen, more structure).

The names are those of two public sets of jets (arXiv:2104.08291, arXiv:2206.14225). "Aachen" follows the published
numbers: Z' of 2 TeV, dark quarks of 500 MeV, mesons and confinement at 5 GeV, three quarters of the mesons unseen
(arXiv:1907.04346). Those of "Heidelberg" are not all published: here it is a dark shower of which everything decays
to quarks, in two steps. Its parameters are ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from .particle import resonance
from .process_contract import ENERGY, ProcessError
from .process_jets import JetSample
from .process_semivisible import (
    DARK_QUARK,
    DARK_Z,
    MASSES,
    PSEUDOSCALARS,
    UNSEEN,
    VECTORS,
    by_mass,
    dark_decay,
    dark_shower,
)

COLOURS = 3
WIDTH = 0.01
LIGHT = (1, 2, 3, 4)  # quarks that a meson of a few GeV decays to
M_DARK_QUARK = 0.5
NEUTRAL_RHO, CHARGED_RHO = VECTORS
NEUTRAL_PION, CHARGED_PION = PSEUDOSCALARS
MESON_LOWEST, MESON_HIGHEST = 4.0, 100.0


class DarkJets(JetSample):
    """Z' -> two dark quarks, which shower and fragment to dark mesons."""

    mass: float
    m_dark: float

    def __post_init__(self) -> None:
        """Refuse what does not make jets."""
        super().__post_init__()
        if not MESON_LOWEST <= self.m_dark <= MESON_HIGHEST:
            raise ProcessError(
                f"m_dark of {self.name} is {self.m_dark:g} GeV; "
                f"allowed: {MESON_LOWEST:g} to {MESON_HIGHEST:g}, so that mesons decay to quarks"
            )
        if not 10 * self.m_dark < self.mass < ENERGY:
            raise ProcessError(
                f"mass of {self.name} is {self.mass:g} GeV; allowed: above ten times m_dark, below {ENERGY:g}"
            )

    def production(self, m_dark_quark: float) -> tuple[str, ...]:
        """Return quark fusion to Z' and its decay to dark quarks of a mass (GeV)."""
        return (
            "HiddenValley:ffbar2Zv = on",
            *resonance(DARK_Z, self.mass, WIDTH, self.mass / 2),
            f"{DARK_Z}:oneChannel = 1 0.95 102 {DARK_QUARK} -{DARK_QUARK}",
            *(f"{DARK_Z}:addChannel = 0 0.01 102 {quark} -{quark}" for quark in MASSES),
            f"{DARK_QUARK}:m0 = {m_dark_quark:g}",
        )


def masses(mesons: Iterable[int], mass: float) -> list[str]:
    """Give dark mesons a mass (GeV); returns settings."""
    return [f"{meson}:m0 = {mass:g}" for meson in mesons]


@dataclass(frozen=True)
class AachenJets(DarkJets):
    """Semi-visible jets with a pT between ``pt_min`` and ``pt_max`` (GeV) and |eta| < ``eta_max``.

    ``mass`` is that of the Z', ``m_dark`` that of all dark mesons and the confinement scale (GeV), ``r_inv`` the
    share of mesons that leave no trace. The others decay to light quarks, all alike.
    """

    pt_min: float = 150.0
    pt_max: float = 350.0
    eta_max: float = 2.0
    mass: float = 2000.0
    m_dark: float = 5.0
    r_inv: float = 0.75

    name: ClassVar[str] = "aachen_jets"

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        super().__post_init__()
        if not 0 <= self.r_inv <= 1:
            raise ProcessError(f"r_inv of {self.name} is {self.r_inv:g}; allowed: 0 to 1")

    def settings(self) -> tuple[str, ...]:
        """Return the Z', the dark shower, and the decays of the mesons."""
        mesons, alike = (*PSEUDOSCALARS, *VECTORS), dict.fromkeys(LIGHT, 1 / len(LIGHT))
        return (
            *self.production(M_DARK_QUARK),
            *dark_shower(COLOURS, self.m_dark),
            *masses(mesons, self.m_dark),
            *UNSEEN,
            *(line for meson in mesons for line in dark_decay(meson, self.r_inv, alike)),
        )


@dataclass(frozen=True)
class HeidelbergJets(DarkJets):
    """Jets of a modified QCD with a pT between ``pt_min`` and ``pt_max`` (GeV) and |eta| < ``eta_max``.

    ``mass`` is that of the Z', ``m_dark`` that of the dark pions, ``m_rho`` that of the dark vector mesons (GeV).
    Vector mesons decay to two pions, pions to quarks with the square of their mass: nothing is unseen.
    """

    pt_min: float = 150.0
    pt_max: float = 350.0
    eta_max: float = 2.0
    mass: float = 600.0
    m_dark: float = 10.0
    m_rho: float = 25.0

    name: ClassVar[str] = "heidelberg_jets"

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        super().__post_init__()
        if not 2 * self.m_dark < self.m_rho < self.mass / 10:
            raise ProcessError(
                f"m_rho of {self.name} is {self.m_rho:g} GeV; "
                f"allowed: {2 * self.m_dark:g} (two pions) to {self.mass / 10:g} (a tenth of the mass)"
            )

    def settings(self) -> tuple[str, ...]:
        """Return the Z', the dark shower, and the decays of the mesons."""
        heavy = by_mass(self.m_dark)
        return (
            *self.production(self.m_dark / 2),
            *dark_shower(COLOURS, self.m_dark),
            *masses(PSEUDOSCALARS, self.m_dark),
            *masses(VECTORS, self.m_rho),
            f"{NEUTRAL_RHO}:oneChannel = 1 1 0 {CHARGED_PION} -{CHARGED_PION}",
            f"{CHARGED_RHO}:oneChannel = 1 1 0 {CHARGED_PION} {NEUTRAL_PION}",
            *(line for meson in PSEUDOSCALARS for line in dark_decay(meson, 0.0, heavy)),
        )

"""Semi-visible jets: Z' -> dark quarks, which shower and fragment to dark mesons; a part of them decays unseen.

The dark sector is that of the CMS search (arXiv:2112.11125): two colours, two flavours, dark quarks of half the
mass of the mesons, and a confinement scale of 3.2 m_dark^0.8 GeV. Pseudoscalar mesons decay to quarks with the
square of their mass, three times as frequent vector mesons to all alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

from .particle import LIGHTEST, resonance
from .process_contract import ProcessError
from .process_resonance import Resonance, check_daughter

DARK_Z, DARK_QUARK = 4900023, 4900101
PSEUDOSCALARS, VECTORS = (4900111, 4900211), (4900113, 4900213)
UNSEEN_SCALAR, UNSEEN_VECTOR = 51, 53
UNSEEN = (
    *(f"{unseen}:m0 = 0." for unseen in (UNSEEN_SCALAR, UNSEEN_VECTOR)),
    *(f"{unseen}:isResonance = false" for unseen in (UNSEEN_SCALAR, UNSEEN_VECTOR)),
)
MASSES = {
    1: 0.33,
    2: 0.33,
    3: 0.5,
    4: 1.5,
    5: 4.8,
}  # of Pythia's quarks, GeV: a meson must be able to decay to them
DARK_MAX = 200.0


@dataclass(frozen=True)
class SemiVisible(Resonance):
    """Z' -> two semi-visible jets.

    ``mass`` and ``m_dark`` (GeV) are those of the Z' and of the dark mesons, ``r_inv`` is the share of the mesons
    that decay to particles that leave no trace, ``width`` the natural width of the Z' relative to its mass. m_jj
    peaks below ``mass``: choose ``mjj_min`` with care.
    """

    mass: float = 3000.0
    m_dark: float = 20.0
    r_inv: float = 0.3
    width: float = 0.01
    mjj_min: float = 1200.0
    deta_max: float | None = 1.3

    name: ClassVar[str] = "svj"
    prongs: ClassVar[tuple[int, int]] = (1, 1)

    def __post_init__(self) -> None:
        """Refuse a dark sector that does not make jets."""
        self.check("Z'", {"a dark quark": self.m_dark / 2, "another": self.m_dark / 2})
        check_daughter("a dark meson", self.m_dark, LIGHTEST, "quarks of all flavours")
        if self.m_dark > DARK_MAX:
            raise ProcessError(
                f"dark mesons of {self.m_dark:g} GeV do not make a shower; allowed: up to {DARK_MAX:g} GeV"
            )
        if not 0 <= self.r_inv <= 1:
            raise ProcessError(f"r_inv of svj is {self.r_inv:g}; allowed: 0 to 1")

    @property
    def confinement(self) -> float:
        """The scale (GeV) where the dark force becomes strong."""
        return float(3.2 * self.m_dark**0.8)

    def settings(self) -> tuple[str, ...]:
        """Return quark fusion to Z', its decay, and the dark sector."""
        quarks = [f"{DARK_Z}:addChannel = 0 0.01 102 {quark} -{quark}" for quark in MASSES]
        return (
            "HiddenValley:ffbar2Zv = on",
            *resonance(DARK_Z, self.mass, self.width, self.lowest(4 * self.m_dark)),
            f"{DARK_Z}:oneChannel = 1 0.95 102 {DARK_QUARK} -{DARK_QUARK}",
            *quarks,  # never chosen, but the Z' is made of them
            *dark_shower(2, self.confinement),
            f"{DARK_QUARK}:m0 = {self.m_dark / 2:g}",
            *(f"{meson}:m0 = {self.m_dark:g}" for meson in (*PSEUDOSCALARS, *VECTORS)),
            *UNSEEN,
            *self._decays(),
        )

    def _decays(self) -> list[str]:
        heavy, alike = by_mass(self.m_dark), dict.fromkeys(MASSES, 1 / len(MASSES))
        lines = [line for meson in PSEUDOSCALARS for line in dark_decay(meson, self.r_inv, heavy)]
        return lines + [line for meson in VECTORS for line in dark_decay(meson, self.r_inv, alike)]


def dark_shower(colours: int, confinement: float) -> tuple[str, ...]:
    """Return a dark shower of two flavours with a number of colours and a confinement scale (GeV), as settings."""
    return (
        f"HiddenValley:Ngauge = {colours}",
        "HiddenValley:nFlav = 2",
        "HiddenValley:spinFv = 0",
        "HiddenValley:FSR = on",
        "HiddenValley:fragment = on",
        "HiddenValley:alphaOrder = 1",
        "HiddenValley:setLambda = on",
        f"HiddenValley:Lambda = {confinement:.6g}",
        f"HiddenValley:pTminFSR = {1.1 * confinement:.6g}",
        "HiddenValley:probVector = 0.75",
    )


def dark_decay(meson: int, r_inv: float, shares: Mapping[int, float]) -> list[str]:
    """Let a dark meson decay unseen with probability ``r_inv``, else to quarks by ``shares``; returns settings."""
    unseen = UNSEEN_VECTOR if meson in VECTORS else UNSEEN_SCALAR
    return [
        f"{meson}:oneChannel = 1 {r_inv:.6g} 0 {unseen} -{unseen}",
        *(
            f"{meson}:addChannel = 1 {(1 - r_inv) * share:.6g} 91 {quark} -{quark}"
            for quark, share in shares.items()
        ),
    ]


def by_mass(m_dark: float) -> dict[int, float]:
    """Return how often a pseudoscalar of a mass (GeV) decays to each quark: m_q^2 times the phase space.

    >>> {quark: round(share, 2) for quark, share in by_mass(20.0).items()}
    {1: 0.0, 2: 0.0, 3: 0.01, 4: 0.1, 5: 0.88}
    """
    weights = {q: m**2 * sqrt(1 - (2 * m / m_dark) ** 2) for q, m in MASSES.items() if 2 * m < m_dark}
    return {quark: weight / sum(weights.values()) for quark, weight in weights.items()}

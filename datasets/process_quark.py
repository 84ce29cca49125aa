"""Signals that decay to light quarks and nothing else: Q* -> q W' and X -> Y Y'."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from .particle import (
    D_STAR,
    LIGHTEST,
    QUARKS,
    U_STAR,
    W_PRIME,
    Y_PRIME,
    X,
    Y,
    daughter,
    decays,
    resonance,
    scalar,
)
from .process_contract import AngleVeto, Veto
from .process_resonance import Resonance, check_choice, check_daughter

JETS = "jets of quarks"


@dataclass(frozen=True)
class QStar(Resonance):
    """Q* -> q W', W' to two light quarks: one quark in one jet, two in the other.

    Excited u and d quarks from quark and gluon. ``mass`` and ``m_w_prime`` are in GeV, ``width`` is the natural
    width of both relative to their mass. cos(theta*) is flat, as for any spin-1/2 resonance without its sign.
    """

    mass: float = 3000.0
    m_w_prime: float = 170.0
    width: float = 0.01
    mjj_min: float = 1200.0
    deta_max: float | None = 1.3

    name: ClassVar[str] = "qstar"
    prongs: ClassVar[tuple[int, int]] = (1, 2)

    def __post_init__(self) -> None:
        """Refuse masses that energy conservation or fragmentation does not allow."""
        self.check("Q*", {"W'": self.m_w_prime})
        check_daughter("W'", self.m_w_prime, LIGHTEST, JETS)

    def settings(self) -> tuple[str, ...]:
        """Return the production of u* and d*, and the decays of both and of W'."""
        lowest = self.lowest(self.m_w_prime)
        return (
            "ExcitedFermion:ug2uStar = on",
            "ExcitedFermion:dg2dStar = on",
            f"ExcitedFermion:Lambda = {self.mass:g}",
            *resonance(U_STAR, self.mass, self.width, lowest),
            *resonance(D_STAR, self.mass, self.width, lowest),
            *decays(U_STAR, [f"{W_PRIME} 1"]),
            *decays(D_STAR, [f"-{W_PRIME} 2"]),
            *daughter(W_PRIME, self.m_w_prime, self.width, LIGHTEST),
            *decays(W_PRIME, ["2 -1", "4 -3"]),
        )


@dataclass(frozen=True)
class XYY(Resonance):
    """X -> Y Y', each to two light quarks: four quarks in two jets.

    ``mass``, ``m_y`` and ``m_y_prime`` are in GeV, ``width`` is the natural width of all three relative to their
    mass. ``angle`` is the distribution of cos(theta*) of the decay of X: ``sin2`` as for the published signals,
    or ``flat``. The cross section that Pythia finds belongs to no model: normalise to the one you want to test.
    """

    mass: float = 3000.0
    m_y: float = 80.0
    m_y_prime: float = 170.0
    width: float = 0.01
    angle: Literal["sin2", "flat"] = "sin2"
    mjj_min: float = 1200.0
    deta_max: float | None = 1.3

    name: ClassVar[str] = "xyy"
    prongs: ClassVar[tuple[int, int]] = (2, 2)

    def __post_init__(self) -> None:
        """Refuse masses that energy conservation or fragmentation does not allow."""
        self.check("X", {"Y": self.m_y, "Y'": self.m_y_prime})
        check_daughter("Y", min(self.m_y, self.m_y_prime), LIGHTEST, JETS)
        check_choice(self, "angle", ("sin2", "flat"))

    @property
    def veto(self) -> Veto:
        """Shape the decay angle of X."""
        return AngleVeto(X, 2) if self.angle == "sin2" else None

    def settings(self) -> tuple[str, ...]:
        """Return gluon fusion to X, and the decays of X, Y and Y'."""
        return (
            "ExtraDimensionsG*:gg2G* = on",
            *resonance(X, self.mass, self.width, self.lowest(self.m_y + self.m_y_prime)),
            *decays(X, [f"{Y} {Y_PRIME}"]),
            *scalar(Y, "Y", self.m_y, self.width),
            *decays(Y, QUARKS),
            *scalar(Y_PRIME, "Yprime", self.m_y_prime, self.width),
            *decays(Y_PRIME, QUARKS),
        )

"""Signals that decay through W, Z and top: W' -> B' t, W_KK -> R W, Z' -> T' T' and Y -> H H.

W and Z decay as they do in nature, unless ``bosons`` is ``hadronic``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from numpy.typing import NDArray

from .leptonic import leptonic
from .particle import (
    B_PRIME,
    HADRONIC,
    HEAVY_HIGGS,
    RADION,
    T_PRIME,
    TOP,
    W_PRIME,
    Z_PRIME,
    W,
    X,
    Z,
    daughter,
    decays,
    resonance,
    scalar,
)
from .process_contract import AngleVeto, TransverseVeto, Veto
from .process_resonance import Resonance, check_choice, check_daughter

Bosons = Literal["inclusive", "hadronic"]
BOSONS = ("inclusive", "hadronic")

M_W, M_TOP = 80.4, 173.0
TO_BZ, TO_WW, TO_TZ, TO_TT = 20.0, 100.0, 200.0, 350.0
"""Smallest masses (GeV) of B', R, T' and H; below the sum of the masses of their daughters, one of them is off shell."""


class Cascade(Resonance):
    """A signal with W and Z in its decays."""

    bosons: Bosons

    def truth(self, records: Any) -> dict[str, NDArray[Any]]:
        """Count the W and Z that decay to leptons."""
        return {"leptonic": leptonic(records)}

    def boson_settings(self) -> tuple[str, ...]:
        """Return how W and Z decay; only the Z, without a share of the photon."""
        return ("WeakZ0:gmZmode = 2", *(HADRONIC if self.bosons == "hadronic" else ()))


@dataclass(frozen=True)
class WBT(Cascade):
    """W' -> B' t, B' -> b Z: up to three quarks in each jet.

    ``mass`` and ``m_b_prime`` are in GeV, ``width`` is the natural width of both relative to their mass; a B' that
    is lighter than Z and b decays to a virtual Z. ``angle`` is the distribution of cos(theta*): ``matrix`` for that
    of V - A, symmetrically 1 + cos^2(theta*), or ``flat``.
    """

    mass: float = 3000.0
    m_b_prime: float = 400.0
    width: float = 0.01
    angle: Literal["matrix", "flat"] = "matrix"
    bosons: Bosons = "inclusive"
    mjj_min: float = 1200.0
    deta_max: float | None = 1.3

    name: ClassVar[str] = "wbt"
    prongs: ClassVar[tuple[int, int]] = (3, 3)

    def __post_init__(self) -> None:
        """Refuse masses that the decays do not allow."""
        self.check("W'", {"B'": self.m_b_prime, "t": M_TOP})
        check_daughter("B'", self.m_b_prime, TO_BZ, "b and Z")
        check_choice(self, "angle", ("matrix", "flat"))
        check_choice(self, "bosons", BOSONS)

    def settings(self) -> tuple[str, ...]:
        """Return quark fusion to W', and its decay; Pythia knows the angle when the quark it knows comes first."""
        first, second = (TOP, -B_PRIME) if self.angle == "matrix" else (-B_PRIME, TOP)
        return (
            "NewGaugeBoson:ffbar2Wprime = on",
            *resonance(W_PRIME, self.mass, self.width, self.lowest(self.m_b_prime + M_TOP)),
            *decays(W_PRIME, [f"{first} {second}"]),
            *daughter(B_PRIME, self.m_b_prime, self.width, 0.9 * TO_BZ),
            *decays(B_PRIME, [f"5 {Z}"]),
            *self.boson_settings(),
        )


@dataclass(frozen=True)
class WKK(Cascade):
    """W_KK -> R W, R -> W W: up to four quarks in one jet, two in the other.

    ``mass`` and ``m_r`` are in GeV, ``width`` is the natural width of both relative to their mass. ``angle`` is the
    distribution of cos(theta*): ``transverse`` for 1 + cos^2(theta*), as R couples to the field strengths of W_KK
    and W (arXiv:1612.00047), or ``flat``.
    """

    mass: float = 3000.0
    m_r: float = 400.0
    width: float = 0.01
    angle: Literal["transverse", "flat"] = "transverse"
    bosons: Bosons = "inclusive"
    mjj_min: float = 1200.0
    deta_max: float | None = 1.3

    name: ClassVar[str] = "wkk"
    prongs: ClassVar[tuple[int, int]] = (2, 4)

    def __post_init__(self) -> None:
        """Refuse masses that the decays do not allow."""
        self.check("W_KK", {"R": self.m_r, "W": M_W})
        check_daughter("R", self.m_r, TO_WW, "two W")
        check_choice(self, "angle", ("transverse", "flat"))
        check_choice(self, "bosons", BOSONS)

    @property
    def veto(self) -> Veto:
        """Shape the decay angle of W_KK."""
        return TransverseVeto(W_PRIME) if self.angle == "transverse" else None

    def settings(self) -> tuple[str, ...]:
        """Return quark fusion to W_KK, and its decay: with R first, or Pythia would take it for W Z."""
        return (
            "NewGaugeBoson:ffbar2Wprime = on",
            *resonance(W_PRIME, self.mass, self.width, self.lowest(self.m_r + M_W)),
            *decays(W_PRIME, [f"{RADION} {W}"]),
            *scalar(RADION, "R", self.m_r, self.width),
            *decays(RADION, [f"{W} -{W}"]),
            *self.boson_settings(),
        )


@dataclass(frozen=True)
class ZTT(Cascade):
    """Z' -> T' T', T' -> t Z: up to five quarks in each jet.

    ``mass`` and ``m_t_prime`` are in GeV, ``width`` is the natural width of both relative to their mass. cos(theta*)
    is that of a Z' that couples to T' as to u: 1 + cos^2(theta*).
    """

    mass: float = 3000.0
    m_t_prime: float = 400.0
    width: float = 0.01
    bosons: Bosons = "inclusive"
    mjj_min: float = 1200.0
    deta_max: float | None = 1.3

    name: ClassVar[str] = "ztt"
    prongs: ClassVar[tuple[int, int]] = (5, 5)

    def __post_init__(self) -> None:
        """Refuse masses that the decays do not allow."""
        self.check("Z'", {"T'": self.m_t_prime, "another T'": self.m_t_prime})
        check_daughter("T'", self.m_t_prime, TO_TZ, "t and Z")
        check_choice(self, "bosons", BOSONS)

    def settings(self) -> tuple[str, ...]:
        """Return quark fusion to Z' without photon and Z, and the decays of Z' and T'."""
        return (
            "NewGaugeBoson:ffbar2gmZZprime = on",
            "Zprime:gmZmode = 3",
            "Zprime:coup2gen4 = on",
            *resonance(Z_PRIME, self.mass, self.width, self.lowest(2 * self.m_t_prime)),
            f"{Z_PRIME}:onMode = off",
            f"{Z_PRIME}:onIfAny = {T_PRIME}",
            *daughter(T_PRIME, self.m_t_prime, self.width, TO_TZ),
            *decays(T_PRIME, [f"{TOP} {Z}"]),
            *self.boson_settings(),
        )


@dataclass(frozen=True)
class YHH(Cascade):
    """Y -> H H, H -> t t: up to six quarks in each jet.

    ``mass`` (of Y, made by gluon fusion) and ``m_h`` are in GeV, ``width`` is the natural width of both relative to
    their mass. ``angle`` is the distribution of cos(theta*): ``sin4`` as for a graviton, or ``flat``.
    """

    mass: float = 3000.0
    m_h: float = 400.0
    width: float = 0.01
    angle: Literal["sin4", "flat"] = "sin4"
    bosons: Bosons = "inclusive"
    mjj_min: float = 1200.0
    deta_max: float | None = 1.3

    name: ClassVar[str] = "yhh"
    prongs: ClassVar[tuple[int, int]] = (6, 6)

    def __post_init__(self) -> None:
        """Refuse masses that the decays do not allow."""
        self.check("Y", {"H": self.m_h, "another H": self.m_h})
        check_daughter("H", self.m_h, TO_TT, "two t")
        check_choice(self, "angle", ("sin4", "flat"))
        check_choice(self, "bosons", BOSONS)

    @property
    def veto(self) -> Veto:
        """Shape the decay angle of Y."""
        return AngleVeto(X, 4) if self.angle == "sin4" else None

    def settings(self) -> tuple[str, ...]:
        """Return gluon fusion to Y, and the decays of Y and H."""
        return (
            "ExtraDimensionsG*:gg2G* = on",
            *resonance(X, self.mass, self.width, self.lowest(2 * self.m_h)),
            *decays(X, [f"{HEAVY_HIGGS} {HEAVY_HIGGS}"]),
            *scalar(HEAVY_HIGGS, "H", self.m_h, self.width, TO_TT),
            *decays(HEAVY_HIGGS, [f"{TOP} -{TOP}"]),
            *self.boson_settings(),
        )

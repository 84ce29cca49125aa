"""Particles of Pythia as settings: other masses, widths and decays, and particles that it does not know.

A decay that is given here is isotropic, unless Pythia knows a matrix element for it.
"""

from __future__ import annotations

from collections.abc import Iterable

LIGHTEST = 10.0
REACH = 25  # widths

X, Y, Y_PRIME, RADION, HEAVY_HIGGS, X_CHARGED = 5100039, 9000001, 9000002, 9000003, 9000004, 9000005
"""X stands in the place of Pythia's graviton, made by gluon fusion; the others are new scalars."""

TOP, B_PRIME, T_PRIME, Z, W, Z_PRIME, W_PRIME = 6, 7, 8, 23, 24, 32, 34
D_STAR, U_STAR = 4000001, 4000002

QUARKS = ("1 -1", "2 -2", "3 -3", "4 -4")
UP_DOWN = ("2 -1", "4 -3")
HADRONIC = tuple(f"{boson}:{rule}" for boson in (Z, W) for rule in ("onMode = off", "onIfAny = 1 2 3 4 5"))


def resonance(particle: int, mass: float, width: float, lowest: float = LIGHTEST) -> list[str]:
    """Give a resonance another mass (GeV) and a forced relative width; returns settings.

    It is cut off 25 widths away from its mass, and at ``lowest`` (GeV).
    """
    reach = max(REACH * width * mass, 50.0)
    return [
        f"{particle}:m0 = {mass:g}",
        f"{particle}:mWidth = {width * mass:.6g}",
        f"{particle}:mMin = {max(mass - reach, lowest):g}",
        f"{particle}:mMax = {mass + reach:g}",
        f"{particle}:doForceWidth = on",
    ]


def daughter(particle: int, mass: float, width: float, lowest: float) -> list[str]:
    """Give a daughter that Pythia knows another mass (GeV) and relative width; returns settings.

    It is cut off 10 widths away from its mass, at half its mass, and at ``lowest`` (GeV).
    """
    low, high = _range(mass, width)
    return [
        f"{particle}:m0 = {mass:g}",
        f"{particle}:mWidth = {width * mass:.6g}",
        f"{particle}:mMin = {max(low, lowest):.6g}",
        f"{particle}:mMax = {high:.6g}",
        f"{particle}:doForceWidth = on",
        f"{particle}:isResonance = true",
    ]


def scalar(
    particle: int, label: str, mass: float, width: float, lowest: float = 0.0, *, charged: bool = False
) -> list[str]:
    """Define a new spin-0 particle of given mass (GeV) and relative width, cut off like ``daughter``; returns settings.

    It is neutral and its own antiparticle, or ``charged`` like the proton with an antiparticle.
    """
    low, high = _range(mass, width)
    low = max(low, lowest)
    kind = f"{label}+ {label}- 1 3 0" if charged else f"{label} void 1 0 0"
    return [
        f"{particle}:new = {kind} {mass:g} {width * mass:.6g} {low:.6g} {high:.6g} 0.",
        f"{particle}:isResonance = true",
    ]


def _range(mass: float, width: float) -> tuple[float, float]:
    return mass * max(1 - 10 * width, 0.5), mass * (1 + 10 * width)


def decays(particle: int, channels: Iterable[str]) -> list[str]:
    """Replace all decays by these channels (``"1 -1"``), equally frequent and isotropic; returns settings."""
    products = list(channels)
    share = 1 / len(products)
    add = ["oneChannel", *["addChannel"] * (len(products) - 1)]
    return [f"{particle}:{a} = 1 {share:.6g} 100 {channel}" for a, channel in zip(add, products, strict=True)]

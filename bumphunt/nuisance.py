"""Nuisance parameters of a signal: what is not known exactly of its yield, of the mass scale and of the resolution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .array import FloatArray
from .signal import Signal, SignalError
from .variation import Variations

Kind = Literal["yield", "scale", "resolution"]
KINDS: tuple[Kind, ...] = ("yield", "scale", "resolution")
FARTHEST = 0.3  # of the peak, between the parabola and the moved signal
SMALLEST = 1e-3
MEDIAN_GRID = np.linspace(0.0, 2.0, 2001)


class NuisanceError(SignalError):
    """Raised when nuisance parameters have impossible sizes, or names that are not different."""


@dataclass(frozen=True)
class Nuisance:
    """A parameter that changes the signal, constrained by a Gaussian of width one.

    Arguments:
        name: parameters of the same name are refused; one acts on all categories together.
        size: relative change by one standard deviation, between 0 and 1.
        kind: "yield" multiplies the number of events by 1 + size, "scale" all masses, and "resolution" the
            distance of all masses from the median of the signal.

    Raises:
        NuisanceError: if the size, the kind or the name is impossible.

    """

    name: str
    size: float
    kind: Kind = "yield"

    def __post_init__(self) -> None:
        if not 0 < self.size < 1:
            msg = f"nuisance '{self.name}' of size {self.size}; a relative change is between 0 and 1, such as 0.1"
            raise NuisanceError(msg)
        if self.kind not in KINDS or not self.name:
            msg = (
                f"nuisance '{self.name}' of kind {self.kind!r}; it needs a name and one of {', '.join(KINDS)}"
            )
            raise NuisanceError(msg)


def luminosity(size: float = 0.016) -> Nuisance:
    """Return the uncertainty of the luminosity, log-normal on the yield."""
    return Nuisance("luminosity", size)


def efficiency(size: float, name: str = "efficiency") -> Nuisance:
    """Return an uncertainty of the efficiency, log-normal on the yield; several need names of their own."""
    return Nuisance(name, size)


def scale(size: float = 0.01, name: str = "scale") -> Nuisance:
    """Return the uncertainty of the jet energy scale, by which all masses are multiplied."""
    return Nuisance(name, size, "scale")


def resolution(size: float = 0.035, name: str = "resolution") -> Nuisance:
    """Return the uncertainty of the mass resolution, by which the signal widens about its median."""
    return Nuisance(name, size, "resolution")


CMS_EXO_22_026 = (luminosity(), scale(), resolution())
"""Luminosity 1.6%, scale 1% and resolution 3.5% (arXiv:2412.03747); the efficiency depends on the signal."""


def variations(
    signal: Signal,
    edges: Sequence[ArrayLike],
    mass: float,
    nuisances: Sequence[Nuisance],
    shares: Sequence[float] = (1.0,),
) -> Variations:
    """Return what nuisance parameters do to the template of a signal.

    The template of one standard deviation up and down is that of moved bin edges, so any shape will do; each bin is
    a parabola in the parameter. A scale uncertainty of more than about 0.6 widths of the signal is too large for that.

    Arguments:
        signal: the signal shape.
        edges: bin edges in GeV of each category.
        mass: resonance mass in GeV.
        nuisances: the parameters, with different names.
        shares: which part of the signal falls into each category.

    Raises:
        NuisanceError: if two have the same name, or one moves the signal too far.

    """
    names = tuple(nuisance.name for nuisance in nuisances)
    if len(set(names)) < len(names):
        msg = f"nuisances {', '.join(names)}: each name once; a name means one parameter for all categories"
        raise NuisanceError(msg)
    if len(edges) != len(shares):
        msg = f"{len(shares)} shares for {len(edges)} categories; one each"
        raise NuisanceError(msg)
    bins = [np.asarray(one, dtype=float) for one in edges]
    shape = (len(names), sum(len(one) - 1 for one in bins))
    linear, quadratic, log_kappa = np.zeros(shape), np.zeros(shape), np.zeros(len(names))
    nominal = _templates(signal, bins, mass, shares)
    for row, nuisance in enumerate(nuisances):
        if nuisance.kind == "yield":
            log_kappa[row] = np.log1p(nuisance.size)
            continue
        down, up = (_moved(signal, bins, mass, shares, nuisance, one) for one in (-1, 1))
        linear[row], quadratic[row] = (up - down) / 2, (up + down) / 2 - nominal
        for two in (-2, 2):
            exact = _moved(signal, bins, mass, shares, nuisance, two)
            off = np.abs(exact - nominal - two * linear[row] - 4 * quadratic[row]).max() / nominal.max()
            if not off < FARTHEST:
                msg = (
                    f"'{nuisance.name}' of {nuisance.size:g} moves the signal at {mass:g} GeV by more than a parabola follows: "
                    f"it is off by {off:.0%} of the peak at two standard deviations, allowed are {FARTHEST:.0%}; "
                    "give a smaller uncertainty, or widen the signal by it"
                )
                raise NuisanceError(msg)
    return Variations(names, log_kappa, linear, quadratic)


def median(signal: Signal, mass: float) -> float:
    """Return the median of a signal shape below twice its mass, in GeV."""
    edges = mass * MEDIAN_GRID
    below = np.concatenate([[0.0], np.cumsum(signal.template(edges, mass))])
    if not below[-1] > 0:
        msg = f"the signal shape at {mass:g} GeV has no events below {edges[-1]:g} GeV"
        raise SignalError(msg)
    return float(np.interp(below[-1] / 2, below, edges))


def _moved(
    signal: Signal,
    edges: Sequence[FloatArray],
    mass: float,
    shares: Sequence[float],
    nuisance: Nuisance,
    deviations: int,
) -> FloatArray:
    """Return the template with the parameter some standard deviations from its centre."""
    centre = median(signal, mass) if nuisance.kind == "resolution" else 0.0
    factor = max(1 + deviations * nuisance.size, SMALLEST)
    return _templates(signal, [centre + (one - centre) / factor for one in edges], mass, shares)


def _templates(
    signal: Signal, edges: Sequence[FloatArray], mass: float, shares: Sequence[float]
) -> FloatArray:
    parts = [share * signal.template(one, mass) for share, one in zip(shares, edges, strict=True)]
    return np.concatenate(parts)

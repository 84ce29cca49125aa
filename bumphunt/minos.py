"""Asymmetric errors: intervals of the profile likelihood of every fitted parameter, by MINOS.

MINOS follows one coordinate, and its errors are wanted for (p0, p1, ...), which are almost degenerate. So for each
parameter the likelihood goes to coordinates in which its second derivatives at the minimum are the unit matrix and the
parameter is the first one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from iminuit import Minuit

from .array import FloatArray
from .family import Family, published
from .fitrange import EVERYTHING, FitRange, RangeLoop, usable
from .ftest import Rule, rule
from .interval import Intervals
from .likelihood import Likelihood
from .masstest import at_mass
from .nuisance import Nuisance, variations
from .reference import Cost, Reference, migrad
from .search import Search
from .signal import Signal, SignalError
from .spectrum import Spectrum

CURVE_STARTS = 3
MOST_CALLS = 2000


def minos(
    spectrum: Spectrum,
    background: Family | Rule,
    signal: Signal | None = None,
    mass: float | None = None,
    fit_range: FitRange = EVERYTHING,
    nuisances: Sequence[Nuisance] = (),
) -> Intervals:
    """Return the intervals of all parameters of a fit, where the profile likelihood is 1/2 above its minimum.

    Arguments:
        spectrum: the spectrum.
        background: a family, or a rule that chooses one.
        signal: signal shape; None fits the background alone.
        mass: resonance mass in GeV, with a signal.
        fit_range: low and high mass in GeV; or, with a signal, a `RangeLoop`.
        nuisances: nuisance parameters of the signal.

    Raises:
        FitRangeError: if the range holds no events or too few bins with events.
        SignalError: if the mass is missing or outside the range.

    >>> from dijethunt.bumphunt import families
    >>> spectrum = Spectrum([2000, 2200, 2400, 2600, 2800, 3000], [900, 480, 270, 150, 90])
    >>> found = minos(spectrum, families.dijet(2))
    >>> found.names[2], found.lower[2] < found.values[2] < found.upper[2]
    ('p2', True)

    """
    if signal is None or mass is None:
        if signal is not None or mass is not None or nuisances or isinstance(fit_range, RangeLoop):
            msg = f"signal={signal!r}, mass={mass!r}: intervals with a signal, its nuisances or a `RangeLoop` need both"
            raise SignalError(msg)
        search = Search.on([usable(spectrum, fit_range)], rule(background))
        return _intervals(search, Likelihood(search.basis, search.counts), search.family.names)
    test = at_mass([spectrum], rule(background), signal, mass, fit_range)
    search = test.search
    varied = variations(signal, [search.spectra[0].edges], mass, nuisances) if nuisances else None
    likelihood = Likelihood(search.basis, search.counts, test.template[None, :], variations=varied)
    names = (*search.family.names, "signal", *(nuisance.name for nuisance in nuisances))
    return _intervals(search, likelihood, names)


@dataclass(frozen=True, eq=False)
class Profile:
    """The likelihood of one row around its minimum.

    Arguments:
        likelihood: of one row.
        minimum: its minimum.
        root: L of the observed information L L^T at the minimum, shape (n_parameters, n_parameters).

    """

    likelihood: Likelihood
    minimum: Reference
    root: FloatArray

    @classmethod
    def of(cls, likelihood: Likelihood, minimum: Reference) -> Profile:
        """Make the profile of a likelihood.

        Raises:
            LinAlgError: if the information is not positive definite.

        """
        information = likelihood.information(likelihood.evaluate(minimum.point[None, :]))[0]
        return cls(likelihood, minimum, np.linalg.cholesky(information))

    def interval(self, direction: FloatArray) -> tuple[float | None, float | None]:
        """Return how far direction . point may go down and up until the profile likelihood has risen by 1/2.

        Arguments:
            direction: shape (n_parameters,).

        Returns:
            A negative and a positive number, None where MINOS finds no end.

        """
        slope = np.linalg.solve(self.root, direction)
        sigma = float(np.linalg.norm(slope))
        turned = np.linalg.qr(np.column_stack([slope, np.eye(len(slope))]))[0]
        turned[:, 0] = slope / sigma
        axes = np.linalg.solve(self.root.T, turned)
        minuit = Cost(self.likelihood, self.minimum.point, axes).minuit(np.zeros(len(slope)))
        minuit.migrad(ncall=MOST_CALLS)
        if not minuit.valid:
            return None, None
        minuit.minos(0, ncall=MOST_CALLS)
        return _ends(minuit, sigma)


def _ends(minuit: Minuit, sigma: float) -> tuple[float | None, float | None]:
    error = minuit.merrors[0]
    at = minuit.values[0]
    lower = sigma * (at + error.lower) if error.lower_valid else None
    upper = sigma * (at + error.upper) if error.upper_valid else None
    return lower, upper


def _intervals(search: Search, likelihood: Likelihood, names: tuple[str, ...]) -> Intervals:
    minimum = migrad(likelihood, n_starts=1 if likelihood.background.linear else CURVE_STARTS)
    directions = _directions(likelihood)
    offset = np.zeros(len(directions))
    n = likelihood.background.n_parameters
    offset[:n] = likelihood.background.reference
    values = offset + directions @ minimum.point
    try:
        profile = Profile.of(likelihood, minimum)
        ends = [profile.interval(direction) for direction in directions]
    except np.linalg.LinAlgError:
        ends = [(None, None)] * len(directions)
    lower, upper = (
        tuple(None if one is None else _published(values, k, one) for k, one in enumerate(side))
        for side in zip(*ends, strict=True)
    )
    return Intervals(
        function=search.family.formula,
        names=names,
        values=tuple(published(values).tolist()),
        lower=lower,
        upper=upper,
        nll=minimum.nll,
        valid=minimum.valid and None not in lower and None not in upper,
    )


def _directions(likelihood: Likelihood) -> FloatArray:
    """Return the derivatives of (ln p0, p1, ..., strength, nuisances) by the point, shape (n, n)."""
    n = likelihood.background.n_parameters
    directions = np.eye(likelihood.n_parameters)
    directions[:n, :n] = likelihood.background.rotation
    if likelihood.free:
        directions[n, n] = likelihood.unit[0]
    return directions


def _published(values: FloatArray, index: int, move: float) -> float:
    moved = values.copy()
    moved[index] += move
    return float(published(moved)[index])

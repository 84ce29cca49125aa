"""The bias test: whether an injected signal is found again when the background is not of the fitted family.

The pull of a toy is the signed root of the profile likelihood ratio between its best strength and the injected one.
For a parabolic likelihood this is (fitted - injected) / error; for any other it is the deviation at which the interval
of the profile likelihood just contains the injected strength, of an envelope of families too. An error from the
curvature would be smaller where the fitted strength is smaller, which biases the pull of an unbiased fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from .array import FloatArray
from .bias_result import Bias, BiasPoint
from .expected import Expected
from .family import Family
from .fitrange import EVERYTHING, Bounds
from .ftest import Rule, rule
from .signal import Signal, SignalError
from .spectrum import Spectrum
from .trial import Progress, Trial

STRENGTHS = (0.0, 2.0, 5.0)
LARGEST_PULL = 0.5


def bias(
    spectrum: Spectrum,
    background: Family | Rule,
    truths: Sequence[Family | Rule | Expected],
    signal: Signal,
    masses: float | Sequence[float],
    *,
    strengths: Sequence[float] = STRENGTHS,
    n_toys: int = 200,
    seed: int,
    fit_range: Bounds = EVERYTHING,
    threshold: float = LARGEST_PULL,
    progress: Progress | None = None,
) -> Bias:
    """Inject signals into toys of other backgrounds and fit them.

    Each truth is fitted to the spectrum; toys of it with a signal are fitted with signal and background, and the
    function is chosen again in each.

    Arguments:
        spectrum: what the truths are fitted to.
        background: the family that is tested, or the rule that chooses one.
        truths: families to draw from, or expected counts on the edges of the spectrum.
        signal: the signal shape, injected and fitted.
        masses: resonance masses in GeV.
        strengths: injected signals, in standard deviations of the strength in a truth without a signal.
        n_toys: number of toys for each truth, mass and strength.
        seed: the result depends on it and on nothing else that is random.
        fit_range: low and high mass in GeV; None leaves a side open.
        threshold: size that a mean pull may not reach.
        progress: called with the numbers of toys done and of all toys.

    Raises:
        SignalError: without truths, masses, strengths or two toys, with two truths of one name, or if a mass is outside
            the range.
        FitRangeError: if the range does not determine the parameters.

    """
    wanted = np.atleast_1d(np.asarray(masses, dtype=float))
    drawn = [expectation(truth, spectrum, fit_range) for truth in truths]
    names = [truth.name for truth in drawn]
    if not (names and len(wanted) and len(strengths)) or len(set(names)) < len(names) or n_toys < 2:
        msg = (
            f"a bias test of truths {names}, {len(wanted)} masses and {len(strengths)} strengths with {n_toys} toys; "
            "at least one of each, names that differ, and two toys are needed"
        )
        raise SignalError(msg)
    points: list[BiasPoint] = []
    n_all = len(drawn) * len(wanted) * len(strengths)
    for (i, truth), (j, mass) in product(enumerate(drawn), enumerate(wanted)):
        trial = Trial.on(truth, rule(background), signal, mass)
        for k, strength in enumerate(strengths):
            points.append(_point(trial, strength, n_toys, seed, (i, j, k), threshold))
            if progress is not None:
                progress(n_toys * len(points), n_toys * n_all)
    return Bias(tuple(points), threshold, seed)


def expectation(truth: Family | Rule | Expected, spectrum: Spectrum, fit_range: Bounds) -> Expected:
    """Return what a truth expects in the bins of a range, fitted to the spectrum if it is a family or a rule."""
    if isinstance(truth, Expected):
        return truth.restricted(*fit_range)
    return Expected.fitted(spectrum, truth, fit_range)


def _point(
    trial: Trial, deviations: float, n_toys: int, seed: int, key: tuple[int, ...], threshold: float
) -> BiasPoint:
    injected = deviations * trial.unit
    strengths, pulls = [], []
    for measured in trial.measurements(injected, n_toys, seed, key):
        root, valid = measured.root(injected)
        strengths.append(measured.best.strength[valid])
        pulls.append(root[valid])
    fitted, pull = np.concatenate(strengths), np.concatenate(pulls)
    mean, mean_error, _, _ = _moments(fitted)
    centre, error, width, width_error = _moments(pull)
    n_failed = n_toys - len(pull)
    return BiasPoint(
        truth=trial.truth.name,
        mass=trial.mass,
        deviations=float(deviations),
        injected=injected,
        fitted=mean,
        error=mean_error,
        pull=centre,
        pull_error=error,
        width=width,
        width_error=width_error,
        median=None if centre is None else float(np.median(pull)),
        n_toys=n_toys,
        n_failed=n_failed,
        passed=centre is not None and abs(centre) < threshold and n_failed == 0,
    )


def _moments(values: FloatArray) -> tuple[float, float, float, float] | tuple[None, None, None, None]:
    """Return mean, its error, standard deviation and its error."""
    n = len(values)
    if n < 2:
        return None, None, None, None
    width = float(values.std(ddof=1))
    return float(values.mean()), width / float(np.sqrt(n)), width, width / float(np.sqrt(2 * (n - 1)))

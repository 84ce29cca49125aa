"""Upper limits on the number of signal events by the CLs method, with asymptotic formulae or with toys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from .family import Family
from .fitrange import EVERYTHING, FitRange, RangeLoop
from .ftest import Rule, rule
from .limit_result import LimitResult, StrengthScan
from .limit_test import LimitTest
from .masstest import MassTest, at_mass
from .nuisance import Nuisance
from .signal import Signal, SignalError
from .significance import ENOUGH_BACKGROUND, background_under
from .spectrum import Spectrum
from .toy_limit import Progress, toy_limits
from .toy_test import ToyTest

Method = Literal["asymptotic", "toys"]

FEWEST_TOYS = 100
MOST_FAILED = 0.01


def limit(
    spectrum: Spectrum | Sequence[Spectrum],
    background: Family | Rule,
    signal: Signal,
    mass: float,
    *,
    shares: Sequence[float] = (1.0,),
    nuisances: Sequence[Nuisance] = (),
    level: float = 0.95,
    method: Method = "asymptotic",
    strengths: Sequence[float] = (),
    fit_range: FitRange = EVERYTHING,
    blind: bool = False,
    n_toys: int = 2000,
    seed: int = 1,
    progress: Progress | None = None,
) -> LimitResult:
    """Return the upper limit on the number of signal events, in the whole signal shape, at one mass.

    Arguments:
        spectrum: the spectrum, or those of orthogonal categories, which share one signal strength.
        background: a family, or a rule that chooses one or profiles over several; each category has parameters of its
            own.
        signal: the signal shape.
        mass: resonance mass in GeV.
        shares: which part of the signal falls into each category.
        nuisances: uncertainties of the signal.
        level: confidence level; CLs is 1 - level at the limit.
        method: "asymptotic" or "toys".
        strengths: numbers of signal events at which CLs is returned besides; toys have their own.
        fit_range: low and high mass in GeV, or with asymptotic formulae a `RangeLoop`.
        blind: leave the observed limit out.
        n_toys: toys of each hypothesis: background alone, and each of about ten strengths.
        seed: of the toys; together with the mass it determines them.
        progress: called with the numbers of strengths done and planned.

    Returns:
        Observed limit, and expected ones for the background fitted to the spectrum.

    Raises:
        SignalError: if the mass is outside the range, or level, method, strengths or number of toys are impossible.

    """
    _checked(level, method, strengths, n_toys)
    if method == "toys" and isinstance(fit_range, RangeLoop):
        msg = "toys of a limit do not choose the fit range again; give a fixed range, or use method='asymptotic'"
        raise SignalError(msg)
    spectra = [spectrum] if isinstance(spectrum, Spectrum) else list(spectrum)
    at = at_mass(spectra, rule(background), signal, mass, fit_range, shares, nuisances)
    test = LimitTest.on(at.search, at.template, at.variations[0] if at.variations else None)
    result = _asymptotic(at, test, float(mass), level, strengths, blind)
    result = replace(result, nuisances=tuple(one.name for one in nuisances))
    if method == "asymptotic":
        return _warned(result)
    return _with_toys(result, ToyTest(test, n_toys, seed, round(1000 * mass), blind), progress)


def _checked(level: float, method: str, strengths: Sequence[float], n_toys: int) -> None:
    if not 0 < level < 1:
        msg = f"level is {level}; a confidence level is between 0 and 1, such as 0.95"
        raise SignalError(msg)
    if method not in {"asymptotic", "toys"}:
        msg = f"method is {method!r}; it is 'asymptotic' or 'toys'"
        raise SignalError(msg)
    if not all(0 < strength < np.inf for strength in strengths):
        msg = f"strengths {tuple(strengths)} of CLs; all are positive numbers of signal events"
        raise SignalError(msg)
    if method == "toys" and n_toys < FEWEST_TOYS:
        msg = f"n_toys is {n_toys}; a limit with toys needs at least {FEWEST_TOYS} of each hypothesis"
        raise SignalError(msg)


def _asymptotic(
    at: MassTest, test: LimitTest, mass: float, level: float, strengths: Sequence[float], blind: bool
) -> LimitResult:
    expected, observed = test.expected(1 - level), None if blind else test.observed(1 - level)
    under = background_under(at.template, at.search.expected)
    found = bool(np.isfinite([*expected, 0.0 if observed is None else observed]).all())
    texts = [] if test.valid else ["a fit did not converge; the limits are not reliable"]
    texts += [] if found else [f"there is no strength at which CLs is {1 - level:.3g}"]
    return LimitResult(
        mass=mass,
        observed=observed,
        expected=tuple(expected.tolist()),
        level=level,
        method="asymptotic CLs",
        unit="signal events",
        background=under,
        asymptotic_valid=under >= ENOUGH_BACKGROUND,
        valid=test.valid and found,
        warnings=(*at.warnings, *texts),
        scan=_scan(test, strengths, blind) if len(strengths) else None,
    )


def _scan(test: LimitTest, strengths: Sequence[float], blind: bool) -> StrengthScan:
    sorted_strengths = np.sort(np.asarray(strengths, dtype=float))
    observed, *expected = np.exp(test.log_cls(sorted_strengths)).tolist()
    return StrengthScan(
        tuple(sorted_strengths.tolist()),
        None if blind else tuple(observed),
        tuple(tuple(band) for band in expected),
    )


def _warned(result: LimitResult) -> LimitResult:
    if result.asymptotic_valid:
        return result
    text = (
        f"{result.background:.2g} background events under the signal, fewer than {ENOUGH_BACKGROUND:g}: "
        'the asymptotic limit is not valid; use toys (method="toys")'
    )
    return replace(result, warnings=(*result.warnings, text))


def _with_toys(result: LimitResult, test: ToyTest, progress: Progress | None) -> LimitResult:
    start = result.expected if result.observed is None else (result.observed, *result.expected)
    found = toy_limits(test, 1 - result.level, np.array(start), progress)
    limits = found.limits.tolist()
    return replace(
        result,
        observed=None if test.blind else limits[0],
        expected=tuple(limits[-5:]),
        method="CLs with toys",
        valid=result.valid and found.settled and found.failed < MOST_FAILED,
        warnings=(*result.warnings, *found.warnings),
        scan=found.scan,
        toys=found.toys,
    )

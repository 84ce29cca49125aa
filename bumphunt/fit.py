"""Maximum-likelihood fits of one spectrum, with and without a signal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .family import Family
from .fitrange import EVERYTHING, FitRange, RangeLoop, usable
from .fitted import Fitted
from .ftest import Rule, rule
from .masstest import MassTest, at_mass
from .nuisance import Nuisance
from .result import FitResult
from .search import Search, with_signal
from .signal import Signal, SignalError
from .spectrum import Spectrum


def fit(
    spectrum: Spectrum,
    background: Family | Rule,
    signal: Signal | None = None,
    mass: float | None = None,
    fit_range: FitRange = EVERYTHING,
    nuisances: Sequence[Nuisance] = (),
) -> FitResult:
    """Fit a smooth background, and a signal if one is given, to a spectrum.

    The likelihood is Poisson in the bins of the spectrum, with the background integrated over each bin.

    Arguments:
        spectrum: the spectrum.
        background: a family, or a rule that chooses one.
        signal: signal shape; None fits the background alone.
        mass: resonance mass in GeV, with a signal.
        fit_range: low and high mass in GeV; None leaves a side open. Only whole bins inside are used. Or, with a
            signal, a `RangeLoop`; then the result has the `history` of the ranges that were tried.
        nuisances: uncertainties of the signal; the fitted parameters are in standard deviations.

    Raises:
        FitRangeError: if the range holds no events or too few bins with events.
        SignalError: if the mass is missing or outside the range.

    >>> from dijethunt.bumphunt import families
    >>> spectrum = Spectrum([2000, 2200, 2400, 2600, 2800, 3000], [900, 480, 270, 150, 90])
    >>> fit(spectrum, families.dijet(2)).valid
    True

    """
    if (signal is None) != (mass is None):
        msg = f"signal={signal!r} and mass={mass!r}: a fit with signal needs both, one without needs neither"
        raise SignalError(msg)
    if signal is None or mass is None:
        if isinstance(fit_range, RangeLoop):
            msg = "the fit range depends on the resonance mass with this rule; give a signal and a mass"
            raise SignalError(msg)
        search = Search.on([usable(spectrum, fit_range)], rule(background))
        return Fitted(search, search.family, search.basis, search.null.minima[search.chosen]).result
    test = at_mass([spectrum], rule(background), signal, mass, fit_range, nuisances=nuisances)
    fitted = _with_signal(test, float(mass))
    result, texts = fitted.result, test.warnings
    return replace(result, history=test.history, warnings=result.warnings + texts)


def _with_signal(test: MassTest, mass: float) -> Fitted:
    """Fit background and signal; where the rule profiles over families, the one with the smallest penalised likelihood."""
    search, varied = test.search, test.variations[0] if test.variations else None
    found = []
    for branch in search.branches:
        start = branch.minimum
        minimum = with_signal(branch.basis, search.counts, test.template, start.expected, start.point, varied)
        family = search.rule.families[search.bases.index(branch.basis)]
        fitted = Fitted(search, family, branch.basis, minimum, test.template, varied, mass)
        found.append((float(minimum.nll[0]) + branch.penalty, fitted))
    return min(found, key=lambda pair: pair[0])[1]

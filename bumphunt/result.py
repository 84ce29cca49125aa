"""The results of fits and tests, as frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from .record import Numbers, Record


@dataclass(frozen=True)
class Goodness(Record):
    """How well a fitted background describes a spectrum, with p-values from toys that are fitted in the same way.

    A p-value is the share of toys that are described no better; toys whose fits failed count as worse.

    Arguments:
        statistics: observed value of each test.
        p_values: of the same tests.
        n_toys, n_failed: numbers of toys, and of those with a failed fit.
        seed: of the toys.

    """

    statistics: dict[str, float]
    p_values: dict[str, float]
    n_toys: int
    n_failed: int
    seed: int


@dataclass(frozen=True)
class RangeTry(Record):
    """One fit range that a rule tried.

    Arguments:
        low, high: ends of the fitted bins in GeV.
        function: the background function chosen in this range.
        p_background: p-value of the fit without a signal; None without degrees of freedom.
        p_signal: of that with one; None where it was not asked for.
        uncertainty: of the background at the resonance mass, relative.
        passed: whether the fits in this range are good enough.

    """

    low: float
    high: float
    function: str
    p_background: float | None
    p_signal: float | None
    uncertainty: float
    passed: bool


@dataclass(frozen=True)
class FitResult(Record):
    """A maximum-likelihood fit of a spectrum.

    Arguments:
        function: the fitted function in words.
        names: names of the parameters, the normalisation first and, if fitted, nuisance parameters (in standard deviations) and
            signal events last.
        values, errors: parameters and their standard deviations; the normalisation p0 in events per GeV.
        covariance: of the values, from the second derivatives at the minimum.
        nll: negative log likelihood from the saturated model, half the deviance, on the bins of the spectrum.
        chi2, ndof, p_value: Pearson's chi2 on bins merged to five expected events; p_value None without ndof.
        valid: whether the minimiser converged and the covariance is positive definite.
        edges, observed, expected: bins in GeV, counts and fitted events.
        mass: resonance mass in GeV of the fitted signal, None without one.
        warnings: what a reader has to know.
        history: the ranges that a `RangeLoop` tried; the last is fitted if it passed, otherwise the first.
        goodness: p-values from toys; None without toys.

    """

    _optional: ClassVar[frozenset[str]] = frozenset({"history", "goodness"})

    function: str
    names: tuple[str, ...]
    values: Numbers
    errors: Numbers
    covariance: tuple[Numbers, ...]
    nll: float
    chi2: float
    ndof: int
    p_value: float | None
    valid: bool
    edges: Numbers
    observed: Numbers
    expected: Numbers
    mass: float | None = None
    warnings: tuple[str, ...] = ()
    history: tuple[RangeTry, ...] = ()
    goodness: Goodness | None = None

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """Make the fit of what `as_dict` returned."""
        content = dict(content)
        history = [RangeTry.from_dict(tried) for tried in content.pop("history", [])]
        goodness = content.pop("goodness", None)
        found = Goodness.from_dict(goodness) if goodness else None
        return super().from_dict({**content, "history": history, "goodness": found})

    @property
    def deviance(self) -> float:
        """Deviance on the bins of the spectrum."""
        return 2 * self.nll

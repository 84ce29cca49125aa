"""The results of fits, tests, scans and limits, as frozen records."""

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
        names: names of the parameters, the normalisation first and the signal events, if fitted, last.
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


@dataclass(frozen=True)
class ScanPoint(Record):
    """One mass of a scan.

    Arguments:
        mass: resonance mass in GeV.
        group: index of the group of spectra, that is of the window, it was tested on.
        function: the background function.
        strength, error: fitted number of signal events and its standard deviation; error None if not measured.
        r: sign(strength) sqrt(q), normal if there is no signal, not capped.
        p_local: asymptotic one-sided p-value, at most 0.5.
        background: background events under the signal.
        asymptotic_valid: whether they are enough (ten) for the asymptotic p-value.
        valid: whether both fits converged.

    """

    mass: float
    group: int
    function: str
    strength: float
    error: float | None
    r: float
    p_local: float
    background: float
    asymptotic_valid: bool
    valid: bool


@dataclass(frozen=True)
class GlobalP(Record):
    """Probability that background alone gives a local p-value as small as the smallest observed one, anywhere.

    Arguments:
        p: share of toys with an excess at least as large; toys whose fits failed count as larger.
        low, high: 68% Clopper-Pearson interval.
        r: the largest signed root that was observed.
        n_toys, n_larger, n_failed: numbers of toys, of those at least as large, and of those with a failed fit.
        seed: of the toys.

    """

    p: float
    low: float
    high: float
    r: float
    n_toys: int
    n_larger: int
    n_failed: int
    seed: int


@dataclass(frozen=True)
class ScanResult(Record):
    """A scan over resonance masses.

    Arguments:
        points: the masses, in increasing order.
        p_global: p-value of the largest excess, corrected for having looked everywhere; None without toys.
        warnings: what a reader has to know.

    """

    points: tuple[ScanPoint, ...]
    p_global: GlobalP | None = None
    warnings: tuple[str, ...] = ()

    @property
    def largest(self) -> ScanPoint:
        """The point with the largest excess."""
        return max(self.points, key=lambda point: point.r)

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """Make the scan of what `as_dict` returned."""
        content = dict(content)
        points = [ScanPoint.from_dict(point) for point in content.pop("points", [])]
        p_global = content.pop("p_global", None)
        return super().from_dict(
            {"points": points, "p_global": GlobalP.from_dict(p_global) if p_global else None, **content}
        )


@dataclass(frozen=True)
class LimitResult(Record):
    """An upper limit.

    Arguments:
        mass: resonance mass in GeV.
        observed: observed limit; None if the data were not looked at.
        expected: expected limits without signal, from -2 to +2 standard deviations.
        level: confidence level.
        method: how it was computed.
        unit: of the limits.
        background: background events under the signal.
        asymptotic_valid: whether they and the signal at the limit are enough for the asymptotic formulae.
        valid: whether all fits converged.
        warnings: what a reader has to know.

    """

    mass: float
    observed: float | None
    expected: tuple[float, float, float, float, float]
    level: float
    method: str
    unit: str
    background: float
    asymptotic_valid: bool
    valid: bool
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class LimitScan(Record):
    """Upper limits over resonance masses.

    Arguments:
        limits: the limits, in increasing mass.

    """

    limits: tuple[LimitResult, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader has to know, with the mass it is about."""
        return tuple(f"{one.mass:g} GeV: {text}" for one in self.limits for text in one.warnings)

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """Make the limits of what `as_dict` returned."""
        return super().from_dict(
            {**content, "limits": [LimitResult.from_dict(one) for one in content.get("limits", [])]}
        )

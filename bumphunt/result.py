"""Results: frozen records of plain numbers with a JSON round trip. What is absent is None."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from typing import Any, Self

Numbers = tuple[float, ...]


class ResultError(ValueError):
    """Raised when a text does not hold the result that is asked for."""


@dataclass(frozen=True)
class Record:
    """A result that can be written as JSON and read back to an equal one."""

    def as_dict(self) -> dict[str, Any]:
        """Return plain containers; numbers that are not finite become None."""
        plain = _plain(asdict(self))
        return dict(plain)

    def to_json(self) -> str:
        """Return the record as JSON, keys in the order of the fields."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """Make the record of what `as_dict` returned.

        Raises:
            ResultError: if keys are missing or unknown.

        """
        try:
            return cls(**{key: _frozen(value) for key, value in content.items()})
        except TypeError as error:
            msg = f"this is no {cls.__name__}: {error}"
            raise ResultError(msg) from None

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Make the record of what `to_json` returned."""
        return cls.from_dict(json.loads(text))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


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

    """

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

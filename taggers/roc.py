"""ROC curves: the efficiencies of all cuts on a score, their replicas and their bands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..datasets.table import Floats
from .error import MetricError


@dataclass(frozen=True)
class Roc:
    """Efficiencies of all cuts, from none selected to all: one point for each distinct score.

    ``signal`` and ``background`` (K + 1,) are efficiencies, rising from 0 to 1; ``n_signal`` and ``n_background``
    (K + 1,) the effective numbers of events that pass, (sum w)^2 / sum w^2. Between two points the curve is a
    straight line, as if tied events were selected at random.
    """

    signal: Floats
    background: Floats
    n_signal: Floats
    n_background: Floats

    @property
    def total(self) -> float:
        """The effective number of background events."""
        return float(self.n_background[-1])

    def at_signal(self, efficiency: ArrayLike) -> tuple[Floats, Floats]:
        """Return eps_B and the number of background events that pass, at signal efficiencies of any shape."""
        first = np.append(True, np.diff(self.signal) > 0)
        wanted, known = np.asarray(efficiency, dtype=np.float64), self.signal[first]
        background = np.interp(wanted, known, self.background[first])
        return background, np.interp(wanted, known, self.n_background[first])

    def at_background(self, efficiency: ArrayLike) -> Floats:
        """Return eps_S at background efficiencies of any shape."""
        last = np.append(np.diff(self.background) > 0, True)
        wanted = np.asarray(efficiency, dtype=np.float64)
        return np.asarray(np.interp(wanted, self.background[last], self.signal[last]))

    def signal_error(self, efficiency: float) -> float:
        """Return the binomial error of a signal efficiency."""
        total = max(float(self.n_signal[-1]), 1.0)
        return float(np.sqrt(efficiency * (1 - efficiency) / total))

    def slope(self, efficiency: float, step: float = 0.02) -> float:
        """Return d eps_B / d eps_S at a signal efficiency, from points ``step`` to either side."""
        ends = np.clip([efficiency - step, efficiency + step], 0.0, 1.0)
        low, high = self.at_signal(ends)[0]
        return float((high - low) / (ends[1] - ends[0]))


def roc(scores: ArrayLike, truth: ArrayLike, weight: ArrayLike | None = None) -> Roc:
    """Return the ROC curve of ``scores`` (n,) for ``truth`` (n,) of 0 and 1, with ``weight`` (n,) of 0 or more.

    ``MetricError`` for scores that are not finite, negative weights, and a class without events.
    """
    return _Ranked.of(scores, truth, weight).roc()


def replicas(
    scores: ArrayLike, truth: ArrayLike, weight: ArrayLike | None = None, *, n: int = 100, seed: int = 0
) -> Iterator[Roc]:
    """Yield ``n`` ROC curves of bootstrap samples: each event counts a Poisson number of times.

    The bootstrap is that of doi:10.1214/aos/1176344552; numbers of events fluctuate as in data.
    """
    ranked = _Ranked.of(scores, truth, weight)
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    for _ in range(n):
        yield ranked.roc(rng.poisson(1.0, len(ranked.truth)))


def bootstrap(curves: Iterable[Roc], measure: Callable[[Roc], float]) -> float:
    """Return the error of a number that ``measure`` reads from a curve: its standard deviation over `replicas`."""
    values = [measure(curve) for curve in curves]
    if len(values) < 2:
        raise MetricError(f"an error needs at least 2 replicas; got {len(values)}")
    return float(np.std(values, ddof=1))


@dataclass(frozen=True)
class Band:
    """Central values and the band of 68% around them, each (n,); NaN where nothing can be said."""

    centre: Floats
    low: Floats
    high: Floats


def band(curve: Roc, others: Iterable[Roc], read: Callable[[Roc], Floats]) -> Band:
    """Return what ``read`` finds in a curve (n,), between the 16% and 84% quantiles of what it finds in ``others``.

    ``others`` are `replicas`, or the curves of folds, seeds or repeated injections. Where more than one in ten of
    them has no value (NaN), the band has none.
    """
    found = np.array([read(other) for other in others])
    if len(found) < 2:
        raise MetricError(f"a band needs at least 2 curves beside the central one; got {len(found)}")
    centre = read(curve)
    blank = np.isnan(centre) | (np.mean(np.isnan(found), axis=0) > 0.1)
    low, high = np.nanquantile(np.where(blank, 0.0, found), [0.16, 0.84], axis=0)
    return Band(*(np.where(blank, np.nan, values) for values in (centre, low, high)))


@dataclass(frozen=True)
class _Ranked:
    """Events from the highest score to the lowest, with the last position of each distinct score."""

    truth: NDArray[np.bool_]
    weight: Floats
    last: NDArray[np.intp]

    @classmethod
    def of(cls, scores: ArrayLike, truth: ArrayLike, weight: ArrayLike | None) -> _Ranked:
        values, classes = np.asarray(scores, dtype=np.float64), np.asarray(truth)
        weights = np.ones(len(values)) if weight is None else np.asarray(weight, dtype=np.float64)
        _check(values, classes, weights)
        order = np.argsort(-values, kind="stable")
        ordered = values[order]
        last = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
        return cls(classes[order] == 1, weights[order], last)

    def roc(self, times: NDArray[np.int64] | None = None) -> Roc:
        """Return the curve when each event counts ``times`` (n,)."""
        weight = self.weight if times is None else self.weight * times
        signal, n_signal = self._passed(weight * self.truth)
        background, n_background = self._passed(weight * ~self.truth)
        return Roc(signal, background, n_signal, n_background)

    def _passed(self, weight: Floats) -> tuple[Floats, Floats]:
        """Return the fraction of the weight that passes each cut, and the effective number of events."""
        sums = np.append(0.0, np.cumsum(weight)[self.last])
        squares = np.append(0.0, np.cumsum(weight * self.weight)[self.last])
        if not sums[-1] > 0:
            raise MetricError("no event of a class is left in a replica; give more events")
        number = np.divide(sums**2, squares, out=np.zeros(len(sums)), where=squares > 0)
        return sums / sums[-1], number


def _check(scores: Floats, truth: NDArray[np.generic], weight: Floats) -> None:
    if not len(scores) == len(truth) == len(weight):
        raise MetricError(
            f"{len(scores)} scores, {len(truth)} labels and {len(weight)} weights; give one of each per event"
        )
    if not np.isfinite(scores).all():
        raise MetricError(f"{np.sum(~np.isfinite(scores))} scores are not finite; every event needs a number")
    if not (weight >= 0).all():
        raise MetricError(f"{np.sum(~(weight >= 0))} weights are negative; efficiencies need 0 or more")
    for value, name in ((0, "background"), (1, "signal")):
        if not weight[truth == value].sum() > 0:
            raise MetricError(
                f"no {name} event (truth {value}) of positive weight; give events of both classes"
            )
    if not np.isin(truth, (0, 1)).all():
        raise MetricError(f"truth holds {sorted(set(truth.tolist()) - {0, 1})[:3]}; allowed: 0 and 1")

"""Tail probabilities of a statistic under two hypotheses, from toys of both."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .array import BoolArray, FloatArray

EXACT = 1e-6
Found = tuple[float, float, float]
UNKNOWN: Found = (1.0, np.inf, np.inf)


@dataclass(frozen=True, eq=False)
class TailSample:
    """A statistic of toys with a signal (first half) and of as many without (second half).

    Every toy counts for both hypotheses, each with the share of its probability (multiple importance sampling with the
    balance heuristic, Veach and Guibas, SIGGRAPH 1995): the toys without a signal populate the tail that toys with one
    seldom reach.

    Arguments:
        q: statistic, shape (2 * n_toys,).
        weight: probability with a signal over the sum of both probabilities, of the same shape.
        valid: whether the fits converged; otherwise a toy counts such that CLs is larger.

    """

    q: FloatArray
    weight: FloatArray
    valid: BoolArray

    @property
    def n_toys(self) -> int:
        """Number of toys of each hypothesis."""
        return len(self.q) // 2

    def at(self, q: float, steepness: float = 1.0) -> Found:
        """Return CLs of a value of the statistic, and the variance of its logarithm from toys with and without signal.

        Arguments:
            q: the value.
            steepness: d ln(tail with signal) / d ln(tail without) if the value is where the latter has a given size.

        """
        with_signal, without = self._tails(q)
        above, below = with_signal.sum(), without.sum()
        if q <= EXACT or not (above > 0 and below > 0):
            return UNKNOWN
        influence = (with_signal / above - steepness * without / below).reshape(2, -1)
        variances = influence.var(axis=1) * self.n_toys
        return float(above / below), float(variances[0]), float(variances[1])

    def band(self, share: float) -> Found:
        """Return the same for the toy without a signal that has a smaller CLs than all but this share of them."""
        step = np.sqrt(share * (1 - share) / self.n_toys)
        low, middle, high = self._quantile(np.array([share - step, share, share + step]))
        tails = np.array([[part.sum() for part in self._tails(q)] for q in (low, high)])
        if not (tails > 0).all() or tails[0, 1] == tails[1, 1]:
            return self.at(middle)
        by_signal, by_background = np.log(tails[1] / tails[0])
        return self.at(middle, by_signal / by_background)

    def _tails(self, q: float) -> tuple[FloatArray, FloatArray]:
        beyond = self.q >= q - EXACT
        return np.where(beyond | ~self.valid, self.weight, 0.0), np.where(
            beyond & self.valid, 1 - self.weight, 0.0
        )

    def _quantile(self, share: FloatArray) -> FloatArray:
        """Return the values of the statistic of the toys at quantiles of CLs."""
        q, without = self._every
        below = np.cumsum(without) / self.n_toys
        return q[np.clip(np.searchsorted(below, share), 0, len(q) - 1)]

    @cached_property
    def _every(self) -> tuple[FloatArray, FloatArray]:
        """Statistic and weight without a signal of every toy, in increasing order of CLs."""
        order = np.argsort(self.q)[::-1]
        q, valid = self.q[order], self.valid[order]
        without = np.where(valid, 1 - self.weight[order], 0.0)
        failed = self.weight[~self.valid].sum()
        with_signal = failed + np.cumsum(np.where(valid, self.weight[order], 0.0))
        cls = np.where(q > EXACT, with_signal / np.maximum(np.cumsum(without), 1e-300), 1.0)
        rank = np.argsort(cls, kind="stable")
        return q[rank], without[rank]

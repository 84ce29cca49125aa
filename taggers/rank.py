"""The empirical quantile transform: from a score to the fraction of reference events below it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..datasets.table import Floats
from .error import TrainingError


@dataclass(frozen=True)
class Rank:
    """A monotone map of scores to (0, 1), uniform on the events that it was fitted on.

    ``scores`` (K,) are their distinct scores, increasing, ``ranks`` (K,) the weighted fraction of events below
    (ties count half). Between scores it is linear; beyond the last it approaches 1 (0 below the first), so
    that events more anomalous than any seen before keep their order, up to some 30 times the range of ``scores`` away.

    >>> rank = Rank.fit([1.0, 2.0, 3.0, 4.0])
    >>> rank([1.0, 2.5, 4.0])
    array([0.125, 0.5  , 0.875])
    """

    scores: Floats
    ranks: Floats

    @classmethod
    def fit(cls, scores: ArrayLike, weight: ArrayLike | None = None) -> Rank:
        """Fit to ``scores`` (n,) with non-negative ``weight`` (n,); ``TrainingError`` when all weights are 0."""
        values = np.asarray(scores, dtype=np.float64)
        weights = np.ones(len(values)) if weight is None else np.asarray(weight, dtype=np.float64)
        distinct, position = np.unique(values[weights > 0], return_inverse=True)
        if not len(distinct):
            raise TrainingError("a rank transform needs at least one event with a positive weight; got none")
        content = np.bincount(position, weights=weights[weights > 0])
        return cls(distinct, (np.cumsum(content) - content / 2) / content.sum())

    def __call__(self, scores: ArrayLike) -> Floats:
        """Return the ranks of ``scores``, same shape, in (0, 1)."""
        values = np.asarray(scores, dtype=np.float64)
        first, last = self.scores[0], self.scores[-1]
        scale = (last - first) or 1.0
        below = np.exp(-np.maximum(first - values, 0.0) / scale)
        above = np.exp(-np.maximum(values - last, 0.0) / scale)
        inside = np.interp(values, self.scores, self.ranks)
        ranks: Floats = np.where(values > last, 1.0 - (1.0 - self.ranks[-1]) * above, inside * below)
        return ranks

    def spread(self, scores: ArrayLike, place: ArrayLike) -> Floats:
        """Return ranks of ``scores`` (n,) in [0, 1] in which equal ones differ by their ``place`` (n,), uniform in [0, 1).

        Scores between those of the fit have the fraction of events below them.

        >>> rank = Rank.fit([1.0, 2.0, 2.0, 2.0])
        >>> rank.spread([2.0, 2.0, 2.1], [0.0, 0.5, 0.5])
        array([0.25 , 0.625, 1.   ])
        """
        sign = np.where(np.arange(len(self.scores)) % 2, -1.0, 1.0)
        content = 2 * sign * np.cumsum(sign * np.diff(self.ranks, prepend=0))
        edges = np.concatenate([[0.0], np.cumsum(content)])
        low, high = (edges[np.searchsorted(self.scores, scores, side=side)] for side in ("left", "right"))
        spread: Floats = low + np.asarray(place) * (high - low)
        return spread

    def state(self) -> dict[str, NDArray[Any]]:
        """Return the arrays to be stored."""
        return {"scores": self.scores, "ranks": self.ranks}

    @classmethod
    def restore(cls, state: Mapping[str, NDArray[Any]]) -> Rank:
        """Rebuild a transform from its arrays."""
        return cls(state["scores"], state["ranks"])

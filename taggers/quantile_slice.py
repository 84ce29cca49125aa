"""Working points that select the same share of the background at all m_jj, in slices of the score (arXiv:2412.03747)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..datasets.table import Array, FeatureTable, Floats
from ..datasets.window import SIGNAL_REGION
from .base import Run, nest
from .error import NotFittedError, SelectionError, TrainingError
from .quantile_curve import QuantileCurves
from .quantile_regression import QuantileRegression
from .rank import Rank
from .selector import NOT_SELECTED, Selector

DIGITS = 1000
PART = "part"
"""Column with a number in [0, 1) by the identity of each event, which divides events in the folds of the regression."""


@dataclass(frozen=True, kw_only=True)
class QuantileSlices(Selector):
    """Category 0 holds the most anomalous events at each m_jj, 1 the next, and so on.

    ``regression`` says which quantiles bound the slices and how they are learned as functions of m_jj: from all events outside
    of the signal region, which are all for a tagger without windows, for each of the ``groups`` of events that have a model
    of their own. Events of equal score are divided by their identity, so that each slice has its share. What a signal adds outside of a
    signal region is part of the method.
    """

    regression: QuantileRegression
    groups: int = 1
    seed: int = 0
    window: str = ""
    achieved: Floats = field(default_factory=lambda: np.empty(0), init=False, compare=False)
    ranks: tuple[Rank, ...] = field(default=(), init=False, compare=False)
    curves: tuple[QuantileCurves, ...] = field(default=(), init=False, compare=False)

    @property
    def categories(self) -> int:
        """The number of slices."""
        return len(self.regression.levels)

    @property
    def nominal(self) -> float:
        """The fraction of the events that is meant to be selected."""
        return 1 - min(self.regression.levels)

    @property
    def nominals(self) -> tuple[float, ...]:
        """That in each slice, the most anomalous one first."""
        return tuple(np.diff([*self.regression.levels, 1.0])[::-1].tolist())

    @property
    def description(self) -> dict[str, Any]:
        """In how many folds each group of events was divided, and the share of it in each category."""
        return {"folds": [len(curves.values) for curves in self.curves], "achieved": self.achieved.tolist()}

    def state(self) -> dict[str, Array]:
        """Return ranks and curves of each group: ``0/rank/scores`` and so on."""
        groups = zip(self.ranks, self.curves, strict=True)
        return nest(
            {
                str(i): nest({"rank": rank.state(), "curve": curves.state()})
                for i, (rank, curves) in enumerate(groups)
            }
        )

    def fit(self, table: FeatureTable) -> Self:
        """Return the rule with its ``ranks`` and ``curves``; ``table`` has columns mjj, score, region, fold and part."""
        outside, group, part = table["region"] != SIGNAL_REGION, self._group(table), table[PART]
        found = []
        for number, run in enumerate(Run(seed=self.seed).split(self.groups)):
            rows = outside & (group == number)
            if not rows.any():
                raise SelectionError(
                    f"{self._named(number)}: no events outside of the signal region to learn quantiles from; "
                    "give more events or fewer folds"
                )
            rank = Rank.fit(table["score"][rows])
            ranked = _ranked(rank, table["score"][rows], part[rows])
            try:
                curves = self.regression.fit(table["mjj"][rows], ranked, part[rows], run.seed)
            except TrainingError as error:
                raise SelectionError(f"{self._named(number)}: {error}") from error
            found.append((rank, curves))
        selector = replace(self)
        for name, learned in zip(("ranks", "curves"), zip(*found, strict=True), strict=True):
            object.__setattr__(selector, name, learned)
        used = table.where(outside)
        category, groups = selector.select(used), self._group(used)
        shares = [
            np.mean(category[groups == number, None] == np.arange(self.categories), axis=0)
            for number in range(self.groups)
        ]
        object.__setattr__(selector, "achieved", np.array(shares))
        return selector

    def select(self, table: FeatureTable) -> NDArray[np.int64]:
        """Return the category of each event (n,), -1 below the lowest quantile."""
        if not self.curves:
            raise NotFittedError("the working point has no quantiles; call fit(events) first")
        group, part = self._group(table), table[PART]
        category = np.full(len(table), NOT_SELECTED)
        n = len(self.regression.levels)
        for number, (rank, curves) in enumerate(zip(self.ranks, self.curves, strict=True)):
            rows = group == number
            ranked = _ranked(rank, table["score"][rows], part[rows])
            passed = (ranked[:, None] >= curves(table["mjj"][rows], part[rows])).sum(axis=1)
            category[rows] = np.where(passed > 0, n - passed, NOT_SELECTED)
        return category

    def _named(self, group: int) -> str:
        window = f"window {self.window or '?'}"
        return f"{window}, fold {group}" if self.groups > 1 else window

    def _group(self, table: FeatureTable) -> NDArray[np.int64]:
        return table["fold"] if self.groups > 1 else np.zeros(len(table), dtype=np.int64)


def _ranked(rank: Rank, score: Floats, part: Floats) -> Floats:
    """Return the ranks of scores (n,); equal ones differ by the digits of ``part`` (n,) that do not decide the fold."""
    return rank.spread(score, part * DIGITS % 1)

"""The working point: which events a score selects, and into which category."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from ..datasets.table import Array, FeatureTable, Floats
from .error import NotFittedError, ParameterError, SelectionError
from .weight import sideband_weight

NOT_SELECTED = -1


class Selector(ABC):
    """A rule that gives every event a category; fitted on sidebands, applied at all m_jj.

    ``achieved``: the fractions of the reference events that are selected, of each part that was fitted by itself, and in each category
    where there are several: (parts,) or (parts, categories); none before `fit`.
    """

    achieved: Floats

    @property
    def categories(self) -> int:
        """The number of categories."""
        return 1

    @property
    @abstractmethod
    def nominal(self) -> float:
        """The fraction of the reference events that is meant to be selected, in all categories together."""

    @property
    def nominals(self) -> tuple[float, ...]:
        """That in each category."""
        return (self.nominal,)

    @property
    def description(self) -> dict[str, Any]:
        """What it decided, as JSON holds it; here nothing."""
        return {}

    def state(self) -> Mapping[str, Array]:
        """Return what it decided as arrays by name, for those who want to repeat it."""
        return {}

    @abstractmethod
    def fit(self, table: FeatureTable) -> Self:
        """Return the rule determined from the sidebands of ``table``: columns score, region, fold, mjj and others that a rule names."""

    @abstractmethod
    def select(self, table: FeatureTable) -> NDArray[np.int64]:
        """Return the category of each event (n,), -1 when not selected, from its score and fold."""


@dataclass(frozen=True, kw_only=True)
class Cut(Selector):
    """One category: events with at least the threshold of their fold, the same at all m_jj.

    ``window`` names the window in messages. `fit` finds ``thresholds`` (folds,) and the fractions of the
    reference events ``achieved`` (folds,).
    """

    folds: int = 5
    window: str = ""
    thresholds: Floats = field(default_factory=lambda: np.empty(0), init=False, compare=False)
    achieved: Floats = field(default_factory=lambda: np.empty(0), init=False, compare=False)
    reference: ClassVar[str] = "sideband events"

    @property
    def description(self) -> dict[str, Any]:
        """The thresholds of the folds, None where all events are selected, and the shares that they select of the reference events."""
        return {
            "thresholds": [float(t) if np.isfinite(t) else None for t in self.thresholds],
            "achieved": [float(share) for share in self.achieved],
        }

    def state(self) -> dict[str, Array]:
        """Return the thresholds of the folds (folds,)."""
        return {"thresholds": self.thresholds}

    @abstractmethod
    def cut(self, scores: Floats, weight: Floats) -> tuple[float, float]:
        """Return threshold and achieved fraction for reference events with ``scores`` (n,) and ``weight`` (n,)."""

    def weight(self, table: FeatureTable) -> Floats:
        """Return the weight of each event (n,) among the reference events, 0 for others."""
        return sideband_weight(table["region"])

    def fit(self, table: FeatureTable) -> Self:
        """Return the selector with its ``thresholds``.

        ``table`` has columns ``score``, ``region`` (-1, 0, 1 as `Window.region`), ``fold`` and ``mjj``, each (n,), the
        last when it is needed. ``SelectionError`` names a fold without reference events.
        """
        weight = self.weight(table)
        found = [self._fit_fold(fold, table, weight) for fold in range(self.folds)]
        selector = replace(self)
        for name, values in zip(("thresholds", "achieved"), np.transpose(found), strict=True):
            object.__setattr__(selector, name, values)
        return selector

    def select(self, table: FeatureTable) -> NDArray[np.int64]:
        """Return 0 for selected events and -1 for others (n,), from columns ``score`` and ``fold``."""
        if not len(self.thresholds):
            raise NotFittedError("the working point has no thresholds; call fit(sidebands) first")
        fold = table["fold"]
        if len(fold) and not 0 <= fold.min() <= fold.max() < self.folds:
            raise SelectionError(
                f"folds from {fold.min()} to {fold.max()} in the table; the working point has {self.folds}"
            )
        return np.where(table["score"] >= self.thresholds[fold], 0, NOT_SELECTED)

    def _fit_fold(self, fold: int, table: FeatureTable, weight: Floats) -> tuple[float, float]:
        rows = (table["fold"] == fold) & (weight > 0)
        if not rows.any():
            raise SelectionError(
                f"window {self.window or '?'}, fold {fold}: no {self.reference} to determine a threshold "
                "with; give more events or fewer folds"
            )
        return self.cut(table["score"][rows], weight[rows])


@dataclass(frozen=True, kw_only=True)
class FixedEfficiency(Cut):
    """One category: the events with the highest scores, a fraction ``efficiency`` of the sidebands.

    Each fold has a threshold of its own, the same at all m_jj. Both sidebands count equally, the signal region not
    at all (arXiv:2412.03747). Where scores are tied, the fraction nearest to ``efficiency`` is taken;
    with efficiency 1 all events are selected. ``window`` names the window in messages.

    >>> sidebands = FeatureTable({
    ...     "score": np.arange(10.0), "region": np.full(10, -1, np.int8), "fold": np.repeat([0, 1], 5)})
    >>> FixedEfficiency(efficiency=0.2, folds=2).fit(sidebands).thresholds
    array([4., 9.])
    """

    efficiency: float

    def __post_init__(self) -> None:
        """Refuse an efficiency outside (0, 1]."""
        if not 0 < self.efficiency <= 1:
            raise ParameterError(f"efficiency is {self.efficiency!r}; allowed: above 0 and at most 1")

    @property
    def nominal(self) -> float:
        """The efficiency."""
        return self.efficiency

    def cut(self, scores: Floats, weight: Floats) -> tuple[float, float]:
        """Return the score nearest to the efficiency, and the efficiency there."""
        if self.efficiency == 1:
            return -np.inf, 1.0
        return threshold(scores, weight, self.efficiency)


@dataclass(frozen=True, kw_only=True)
class OverallEfficiency(FixedEfficiency):
    """As `FixedEfficiency`, but a fraction of all events at any m_jj, those of the signal region included.

    A signal raises the threshold, and with it is lost in part.
    """

    reference: ClassVar[str] = "events"

    def weight(self, table: FeatureTable) -> Floats:
        """Return 1 for each event (n,)."""
        return np.ones(len(table))


@dataclass(frozen=True, kw_only=True)
class CentralEfficiency(FixedEfficiency):
    """As `FixedEfficiency`, but a fraction of the events in one m_jj ``band`` [low, high) in GeV for all windows."""

    band: tuple[float, float]
    reference: ClassVar[str] = "events of the band"

    def __post_init__(self) -> None:
        """Refuse an efficiency outside (0, 1] and an empty band."""
        FixedEfficiency.__post_init__(self)
        if not 0 <= self.band[0] < self.band[1]:
            raise ParameterError(f"band is {list(self.band)} GeV; allowed: [low, high] with 0 <= low < high")

    def weight(self, table: FeatureTable) -> Floats:
        """Return 1 for each event (n,) in the band and 0 for others."""
        mass = table["mjj"]
        return np.asarray((mass >= self.band[0]) & (mass < self.band[1]), dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class AbsoluteThreshold(Cut):
    """One category: events with a score of at least ``threshold``, in all folds and windows the same.

    For scores that mean the same in all of them, such as those of cuts; the sidebands only say which fraction it is.
    """

    threshold: float

    @property
    def nominal(self) -> float:
        """The mean fraction of the sidebands that the threshold happens to select; NaN before `fit`."""
        return float(np.mean(self.achieved)) if len(self.achieved) else float("nan")

    def cut(self, scores: Floats, weight: Floats) -> tuple[float, float]:
        """Return the threshold, and the fraction of events (n,) that it selects."""
        return self.threshold, float(weight[scores >= self.threshold].sum() / weight.sum())


def threshold(scores: Floats, weight: Floats, efficiency: float) -> tuple[float, float]:
    """Find the score (and the weighted fraction at or above it) that is nearest to ``efficiency``.

    ``scores`` (n,) and positive ``weight`` (n,). The threshold is one of the scores.
    """
    distinct, position = np.unique(scores, return_inverse=True)
    content = np.bincount(position, weights=weight)
    above = np.cumsum(content[::-1])[::-1] / content.sum()
    nearest = int(np.argmin(np.abs(above - efficiency)))
    return float(distinct[nearest]), float(above[nearest])

"""The working point of QUAK: the bins of its plane in which there is least background (arXiv:2011.03550, arXiv:2412.03747)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..datasets.table import FeatureTable
from .error import NotFittedError, ParameterError, SelectionError
from .selector import NOT_SELECTED, Selector
from .weight import sideband_weight

ANGLES = np.linspace(-0.1, 0.4, 26) * np.pi
RADII = np.linspace(0, 10, 21)
FLOOR = -1.0
UNLIKE, LIKE = "unlike_background", "like_signal"
"""Columns with the coordinates of events in the plane."""


@dataclass(frozen=True, kw_only=True)
class EmptiestBins(Selector):
    """One category: events in the bins of the plane that hold the fewest sideband events, up to a fraction ``efficiency`` of these.

    The bins are those of 25 angles and 20 radii in polar coordinates; angle 0 is unlike background alone, pi/2 like the signal alone.
    Those of a fold are chosen by the sideband events of all others: bins chosen by their own events would hold fewer of them by
    chance, in the sidebands alone, and make a bump in the signal region. Both sidebands count equally. With ``cross`` false, as
    published, the bins are chosen by all sideband events.
    """

    efficiency: float
    folds: int = 5
    cross: bool = True
    window: str = ""
    chosen: NDArray[np.bool_] = field(
        default_factory=lambda: np.empty(0, dtype=bool), init=False, compare=False
    )

    def __post_init__(self) -> None:
        """Refuse an efficiency outside (0, 1)."""
        if not 0 < self.efficiency < 1:
            raise ParameterError(f"efficiency is {self.efficiency!r}; allowed: above 0 and below 1")

    @property
    def nominal(self) -> float:
        """The efficiency."""
        return self.efficiency

    @property
    def description(self) -> dict[str, Any]:
        """How many bins of each fold are chosen."""
        return {"bins": self.chosen.sum(axis=1).tolist()}

    def fit(self, table: FeatureTable) -> Self:
        """Return the rule with its ``chosen`` bins; ``table`` has columns region, fold, unlike_background and like_signal."""
        weight, place = sideband_weight(table["region"]), places(table)
        if not weight.any():
            raise SelectionError(
                f"window {self.window or '?'}: no sideband events to choose bins by; give more events"
            )
        n = (len(ANGLES) - 1) * (len(RADII) - 1)
        content = np.zeros((self.folds, n + 1))
        np.add.at(content, (table["fold"], np.where(place < 0, n, place)), weight)
        others = (
            content.sum(axis=0) - content
            if self.cross
            else np.broadcast_to(content.sum(axis=0), content.shape)
        )
        selector = replace(self)
        object.__setattr__(selector, "chosen", np.stack([self._choose(one) for one in others]))
        return selector

    def select(self, table: FeatureTable) -> NDArray[np.int64]:
        """Return 0 for events in the bins of their fold and -1 for others (n,)."""
        if not len(self.chosen):
            raise NotFittedError("the working point has no bins; call fit(sidebands) first")
        place = places(table)
        return np.where((place >= 0) & self.chosen[table["fold"], place], 0, NOT_SELECTED)

    def _choose(self, content: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Choose bins by their ``content`` (bins + 1,), the last of which counts the events in none; of equal ones those farther out."""
        inside = content[:-1]
        farther = np.arange(len(inside)) % (len(RADII) - 1)
        order = np.lexsort((-farther, inside))
        below = np.cumsum(inside[order]) <= self.efficiency * content.sum()
        chosen = np.zeros(len(inside), dtype=bool)
        chosen[order[below]] = True
        return chosen


def places(table: FeatureTable) -> NDArray[np.int64]:
    """Return the bin of each event (n,), -1 outside of all of them and below the floor."""
    x, y = np.asarray(table[UNLIKE], np.float64), np.asarray(table[LIKE], np.float64)
    angle = np.searchsorted(ANGLES, np.arctan2(y, x), side="right") - 1
    radius = np.searchsorted(RADII, np.hypot(x, y), side="right") - 1
    valid = (angle >= 0) & (angle < len(ANGLES) - 1) & (radius < len(RADII) - 1) & (x > FLOOR)
    return np.where(valid, angle * (len(RADII) - 1) + radius, -1)

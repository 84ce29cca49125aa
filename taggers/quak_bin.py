"""The working point of QUAK: the bins of its plane in which there is least background (arXiv:2011.03550, arXiv:2412.03747)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..datasets.table import Array, FeatureTable, Floats
from ..datasets.window import HIGH_SIDEBAND
from .error import NotFittedError, ParameterError, SelectionError
from .selector import NOT_SELECTED, Selector
from .weight import sideband_weight

ANGLES = np.linspace(-0.1, 0.4, 26) * np.pi
RADII = np.linspace(0, 10, 21)
UNLIKE, LIKE = "unlike_background", "like_signal"
"""Columns with the coordinates of events in the plane."""


@dataclass(frozen=True, kw_only=True)
class EmptiestBins(Selector):
    """One category: events in the bins of the plane that hold the fewest sideband events, up to a fraction ``efficiency`` of these.

    The bins are those of 25 angles and 20 radii in polar coordinates; angle 0 is unlike background alone, pi/2 like the signal alone.
    Those of a fold are chosen by the sideband events of all others: bins chosen by their own events would hold fewer of them by
    chance, in the sidebands alone, and make a bump in the signal region. There are so many bins, in all folds the same number, as hold the
    ``efficiency`` of the events of the folds themselves. Both sidebands count equally. With ``cross`` false, as published, the bins are
    chosen by all sideband events.
    """

    efficiency: float
    folds: int = 5
    cross: bool = True
    window: str = ""
    achieved: Floats = field(default_factory=lambda: np.empty(0), init=False, compare=False)
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
        """How many bins are chosen, and the share of the sideband events in them."""
        return {"bins": int(self.chosen[0].sum()), "achieved": self.achieved.tolist()}

    def state(self) -> dict[str, Array]:
        """Return the chosen bins of each fold (folds, bins): the radii of the first angle, then of the next."""
        return {"chosen": self.chosen, "angles": ANGLES, "radii": RADII}

    def fit(self, table: FeatureTable) -> Self:
        """Return the rule with its ``chosen`` bins; ``table`` has columns region, fold, unlike_background and like_signal."""
        weight, place = sideband_weight(table["region"]), places(table)
        if not weight.any():
            raise SelectionError(
                f"window {self.window or '?'}: no sideband events to choose bins by; give more events"
            )
        n = (len(ANGLES) - 1) * (len(RADII) - 1)
        side, used = np.asarray(table["region"] == HIGH_SIDEBAND, dtype=np.int64), weight > 0
        counts = np.zeros((2, self.folds, n + 1), dtype=np.int64)
        np.add.at(counts, (side[used], table["fold"][used], np.where(place < 0, n, place)[used]), 1)
        scale = [weight[side == number].max(initial=0) for number in range(2)]
        others = counts.sum(axis=1, keepdims=True) - (counts if self.cross else 0 * counts)
        order = np.stack([_emptiest(one[:-1]) for one in np.tensordot(scale, others, 1)])
        content = np.tensordot(scale, counts, 1)
        held = np.cumsum(np.take_along_axis(content, order, axis=1).sum(axis=0)) / content.sum()
        number = int(np.searchsorted(held, self.efficiency, side="right"))
        chosen = np.zeros((self.folds, n), dtype=bool)
        np.put_along_axis(chosen, order[:, :number], True, axis=1)
        selector = replace(self)
        object.__setattr__(selector, "chosen", chosen)
        object.__setattr__(selector, "achieved", held[number - 1 : number] if number else np.zeros(1))
        return selector

    def select(self, table: FeatureTable) -> NDArray[np.int64]:
        """Return 0 for events in the bins of their fold and -1 for others (n,)."""
        if not len(self.chosen):
            raise NotFittedError("the working point has no bins; call fit(sidebands) first")
        place = places(table)
        return np.where((place >= 0) & self.chosen[table["fold"], place], 0, NOT_SELECTED)


def _emptiest(content: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the bins in the order of their ``content`` (bins,), of equal ones those farther out first."""
    farther = np.arange(len(content)) % (len(RADII) - 1)
    return np.lexsort((-farther, content))


def places(table: FeatureTable) -> NDArray[np.int64]:
    """Return the bin of each event (n,), -1 outside of all of them."""
    x, y = np.asarray(table[UNLIKE], np.float64), np.asarray(table[LIKE], np.float64)
    angle = np.searchsorted(ANGLES, np.arctan2(y, x), side="right") - 1
    radius = np.searchsorted(RADII, np.hypot(x, y), side="right") - 1
    valid = (angle >= 0) & (angle < len(ANGLES) - 1) & (radius < len(RADII) - 1)
    return np.where(valid, angle * (len(RADII) - 1) + radius, -1)

"""Labels of jets by the other jet of their event, the heart of Tag N' Train (arXiv:2002.12376, arXiv:2412.03747)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..datasets.table import Floats
from ..datasets.window import SIGNAL_REGION, Window
from .error import TrainingError
from .rank import Rank
from .weight import sideband_weight

Booleans = NDArray[np.bool_]
Label = NDArray[np.int8]
Region = NDArray[np.int8]

SIGNAL_LIKE, BACKGROUND_LIKE, DROPPED = 1, 0, -1
MEDIAN = 50.0
PERCENTILES = ((3500.0, 80.0), (4300.0, 65.0), (np.inf, MEDIAN))
"""Percentiles of signal regions with their middle below a mass in GeV, as events become rare (arXiv:2412.03747)."""

BACKGROUNDS: Mapping[str, Callable[[Any, Any], Booleans]] = {"or": np.logical_or, "and": np.logical_and}


def percentile_in(window: Window | None) -> float:
    """Return the percentile of anomalous jets that CMS chose for the mass of a window, 80 for none.

    >>> percentile_in(Window(2725, 3331)), percentile_in(Window(4500, 5500))
    (80.0, 50.0)
    """
    middle = 0.0 if window is None else window.middle
    return next(percentile for below, percentile in PERCENTILES if middle < below)


@dataclass(frozen=True)
class Tagging:
    """What the score of a first tagger for one jet says of the other jet of the event.

    The other jet is signal-like when the score is above the ``percentile`` and the event in the signal region. It is
    background-like when the score is below the median "or" the event is in a sideband, as CMS has it, or
    when both are so, "and", as in the first article; ``background`` says which. Other events are dropped.
    Percentiles are those of the same jet, j1 or j2, of sideband events: ``ranks``. Were they those of all jets, the heavier ones
    would tag the lighter ones, and a classifier would learn to tell j1 from j2.
    """

    percentile: float
    background: str
    ranks: tuple[Rank, ...]

    @classmethod
    def fit(cls, scores: Floats, region: Region, percentile: float, background: str) -> Self:
        """Determine percentiles with the sideband events among ``scores`` (n, 2), both sidebands equally."""
        weight = sideband_weight(region)
        return cls(percentile, background, tuple(Rank.fit(score, weight) for score in scores.T))

    def label(self, scores: Floats, region: Region) -> Label:
        """Return 1 for jets that are signal-like, 0 background-like, -1 dropped, (n, 2), from the scores (n, 2)."""
        ranks = [rank(score) for rank, score in zip(self.ranks, scores.T, strict=True)]
        other = 100 * np.stack(ranks[::-1], axis=1)
        inside = np.broadcast_to((region == SIGNAL_REGION)[:, None], other.shape)
        background = BACKGROUNDS[self.background](other < MEDIAN, ~inside)
        label = np.where(background, BACKGROUND_LIKE, DROPPED)
        label[inside & (other > self.percentile)] = SIGNAL_LIKE
        return label.astype(np.int8)


def balanced(weight: Floats, label: Label) -> Floats:
    """Scale the weights (n,) of both classes to sum up to the number of signal-like jets; 0 for those dropped.

    ``TrainingError`` when a class is empty.

    >>> balanced(np.ones(4), np.array([1, 0, 0, -1], dtype=np.int8))
    array([1. , 0.5, 0.5, 0. ])
    """
    scaled = np.zeros(len(weight))
    n_signal, n_background = (np.count_nonzero(label == which) for which in (SIGNAL_LIKE, BACKGROUND_LIKE))
    if not n_signal or not n_background:
        raise TrainingError(
            f"{n_signal} signal-like and {n_background} background-like jets; a classifier needs both: "
            "give more events or a lower percentile"
        )
    for which in (SIGNAL_LIKE, BACKGROUND_LIKE):
        scaled[label == which] = weight[label == which] * n_signal / weight[label == which].sum()
    return scaled

"""Weights that make sidebands and signal region comparable (arXiv:2412.03747)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets.table import Floats
from ..datasets.window import HIGH_SIDEBAND, LOW_SIDEBAND, SIGNAL_REGION
from .error import TrainingError

Region = NDArray[np.int8]


def sideband_weight(region: Region) -> Floats:
    """Weigh events so that both sidebands count equally: 1 below, n_low/n_high above, 0 elsewhere.

    ``region`` (n,) is -1, 0, 1 as `Window.region` labels it. With one empty sideband the other has weight 1.

    >>> sideband_weight(np.array([-1, -1, 0, 1], dtype=np.int8))
    array([1., 1., 0., 2.])
    """
    low, high = region == LOW_SIDEBAND, region == HIGH_SIDEBAND
    n_low, n_high = np.count_nonzero(low), np.count_nonzero(high)
    above = n_low / n_high if n_low and n_high else 1.0
    return np.asarray(low + above * high, dtype=np.float64)


def mjj_weight(region: Region) -> Floats:
    """Weigh events for a classifier of signal region against sidebands (n,).

    Sidebands as in `sideband_weight`, the signal region 2 n_low/n_SR, so that both classes have the same sum.
    ``TrainingError`` when a class has no event.

    >>> mjj_weight(np.array([-1, -1, 0, 0, 0, 0, 1], dtype=np.int8))
    array([1., 1., 1., 1., 1., 1., 2.])
    """
    weight = sideband_weight(region)
    signal = region == SIGNAL_REGION
    n_signal, total = np.count_nonzero(signal), weight.sum()
    if not n_signal or not total:
        raise TrainingError(
            f"{n_signal} events in the signal region and {np.count_nonzero(weight)} in the sidebands; "
            "a classifier needs both: widen the window or give more events"
        )
    weight[signal] = total / n_signal
    return weight


def class_weight(label: NDArray[Any]) -> Floats:
    """Weigh events with ``label`` (n,) of 0 and 1 so that both classes have the same sum, n / 2; both must have events.

    >>> class_weight(np.array([0, 0, 0, 1]))
    array([0.66666667, 0.66666667, 0.66666667, 2.        ])
    """
    half, n_one = len(label) / 2, np.count_nonzero(label)
    return np.where(label == 1, half / n_one, half / (len(label) - n_one))


@dataclass(frozen=True)
class PtWeight:
    """The ratio of the pT spectra of one jet in signal region and sidebands, to be laid on the sidebands.

    ``edges`` (B + 1,) in GeV, ``ratio`` (B,).
    """

    edges: Floats
    ratio: Floats

    @classmethod
    def fit(cls, pt: Floats, region: Region, weight: Floats, bins: int = 20) -> PtWeight:
        """Determine the ratio from jets with ``pt`` (n,) in GeV and `mjj_weight` (n,).

        pT is clipped to its 1-99 percentiles; bins without sideband jets keep ratio 1.
        """
        low, high = np.percentile(pt, [1, 99])
        edges = np.linspace(low, high, bins + 1)
        signal, side = region == SIGNAL_REGION, region != SIGNAL_REGION
        clipped = np.clip(pt, edges[0], edges[-1])
        wanted = np.histogram(clipped[signal], edges, weights=weight[signal])[0]
        found = np.histogram(clipped[side], edges, weights=weight[side])[0]
        return cls(edges, np.divide(wanted, found, out=np.ones(bins), where=found > 0))

    def __call__(self, pt: Floats, region: Region) -> Floats:
        """Return the factor of each jet (n,): the ratio at its pT in the sidebands, 1 in the signal region."""
        bin_of = np.searchsorted(self.edges[1:-1], pt, side="right")
        return np.where(region == SIGNAL_REGION, 1.0, self.ratio[bin_of])

"""How displaced the tracks of a jet are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .detector import Flow
from .jagged import owners, ranked
from .jet import Jets

Array = NDArray[np.float64]

TRACK_PT_MIN = 1.0
D0_MAX = 0.2  # cm; tracks further away are of K0S, Lambda and the like (arXiv:1712.07158)
D0_CONSTANT, D0_SLOPE = 0.0020, 0.008  # cm and cm GeV: the resolution of the detector
THIRD = 2


def third_significance(flow: Flow, jets: Jets) -> Array:
    """Return |d0| over its uncertainty for the third most displaced track of each jet (j,).

    Tracks have pT > 1 GeV and |d0| < 2 mm; 0 where a jet has fewer than three.
    """
    owner = owners(jets.size)
    pt, d0 = flow.pt[jets.members], flow.d0[jets.members]
    track = (flow.charge[jets.members] != 0) & (pt > TRACK_PT_MIN) & (np.abs(d0) < D0_MAX)
    significance = np.abs(d0[track]) / np.hypot(D0_CONSTANT, D0_SLOPE / pt[track])
    order, rank = ranked(owner[track], significance)
    third = order[rank == THIRD]
    result = np.zeros(len(jets.size))
    result[owner[track][third]] = significance[third]
    return result

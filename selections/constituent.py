"""The particle-flow candidates of the two jets as arrays of fixed length."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets.candidate import candidates
from ..datasets.jagged import Index, ranked

N_CONSTITUENTS = 100


def constituents(events: Any, jets: Index, size: int = N_CONSTITUENTS) -> NDArray[np.float32]:
    """Collect px, py, pz in GeV of the ``size`` hardest candidates of each jet.

    ``events`` are NanoEvents of PFNano, ``jets`` (m, 2) flat positions of FatJets. Returns (m, 2, size, 3),
    sorted by falling pT, PUPPI weights applied (arXiv:1407.6013), filled up with zeros. Candidates of zero weight
    are left out.
    """
    found = candidates(events, jets.reshape(-1))
    order, rank = ranked(found.slot, found.pt)
    kept = (rank < size) & (found.pt[order] > 0)
    out = np.zeros((jets.size, size, 3), dtype=np.float32)
    out[found.slot[order][kept], rank[kept]] = found.momentum()[order[kept], 1:]
    return out.reshape(*jets.shape, size, 3)

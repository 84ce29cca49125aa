"""How many W and Z of an event decay to leptons."""

from __future__ import annotations

from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

HARD = 23  # Pythia's status of what resonances decay to
LEPTON_MIN, LEPTON_MAX = 11, 16


def leptonic(records: Any) -> NDArray[np.uint8]:
    """Count (n,) the W and Z in Pythia's event records (n,) that decay to leptons; neutrinos count as leptons."""
    kind = np.abs(records.id)
    hard = (np.abs(records.status) == HARD) & (kind >= LEPTON_MIN) & (kind <= LEPTON_MAX)
    number: NDArray[np.uint8] = ak.to_numpy(ak.sum(hard, axis=1) // 2).astype(np.uint8)
    return number

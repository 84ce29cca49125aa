"""Primary Lund declusterings of jets: the splittings along the harder branch of the Cambridge/Aachen history."""

from __future__ import annotations

from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from ..datasets.jagged import counts, flat, owners, starts
from .constituent import Constituents

Array = NDArray[Any]

N_SPLITTINGS = 40


def lund(found: Constituents, size: int = N_SPLITTINGS) -> Array:
    """Primary Lund plane: ln(1/Delta) and ln(kt/GeV) of up to 40 splittings (arXiv:1807.04758).

    Delta is the distance of the two branches in rapidity and azimuth, kt that times the pT of the softer one, in
    GeV. Splittings are in the order of declustering, so by falling Delta; those of zero kt are left out. Returns
    (m, 2, size, 2), filled up with zeros: ``n_lund`` says how many splittings there are.
    """

    def padded(sequence: Any) -> Array:
        splittings = _splittings(sequence)
        number = counts(splittings)
        jet = owners(number)
        rank = np.arange(len(jet)) - starts(number)[jet]
        kept = rank < size
        plane = np.stack([-np.log(flat(splittings.Delta)), np.log(flat(splittings.kt))], axis=-1)
        out = np.zeros((len(number), size, 2))
        out[jet[kept], rank[kept]] = plane[kept]
        return out

    return found.clustering.evaluate(padded, (size, 2))


def n_lund(found: Constituents) -> Array:
    """Return the number of primary Lund splittings (m, 2), also of those that the Lund plane has no room for."""
    return found.clustering.evaluate(lambda sequence: counts(_splittings(sequence)))


def _splittings(sequence: Any) -> Any:
    """Return Delta and kt (jets, var) of the declusterings of each jet."""
    found = ak.flatten(sequence.exclusive_jets_lund_declusterings(1), axis=2)
    return found[(found.kt > 0) & (found.Delta > 0)]

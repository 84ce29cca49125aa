"""The soft-drop masses of the jets at generator level that belong to jets."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets.jagged import counts, flat, owners, starts
from .smearing import MATCHED_WIDTHS, partner_pt

Array = NDArray[np.float64]


def partner_mass(events: Any, mass: Array, resolution: Array) -> Array:
    """Return the soft-drop mass (n_jets,) in GeV of the partner of each FatJet, NaN where there is none.

    A partner lies within 0.4 and, in mass, within three widths of the relative ``resolution`` of ``mass`` (n_jets,)
    in GeV. Jets without mass have no partner.
    """
    everything = np.full(len(mass), np.inf)
    near = partner_pt(events, flat(events.FatJet.pt).astype(np.float64), everything)
    jet = np.flatnonzero(~np.isnan(near) & (mass > 0))
    event = owners(counts(events.FatJet))[jet]
    row = starts(counts(events.GenJetAK8))[event] + flat(events.FatJet.genJetAK8Idx)[jet].astype(np.int64)
    found = flat(events.GenJetAK8.msoftdrop)[row].astype(np.float64)
    close = np.abs(mass[jet] - found) < MATCHED_WIDTHS * resolution[jet] * mass[jet]
    partner = np.full(len(mass), np.nan)
    partner[jet[close]] = found[close]
    return partner

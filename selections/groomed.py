"""The soft-drop mass of jets: as stored, or the mass of their two soft-drop subjets."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets.jagged import counts, flat, owners
from ..datasets.reference import NONE, locate
from .dijet import invariant_mass, soft_drop_mass

REFERENCES = ("subJetIdx1", "subJetIdx2")
MOMENTUM = ("pt", "eta", "phi", "mass")
STORED = frozenset(["FatJet_msoftdrop"])
SUBJETS = frozenset([f"FatJet_{name}" for name in REFERENCES] + [f"SubJet_{name}" for name in MOMENTUM])
MASS_SOURCES = (STORED, SUBJETS)
"""The branches of which either set will do."""


def groomed_mass(events: Any) -> NDArray[Any]:
    """Return the soft-drop masses (n_jets,) in GeV of all FatJets, flat; 0 where there is none.

    Those stored in ``FatJet_msoftdrop`` if it exists, else the masses of the pairs of subjets.
    """
    if "msoftdrop" in events.FatJet.fields:
        return soft_drop_mass(flat(events.FatJet.msoftdrop))
    return soft_drop_mass(subjet_mass(events))


def subjet_mass(events: Any) -> NDArray[np.float64]:
    """Return the masses (n_jets,) in GeV of the sums of the soft-drop subjets of all FatJets, flat.

    CMS defines ``msoftdrop`` so, each with corrections of its own: the two agree within 2 per cent. A jet without
    subjets has mass 0, one with a single subjet the mass of that. ``FileError`` when an index points to nowhere.
    """
    event = owners(counts(events.FatJet))
    local = np.stack([flat(events.FatJet[name]) for name in REFERENCES], axis=-1)
    jet, which = np.nonzero(local != NONE)
    rows = locate(events, "SubJet", event[jet], local[jet, which], "a jet")
    momenta = np.zeros((len(MOMENTUM), *local.shape))
    for values, name in zip(momenta, MOMENTUM, strict=True):
        values[jet, which] = flat(events.SubJet[name])[rows]
    return invariant_mass(*momenta)

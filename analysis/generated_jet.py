"""The generated jet and the flavour of j1 and j2, as columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets.jagged import counts, flat, owners
from ..datasets.reference import NONE, locate
from ..selections.dijet import Dijet

Array = NDArray[Any]

COLLECTION = "GenJetAK8"
QUANTITIES = ("pt", "mass", "msoftdrop")
BRANCHES = ("FatJet_genJetAK8Idx", *(f"{COLLECTION}_{name}" for name in QUANTITIES))
FLAVOUR = "FatJet_hadronFlavour"


def generated_jets(events: Any, pair: Dijet) -> dict[str, Array]:
    """Return pT, mass and soft-drop mass (GeV) of the generated jet of each jet: ``j1_gen_pt`` ... (m,), NaN without."""
    local = flat(events.FatJet.genJetAK8Idx)[pair.jets]
    event = owners(counts(events.FatJet))[pair.jets]
    there = local != NONE
    rows = locate(events, COLLECTION, event[there], local[there], "a jet")
    columns: dict[str, Array] = {}
    for name in QUANTITIES:
        values = np.full(pair.jets.shape, np.nan)
        values[there] = flat(events[COLLECTION][name])[rows]
        columns |= {f"j{i + 1}_gen_{name}": values[:, i] for i in (0, 1)}
    return columns


def flavours(events: Any, pair: Dijet) -> dict[str, Array]:
    """Return the flavour of the hadrons in each jet: ``j1_flavour``, ``j2_flavour`` (m,), 5, 4 or 0."""
    flavour = flat(events.FatJet.hadronFlavour)[pair.jets].astype(np.int64)
    return {f"j{i + 1}_flavour": flavour[:, i] for i in (0, 1)}

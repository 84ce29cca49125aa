"""The lepton subjet fraction with three subjets, LSF3 (arXiv:1410.0362), as CMS stores it."""

from __future__ import annotations

import awkward as ak
import fastjet
import numpy as np
from numpy.typing import NDArray

from .detector import ELECTRON, MUON, Flow
from .jagged import Index, counts, flat, owners, ranked, starts
from .jet import Jets, four_momentum, sequence

Array = NDArray[np.float64]

LEPTON_PT_MIN = 10.0
SUBJETS = 3
KT = fastjet.JetDefinition(fastjet.kt_algorithm, 100.0)  # large: only the order of the merges matters


def lepton_fraction(flow: Flow, jets: Jets) -> Array:
    """Return the pT of the hardest lepton of each jet (j,) over that of the kT subjet that holds it.

    Leptons are electrons and muons with pT > 10 GeV; the fraction is 0 without one, and 1 in a jet of up to three
    candidates, where each is a subjet.
    """
    jet, entry = _hardest_leptons(flow, jets)
    fraction = np.zeros(len(jets.size))
    fraction[jet] = 1.0
    many = jets.size[jet] > SUBJETS
    jet, entry = jet[many], entry[many]
    if len(jet):
        fraction[jet] = flow.pt[jets.members[entry]] / _subjet_pt(
            flow, jets.take(jet), entry - starts(jets.size)[jet]
        )
    return fraction


def _hardest_leptons(flow: Flow, jets: Jets) -> tuple[Index, Index]:
    """Return the jets that have a lepton, and where the hardest is among the members of all jets."""
    owner = owners(jets.size)
    pt = flow.pt[jets.members]
    lepton = np.isin(np.abs(flow.pdg_id[jets.members]), (ELECTRON, MUON)) & (pt > LEPTON_PT_MIN)
    entry = np.flatnonzero(lepton)
    order, rank = ranked(owner[entry], pt[entry])
    leading = entry[order[rank == 0]]
    return owner[leading], leading


def _subjet_pt(flow: Flow, jets: Jets, member: Index) -> Array:
    """Return the pT (j,) in GeV of the subjet of each jet that holds its candidate number ``member`` (j,)."""
    momentum = four_momentum(flow, jets.members)
    parts = sequence(momentum, jets.size, KT).exclusive_jets_constituent_index(SUBJETS)
    size = counts(ak.flatten(parts, axis=1))
    subjet = owners(size)
    position = flat(ak.flatten(parts, axis=1)) + starts(jets.size)[subjet // SUBJETS]
    px, py = (np.bincount(subjet, part[position], minlength=len(size)) for part in momentum[1:3])
    place = np.empty(len(jets.members), dtype=np.int64)
    place[position] = subjet
    pt: Array = np.hypot(px, py)[place[starts(jets.size) + member]]
    return pt

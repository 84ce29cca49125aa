from types import SimpleNamespace

import awkward as ak
import numpy as np
import pytest
from dijethunt.datasets.error import FileError
from dijethunt.selections.field import CANDIDATES, COUNTED, SUBJET_BTAG, SUBJET_MASS, field

SUBJETS = frozenset(["FatJet_subJetIdx1", "FatJet_subJetIdx2"])


class Events(SimpleNamespace):
    """Two events, with two jets and one, and three subjets and two."""

    def __getitem__(self, name):
        return getattr(self, name)


def events(second=1):
    fatjets = {
        "subJetIdx1": [[0, 2], [0]],
        "subJetIdx2": [[1, -1], [second]],
        "pt": [[900.0, 700.0], [500.0]],
    }
    scores = {"btagDeepB": [[0.2, -2.0, 0.7], [0.1, 0.9]]}
    collections = {"FatJet": ak.zip(fatjets), "SubJet": ak.zip(scores)}
    return Events(**collections, metadata={"filename": "some.root"})


def test_fields_are_branches_of_fatjets_unless_they_are_derived():
    assert field("pt").branches == (frozenset(["FatJet_pt"]),)
    assert field("pt").read(events(), np.array([[2, 0]])).tolist() == [[500, 900]]
    assert field("pt").exists(frozenset(["FatJet_pt"]))
    assert not field("pt").exists(frozenset(["FatJet_eta"]))


def test_score_of_subjets_is_the_larger_of_those_that_exist():
    read = field(SUBJET_BTAG).read
    assert read(events(), np.array([[0, 1], [2, 1]])) == pytest.approx(np.array([[0.2, 0.7], [0.9, 0.7]]))


def test_subjets_of_another_event_are_refused():
    with pytest.raises(FileError, match=r"some.root: a jet of event 1 points to SubJet number 2 of 2"):
        field(SUBJET_BTAG).read(events(second=2), np.array([[2, 0]]))


def test_derived_fields_need_their_collections():
    assert field(SUBJET_BTAG).exists(SUBJETS | {"SubJet_btagDeepB"})
    assert not field(SUBJET_BTAG).exists(SUBJETS)
    assert field(SUBJET_MASS).exists(SUBJETS | {f"SubJet_{name}" for name in ("pt", "eta", "phi", "mass")})
    v15 = frozenset(["FatJetPFCand_jetIdx", "FatJetPFCand_pfCandIdx"])
    v15 |= {f"PFCand_{name}" for name in ("pt", "eta", "phi", "mass")}
    assert field(CANDIDATES).exists(v15)
    assert field(COUNTED).exists(v15)
    assert not field(CANDIDATES).exists(v15 - {"PFCand_pt"})

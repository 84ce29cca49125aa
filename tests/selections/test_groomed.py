import awkward as ak
import numpy as np
import pytest
import uproot
from dijethunt.datasets.error import FileError
from dijethunt.datasets.nanoaod import IDENTITY_BRANCHES, check, inspect, open_events
from dijethunt.selections.groomed import groomed_mass, subjet_mass
from dijethunt.selections.region import DijetSelection

SUBJETS = {  # of two events; massless but for the last
    "pt": [[30.0, 40.0, 50.0], [25.0, 20.0]],
    "eta": [[0.0, 0.0, 1.0], [0.0, 0.5]],
    "phi": [[0.0, np.pi, 1.0], [1.0, 2.0]],
    "mass": [[0.0, 0.0, 0.0], [0.0, 7.0]],
}
BETWEEN = np.sqrt(2 * 30 * 50 * (np.cosh(1) - np.cos(1)))
MASSES = [BETWEEN, 0.0, 0.0, 7.0]


@pytest.fixture
def write(tmp_path):
    """Write two events with two jets each; the indices of the subjets of the first may be given."""

    def make(first=(0, -1), second=(2, 1), **jets):
        fields = {name: [[500.0, 400.0]] * 2 for name in ("pt", "eta", "phi", "mass")}
        fields |= {"subJetIdx1": [list(first), [-1, 1]], "subJetIdx2": [list(second), [-1, -1]]} | jets
        tree = {name: np.arange(2) for name in IDENTITY_BRANCHES}
        tree |= {"FatJet": ak.zip({n: ak.Array(v) for n, v in fields.items()}), "SubJet": ak.zip(SUBJETS)}
        with uproot.recreate(tmp_path / "a.root") as file:
            file.mktree("Events", {name: ak.type(v).content for name, v in tree.items()}).extend(tree)
        return tmp_path / "a.root"

    return make


def test_mass_of_the_subjets(write):
    """Two massless subjets, one, none at all, and one with a mass."""
    masses = subjet_mass(open_events(write()))
    np.testing.assert_allclose(masses, MASSES, atol=1e-5)


def test_stored_masses_come_first_and_are_cleaned(write):
    path = write(msoftdrop=[[80.0, -1.0], [-1e-9, np.inf]])
    assert groomed_mass(open_events(path)).tolist() == [80, 0, 0, 0]


def test_subjets_stand_in(write):
    np.testing.assert_allclose(groomed_mass(open_events(write())), MASSES, atol=1e-5)


@pytest.mark.parametrize("wrong", [3, -2])
def test_index_to_nowhere(write, wrong):
    with pytest.raises(
        FileError, match=rf"a jet of event 0 points to SubJet number {wrong} of 3; .* corrupt"
    ):
        subjet_mass(open_events(write(first=(wrong, -1))))


def test_what_jets_are_ordered_by_decides_what_is_needed(make_nanoaod):
    file = inspect(make_nanoaod(drop=("FatJet_msoftdrop",)))
    with pytest.raises(FileError, match=r"soft-drop mass needs FatJet_msoftdrop; select with order = 'mass'"):
        check(file, DijetSelection().needs())
    for order in ("mass", "pt"):
        check(file, DijetSelection(order=order).needs())

import awkward as ak
import numpy as np
import pytest
from dijethunt.datasets.error import FileError
from dijethunt.datasets.jagged import flat
from dijethunt.datasets.nanoaod import open_events
from dijethunt.datasets.reference import locate


@pytest.fixture
def events(make_nanoaod):
    return open_events(make_nanoaod(n=30))


def test_positions_are_those_of_the_entries(events):
    """Looking an entry up in its event gives the one at the flat position."""
    rng = np.random.default_rng(1)
    number = ak.to_numpy(ak.num(events.FatJet.pt))
    event = rng.choice(np.flatnonzero(number), 200)
    local = rng.integers(0, number[event]).astype(np.uint8)
    found = flat(events.FatJet.pt)[locate(events, "FatJet", event, local, "a thing")]
    expected = [events.FatJet.pt[int(e)][int(i)] for e, i in zip(event, local, strict=True)]
    np.testing.assert_array_equal(found, expected)
    assert len(np.unique(found)) > 20


@pytest.mark.parametrize("beyond", [-1, 0, 100])
def test_an_index_out_of_its_event_is_named(events, beyond):
    """Also when another event has an entry at that position."""
    number = ak.to_numpy(ak.num(events.FatJet.pt))
    local = -1 if beyond < 0 else int(number[7]) + beyond
    with pytest.raises(
        FileError,
        match=rf"events\.root: a thing of event 7 points to FatJet number {local} of {number[7]}; the file",
    ):
        locate(events, "FatJet", np.array([3, 7, 7]), np.array([0, local, -5]), "a thing")


def test_nothing_points_nowhere(events):
    none = np.zeros(0, np.int64)
    assert locate(events, "FatJet", none, none, "a thing").tolist() == []

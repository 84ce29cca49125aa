import numpy as np
import pytest
from dijethunt.datasets.candidate import candidates
from dijethunt.datasets.jagged import flat
from dijethunt.datasets.nanoaod import open_events
from dijethunt.selections.constituent import constituents


@pytest.fixture
def events(make_nanoaod):
    return open_events(make_nanoaod(n=30))


def test_hardest_candidates_first_then_zeros(events):
    jets = np.array([[4, 1], [10, 9]])
    result = constituents(events, jets)
    assert result.shape == (2, 2, 100, 3)
    assert result.dtype == np.float32
    pt = np.hypot(result[..., 0], result[..., 1])
    assert (np.diff(pt, axis=-1) <= 1e-5).all()
    for slot, jet in enumerate(jets.reshape(-1)):
        found = candidates(events, np.array([jet]))
        expected = np.sort(found.pt[found.pt > 0])[::-1][:100]
        stored = pt.reshape(4, 100)[slot]
        np.testing.assert_allclose(stored[: len(expected)], expected, rtol=1e-5)
        assert (stored[len(expected) :] == 0).all()


def test_jets_with_more_candidates_than_fit_are_cut(events):
    many = int(np.argmax(flat(events.FatJet.nConstituents)))
    found = candidates(events, np.array([many]))
    assert (found.pt > 0).sum() > 100
    full = constituents(events, np.array([[many, 0]]), size=200)
    short = constituents(events, np.array([[many, 0]]))
    np.testing.assert_array_equal(short, full[:, :, :100])
    assert (full[0, 0, 100] != 0).any()


def test_no_events_give_an_empty_array(events):
    assert constituents(events, np.zeros((0, 2), int)).shape == (0, 2, 100, 3)


def test_real_jets_add_up(real_data):
    events = open_events(real_data / "nanoaod" / "pfnano.root")
    jets = np.arange(24).reshape(12, 2)
    total = constituents(events, jets).sum(axis=2).reshape(24, 3)
    raw = flat(events.FatJet.pt * (1 - events.FatJet.rawFactor))
    hard = raw > 300
    assert hard.sum() == 20
    assert np.median(np.hypot(total[:, 0], total[:, 1])[hard] / raw[hard]) == pytest.approx(1, abs=5e-4)

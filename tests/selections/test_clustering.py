import numpy as np
import pytest
from dijethunt.datasets.jagged import flat
from dijethunt.datasets.nanoaod import open_events
from dijethunt.selections.constituent import collect


def test_tau_of_few_candidates(make_jets):
    """The axis of tau1 falls on the harder of two: tau1 = 50 x 0.3 / (150 x 0.8); n candidates have tau_n = 0."""
    two, three = [(100, 0.0, 0.0), (50, 0.3, 0.0)], [(100, 0.0, 0.0), (50, 0.3, 0.0), (30, 0.0, 0.4)]
    tau = make_jets(two, three).clustering.tau
    assert tau[0, 0, 0] == pytest.approx(0.125, rel=1e-3)
    assert tau[0, 0, 1:] == pytest.approx([0, 0, 0], abs=1e-6)
    assert tau[0, 1, 1] == pytest.approx(30 * 0.4 / (180 * 0.8), rel=1e-2)
    assert tau[0, 1, 2:] == pytest.approx([0, 0], abs=1e-6)


@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0])
def test_angles_count_to_the_power_of_beta(make_jets, beta):
    """The axis of tau1 lies on the harder of two for beta of 0.5 and 1, on their mean for 2."""
    found = make_jets([(100, 0.0, 0.0), (50, 0.3, 0.0)], []).clustering.subjettiness(beta, 9)
    moment = {0.5: 50 * 0.3**0.5, 1.0: 50 * 0.3, 2.0: 100 * 0.1**2 + 50 * 0.2**2}[beta]
    assert found[0, 0, 0] == pytest.approx(moment / (150 * 0.8**beta), rel=0.01)
    assert found[0, 0, 1:] == pytest.approx(np.zeros(8), abs=1e-6)


def test_more_axes_are_closer(real_data):
    events = open_events(real_data / "nanoaod" / "pfnano.root")
    clustering = collect(events, np.arange(24).reshape(12, 2)).clustering
    for beta in (0.5, 1.0, 2.0):
        tau = clustering.subjettiness(beta, 9)
        assert (np.diff(np.median(tau.reshape(24, 9), axis=0)) < 0).all()
    assert np.array_equal(clustering.subjettiness(1.0, 9)[..., :4], clustering.tau)


def test_jets_without_candidates_are_left_out_of_the_clustering(make_jets):
    found = make_jets([(100, 0.0, 0.0)], [], [], [(100, 0.0, 0.0), (50, 0.3, 0.0)])
    assert found.clustering.tau[..., 0] == pytest.approx(np.array([[0, 0], [0, 0.125]]), abs=1e-3)
    assert make_jets([], []).clustering.tau.tolist() == [[[0] * 4] * 2]


def test_wide_jets_are_clustered_whole(make_jets):
    """Candidates further apart than any jet radius end in one jet too."""
    found = make_jets([(100, 0.0, 0.0), (50, 0.0, 3.0)], [])
    assert found.clustering.tau[0, 0, 0] == pytest.approx(50 * 3.0 / (150 * 0.8), rel=1e-3)


def test_tau_of_real_jets_agrees_with_the_stored_branches(real_data):
    """Measured: median deviation 0.1%; the minimum that CMS found for tau3 of one jet is another one, 6% higher."""
    events = open_events(real_data / "nanoaod" / "pfnano.root")
    tau = collect(events, np.arange(24).reshape(12, 2)).clustering.tau.reshape(24, 4)
    stored = np.stack([flat(events.FatJet[f"tau{n}"]) for n in (1, 2, 3, 4)], axis=-1)
    deviation = np.abs(tau / stored - 1)
    assert (np.median(deviation, axis=0) < 2e-3).all()
    assert (deviation < 0.013).sum() == deviation.size - 1
    assert deviation.max() < 0.07

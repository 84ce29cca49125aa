import numpy as np
import pytest
from dijethunt.datasets.fatjet import cluster


@pytest.fixture(scope="module")
def events():
    """Five events of 300 particles, most of them in two jets of many particles."""
    rng = np.random.default_rng(3)
    pt = rng.exponential(10, (5, 300))
    eta, phi = rng.normal(0, 0.2, (5, 300)), rng.normal(0, 0.2, (5, 300))
    phi[:, ::2] += 3
    return pt, eta, phi


def test_constituents_are_the_hardest_and_sorted(events):
    pairs = cluster(*events)
    pt = np.hypot(pairs.constituents[..., 0], pairs.constituents[..., 1])
    assert (np.diff(pt, axis=-1) <= 0).all()
    assert (pairs.size > 100).all()
    shares = pt.sum(axis=-1) / pairs.fields()["pt"]
    assert ((shares > 0.8) & (shares < 1.05)).all()


def test_order_of_particles_is_of_no_importance(events):
    order = np.random.default_rng(4).permutation(300)
    expected = cluster(*events).fields()
    found = cluster(*(values[:, order] for values in events)).fields()
    for name in ("pt", "mass", "tau1", "tau2", "tau3"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-4, atol=1e-8)


def test_the_radius_is_one():
    apart = {
        distance: cluster(
            np.array([[500.0, 400.0, 600.0]]), np.array([[0.0, distance, 0.0]]), np.array([[0.0, 0.0, 3.0]])
        ).size.tolist()
        for distance in (0.95, 1.05)
    }
    assert apart == {0.95: [[2, 1]], 1.05: [[1, 1]]}


def test_events_without_two_jets_are_marked():
    pt = np.array([[0.0, 0.0, 0.0], [500.0, 0.0, 0.0], [500.0, 3.0, 0.0], [500.0, 400.0, 0.0]])
    pairs = cluster(pt, np.zeros((4, 3)), np.tile([0.0, 3.0, 0.0], (4, 1)))
    assert pairs.found.tolist() == [False, False, False, True]
    assert not pairs.fields()["pt"][:3].any()

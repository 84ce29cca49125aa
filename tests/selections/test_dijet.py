import numpy as np
import pytest
import vector
from dijethunt.datasets.jagged import counts, flat
from dijethunt.datasets.nanoaod import open_events
from dijethunt.selections.dijet import dijet, heavier_first, invariant_mass, leading_pair, soft_drop_mass

COLLIDER = ("pt", "eta", "phi", "mass")


def test_leading_two_in_pt_and_never_a_bad_jet():
    event = np.array([0, 0, 0, 1, 2, 2])
    pt = np.array([300.0, 900.0, 500.0, 400.0, 350.0, 360.0])
    events, jets = leading_pair(event, pt, np.ones(6, bool))
    assert events.tolist() == [0, 2]
    assert jets.tolist() == [[1, 2], [5, 4]]
    events, jets = leading_pair(event, pt, pt != 900)
    assert jets.tolist() == [[2, 0], [5, 4]]


def test_events_without_two_jets_are_left_out():
    events, jets = leading_pair(np.array([0, 1]), np.array([500.0, 400.0]), np.ones(2, bool))
    assert events.tolist() == []
    assert jets.shape == (0, 2)


def test_first_jet_is_heavier_in_soft_drop_mass():
    jets = np.array([[0, 1], [1, 2], [2, 3]])
    assert heavier_first(jets, np.array([10.0, 80.0, 5.0, 5.0])).tolist() == [[1, 0], [1, 2], [2, 3]]


def test_soft_drop_mass_without_sentinels():
    assert soft_drop_mass(np.array([-1.0, -1e-9, 0.0, 80.0, np.nan, np.inf])).tolist() == [0, 0, 0, 80, 0, 0]


def test_invariant_mass_is_that_of_vector():
    rng = np.random.default_rng(1)
    jets = [rng.uniform(300, 3000, (50, 2)), rng.normal(0, 1, (50, 2)), rng.uniform(-3, 3, (50, 2))]
    jets.append(rng.uniform(0, 300, (50, 2)))
    one, two = (vector.array(dict(zip(COLLIDER, [v[:, i] for v in jets], strict=True))) for i in (0, 1))
    np.testing.assert_allclose(invariant_mass(*jets), (one + two).mass, rtol=1e-9)


def test_back_to_back_massless_jets():
    pt, zero = np.full((1, 2), 1500.0), np.zeros((1, 2))
    assert invariant_mass(pt, zero, np.array([[0, np.pi]]), zero)[0] == pytest.approx(3000)


def test_dijet_equals_a_plain_loop(make_nanoaod):
    events = open_events(make_nanoaod(n=60))
    good = flat(events.FatJet.pt) > 350
    pair = dijet(events.FatJet, good, soft_drop_mass(flat(events.FatJet.msoftdrop)))
    expected = []
    for i, jets in enumerate(events.FatJet.to_list()):
        passing = sorted((j for j in jets if j["pt"] > 350), key=lambda j: -j["pt"])[:2]
        if len(passing) == 2:
            expected.append((i, *sorted((j["msoftdrop"] for j in passing), reverse=True)))
    assert pair.event.tolist() == [e[0] for e in expected]
    mass = soft_drop_mass(flat(events.FatJet.msoftdrop))
    stored = np.maximum(np.array([e[1:] for e in expected]), 0)
    np.testing.assert_array_equal(mass[pair.jets], stored)
    eta = flat(events.FatJet.eta)[pair.jets].astype(float)
    np.testing.assert_allclose(pair.deta, np.abs(eta[:, 0] - eta[:, 1]))
    assert counts(events.FatJet).sum() > len(good[good]) > 2 * len(expected) > 20

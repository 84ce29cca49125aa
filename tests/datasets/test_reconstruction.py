"""Jets, their substructure and the dijet cut; jets are compared with those of the generated particles."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest
from dijethunt.datasets.detector import Detector, Flow, ideal, simulate_detector
from dijethunt.datasets.generator import Generator, Particles
from dijethunt.datasets.jagged import starts
from dijethunt.datasets.process import QCD, XYY, DijetCut
from dijethunt.datasets.reconstruction import (
    JET_PT_MIN,
    Jets,
    cluster,
    dijet,
    find_jets,
    loosened,
    passing,
    reconstruct,
    substructure,
    truncate,
)

LOG = logging.getLogger(__name__)
DETECTOR = Detector()
STEADY = replace(DETECTOR, jet_resolution=0.0)
CUT = DijetCut(1200.0)


def candidates(momenta: list[tuple[float, float, float]], events: int = 1, event: int = 0) -> Flow:
    """Make massless candidates out of (pt, eta, phi)."""
    pt, eta, phi = np.array(momenta, dtype=np.float64).T
    nothing, number = np.zeros(len(pt)), np.full(len(pt), event)
    kind = np.full(len(pt), 22, np.int32)
    return Flow(events, number, pt, eta, phi, nothing, kind, np.zeros(len(pt), np.int8), nothing, nothing)


def matched(truth: Jets, jets: Jets) -> tuple[np.ndarray, np.ndarray]:
    """Pair each of the two leading true jets of an event with the nearest jet within 0.3."""
    number = np.bincount(truth.event, minlength=truth.events)
    lead = np.flatnonzero(np.arange(len(truth.event)) - np.repeat(starts(number), number) < 2)
    deta = truth.eta[lead][:, None] - jets.eta
    dphi = np.angle(np.exp(1j * (truth.phi[lead][:, None] - jets.phi)))
    distance = np.where(truth.event[lead][:, None] == jets.event, np.hypot(deta, dphi), np.inf)
    near = distance.min(axis=1) < 0.3
    return lead[near], distance.argmin(axis=1)[near]


@pytest.fixture(scope="module")
def resonances() -> Particles:
    return Generator(XYY(), 5, mpi=False).batch(600).particles


@pytest.fixture(scope="module")
def flow(resonances: Particles) -> Flow:
    return simulate_detector(resonances, DETECTOR, np.random.default_rng(1))


@pytest.fixture(scope="module")
def truth(resonances: Particles) -> tuple[Flow, Jets]:
    particles = ideal(resonances, DETECTOR)
    return particles, find_jets(particles, STEADY, np.random.default_rng(0))


def test_jet_response_and_resolution(flow: Flow, truth: tuple[Flow, Jets]) -> None:
    """CMS AK8 jets near 1 TeV: scale within a percent of 1, resolution 4 to 5%."""
    jets = find_jets(flow, DETECTOR, np.random.default_rng(2))
    true, found = matched(truth[1], jets)
    hard = truth[1].pt[true] > 700
    response = (jets.pt[found] / truth[1].pt[true])[hard]
    low, middle, high = np.percentile(response, [15.87, 50, 84.13])
    assert len(response) > 900
    assert middle == pytest.approx(1.0, abs=0.01)
    assert 0.040 < (high - low) / 2 < 0.050


def test_jet_mass_response(flow: Flow, truth: tuple[Flow, Jets]) -> None:
    jets = find_jets(flow, DETECTOR, np.random.default_rng(2))
    true, found = matched(truth[1], jets)
    heavy = truth[1].mass[true] > 30
    assert np.median((jets.mass[found] / truth[1].mass[true])[heavy]) == pytest.approx(1.0, abs=0.03)
    groomed = substructure(truth[0], truth[1]).soft_drop_mass[true]
    measured = substructure(flow, jets).soft_drop_mass[found]
    assert np.median((measured / groomed)[groomed > 40]) == pytest.approx(1.0, abs=0.03)


@pytest.mark.slow
def test_jet_mass_response_with_multiparton_interactions() -> None:
    particles = Generator(QCD(), 17, mpi=True).batch(2000).particles
    flow = simulate_detector(particles, DETECTOR, np.random.default_rng(1))
    truth = find_jets(ideal(particles, DETECTOR), STEADY, np.random.default_rng(0))
    jets = find_jets(flow, DETECTOR, np.random.default_rng(2))
    selected = passing(truth, QCD().cut)
    true, found = matched(truth, jets)
    heavy = selected[truth.event[true]] & (truth.mass[true] > 20)
    response = (jets.mass[found] / truth.mass[true])[heavy]
    LOG.info("jet mass response %.4f (%d jets)", np.median(response), len(response))
    assert len(response) > 1500
    assert np.median(response) == pytest.approx(1.0, abs=0.03)


def test_soft_drop_mass_finds_both_resonances(flow: Flow) -> None:
    kept = reconstruct(flow, CUT, DETECTOR, np.random.default_rng(3))
    first = starts(np.bincount(kept.jets.event, minlength=flow.events)[kept.event])
    mass = kept.substructure.soft_drop_mass
    pair = np.sort(np.stack([mass[first], mass[first + 1]]), axis=0)
    assert np.median(pair[0]) == pytest.approx(80, rel=0.1)
    assert np.median(pair[1]) == pytest.approx(170, rel=0.1)
    mjj, _ = dijet(kept.jets, first, first + 1)
    assert np.median(mjj) == pytest.approx(3000, rel=0.03)


def test_acceptance_of_the_decay_angle(flow: Flow) -> None:
    """sin^2(theta*): .764 of a heavy X at rest lie within 1.3; flat: .572."""
    jets = find_jets(flow, DETECTOR, np.random.default_rng(2))
    first = starts(np.bincount(jets.event, minlength=flow.events))
    _, deta = dijet(jets, first, first + 1)
    assert np.mean(deta < 1.3) == pytest.approx(0.77, abs=0.05)


def test_jets_are_ordered_and_cut_after_smearing(flow: Flow) -> None:
    jets = find_jets(flow, DETECTOR, np.random.default_rng(4))
    same = np.diff(jets.event) == 0
    assert np.all(np.diff(jets.pt)[same] <= 0)
    assert jets.pt.min() > JET_PT_MIN
    before = jets.pt / jets.factor
    assert np.any(np.diff(before)[same] > 0)
    assert before.min() < JET_PT_MIN


def test_smearing_is_that_of_the_detector(flow: Flow) -> None:
    factor = find_jets(flow, DETECTOR, np.random.default_rng(4)).factor
    assert np.std(factor) == pytest.approx(0.04, rel=0.1)
    assert np.mean(factor) == pytest.approx(1.0, abs=0.006)


def test_candidates_carry_the_momentum_of_their_jet(flow: Flow) -> None:
    jets = find_jets(flow, DETECTOR, np.random.default_rng(4))
    owner = np.repeat(np.arange(len(jets.size)), jets.size)
    pt = flow.pt[jets.members] * jets.factor[owner]
    px, py = (np.bincount(owner, pt * turn(flow.phi[jets.members])) for turn in (np.cos, np.sin))
    np.testing.assert_allclose(np.hypot(px, py), jets.pt, rtol=2e-4)
    assert len(set(jets.members.tolist())) == len(jets.members)


def test_passing_is_what_a_reader_finds(flow: Flow) -> None:
    """Masses written with the precision of storage, and computed anew, select the same events."""
    kept = reconstruct(flow, DijetCut(2950.0), DETECTOR, np.random.default_rng(4))
    jets = kept.jets
    first = starts(np.bincount(jets.event, minlength=flow.events)[kept.event])
    px, py, pz, energy = (
        sum(part(jets.pt[i], jets.eta[i], jets.phi[i], jets.mass[i]) for i in (first, first + 1))
        for part in (
            lambda pt, eta, phi, m: pt * np.cos(phi),
            lambda pt, eta, phi, m: pt * np.sin(phi),
            lambda pt, eta, phi, m: pt * np.sinh(eta),
            lambda pt, eta, phi, m: np.hypot(pt * np.cosh(eta), m),
        )
    )
    mjj = np.sqrt(energy**2 - px**2 - py**2 - pz**2)
    deta = np.abs(jets.eta[first] - jets.eta[first + 1])
    np.testing.assert_array_equal(kept.passes, (mjj > 2950) & (deta < 1.3) & (jets.pt[first + 1] > 300))
    assert 0 < np.sum(~kept.passes) < np.sum(kept.passes)
    assert mjj.min() > 0.99 * 2950


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        (DijetCut(1000.0), True),
        (DijetCut(1300.0), False),
        (DijetCut(1000.0, 0.5), False),
        (DijetCut(1000.0, None), True),
        (DijetCut(1000.0, 1.3, 550.0), False),
    ],
)
def test_each_requirement_cuts(cut: DijetCut, expected: bool) -> None:
    """Two jets of 600 and 500 GeV, back to back and 0.6 apart in eta: 1145 GeV."""
    flow = candidates([(500.0, -0.3, np.pi), (600.0, 0.3, 0.0)])
    jets = find_jets(flow, STEADY, np.random.default_rng(1))
    mjj, deta = dijet(jets, np.array([0]), np.array([1]))
    assert mjj[0] == pytest.approx(np.sqrt(2 * 600 * 500 * (np.cosh(0.6) + 1)), rel=2e-4)
    assert deta[0] == pytest.approx(0.6, rel=2e-4)
    assert passing(jets, cut).tolist() == [expected]


def test_events_without_two_jets_do_not_pass() -> None:
    flow = candidates([(900.0, 0.3, 0.0), (100.0, -0.3, np.pi)], events=3, event=1)
    assert passing(cluster(flow, 200.0), DijetCut(0.0)).tolist() == [False, False, False]
    kept = reconstruct(flow, CUT, STEADY, np.random.default_rng(1))
    assert len(kept.event) == 0
    assert kept.substructure.tau.shape == (0, 4)


def test_loosened_cut_contains_the_cut() -> None:
    for cut in (DijetCut(2100.0), DijetCut(2100.0, None)):
        assert loosened(cut).contains(cut)
        assert not cut.contains(loosened(cut))


def test_substructure_of_known_prongs() -> None:
    """Two prongs of 500 GeV, 0.4 apart, and a soft third at wide angle that soft drop takes away."""
    pair = [(500.0, 0.2, 0.0), (500.0, -0.2, 0.0)]
    mass = np.sqrt(2 * 500 * 500 * (np.cosh(0.4) - 1))
    plain, soft = (candidates(momenta) for momenta in (pair, [*pair, (20.0, 0.0, 0.6)]))
    jets = [cluster(flow, 200.0) for flow in (plain, soft)]
    found = [substructure(f, j) for f, j in zip((plain, soft), jets, strict=True)]
    assert jets[0].mass[0] == pytest.approx(mass)
    assert jets[1].mass[0] > 1.02 * mass
    for result in found:
        assert result.soft_drop_mass[0] == pytest.approx(mass)
    assert found[0].tau[0, 0] == pytest.approx(0.2 / 0.8, rel=0.01)
    assert found[0].tau[0, 1] == pytest.approx(0.0, abs=1e-6)
    tau = found[1].tau[0]
    assert tau[0] > tau[1] > 1e-3
    assert tau[2] == pytest.approx(0.0, abs=1e-6)


def test_missing_momentum_balances_what_was_changed(flow: Flow) -> None:
    kept = reconstruct(flow, CUT, STEADY, np.random.default_rng(1))
    smeared = reconstruct(flow, CUT, DETECTOR, np.random.default_rng(1))
    total = [
        np.bincount(flow.event, flow.pt * turn(flow.phi), minlength=flow.events) for turn in (np.cos, np.sin)
    ]
    np.testing.assert_allclose(kept.met, -np.stack(total, -1)[kept.event], atol=1e-9)
    assert np.median(np.hypot(*smeared.met.T)) > 1.5 * np.median(np.hypot(*kept.met.T))


def test_truncation_keeps_the_leading_bits() -> None:
    values = np.random.default_rng(1).uniform(1, 5000, 1000)
    for bits in (8, 10, 12):
        stored = truncate(values, bits)
        np.testing.assert_allclose(stored, values, rtol=2.0 ** -(bits + 1))
        np.testing.assert_array_equal(truncate(stored, bits), stored)
    assert len(np.unique(truncate(values, 8))) < len(np.unique(truncate(values, 12)))

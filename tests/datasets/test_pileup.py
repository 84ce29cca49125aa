"""Pile-up: how many collisions, that they are real and deterministic, and that nothing of the event is touched."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from dijethunt.datasets.detector import Detector, Flow, charged, ideal, simulate_detector
from dijethunt.datasets.generator import Generator, Particles
from dijethunt.datasets.jet import cluster
from dijethunt.datasets.matching import directions, nearest
from dijethunt.datasets.pileup import BEAM_SPOT, Crossings, Pileup, observe
from dijethunt.datasets.process import QCD
from dijethunt.datasets.substructure import soft_drop_mass
from numpy.typing import NDArray

LOG = logging.getLogger(__name__)
DETECTOR = Detector()


@pytest.fixture(scope="module")
def pileup() -> Pileup:
    return Pileup(10.0, DETECTOR, 7, size=200)


@pytest.fixture(scope="module")
def single() -> Pileup:
    """A pool of one collision: all pile-up is the same, turned."""
    made = Pileup(4.0, DETECTOR, 7, size=1)
    assert len(made.pool.px) > 5
    return made


@pytest.fixture(scope="module")
def dijets() -> Particles:
    return Generator(QCD(), 11, mpi=False).batch(120).particles


def overlay(pileup: Pileup, particles: Particles, seed: int = 1) -> Crossings:
    return pileup.overlay(particles, np.random.default_rng(seed))


def empty(events: int) -> Particles:
    nothing = np.zeros(0)
    kinds = np.zeros(0, dtype=np.int32)
    return Particles(events, np.zeros(0, dtype=np.int64), kinds, *[nothing] * 7)


def test_number_of_collisions_is_poisson(single: Pileup) -> None:
    number = overlay(single, empty(4000)).number
    assert np.mean(number) == pytest.approx(4.0, abs=4 * np.sqrt(4.0 / 4000))
    assert np.var(number) == pytest.approx(4.0, rel=0.1)
    assert np.mean(number == 0) == pytest.approx(np.exp(-4.0), abs=0.008)


def test_same_seed_same_events(pileup: Pileup, dijets: Particles) -> None:
    again = Pileup(10.0, DETECTOR, 7, size=200)
    first, second, other = overlay(pileup, dijets), overlay(again, dijets), overlay(pileup, dijets, seed=2)
    for name, value in vars(first.particles).items():
        np.testing.assert_array_equal(value, getattr(second.particles, name))
    assert not np.array_equal(first.number, other.number)
    assert len(Pileup(10.0, DETECTOR, 8, size=200).pool.px) != len(pileup.pool.px)


def test_event_itself_is_untouched(pileup: Pileup, dijets: Particles) -> None:
    crossings = overlay(pileup, dijets)
    hard = crossings.particles.where(~crossings.pileup)
    for name, value in vars(dijets).items():
        np.testing.assert_array_equal(value, getattr(hard, name))
    assert np.all(np.diff(crossings.particles.event) >= 0)
    assert crossings.particles.events == dijets.events


def test_energy_is_that_of_the_collisions(single: Pileup, dijets: Particles) -> None:
    crossings, pool = overlay(single, dijets), single.pool
    other = crossings.particles.where(crossings.pileup)
    for mine, theirs in zip(_invariants(other), _invariants(pool), strict=True):
        total = np.bincount(other.event, mine, minlength=dijets.events)
        np.testing.assert_allclose(total, crossings.number * theirs.sum(), rtol=1e-9, atol=1e-9)


def _invariants(one: Particles) -> list[NDArray[np.float64]]:
    """Return what turning and mirroring leave as they are."""
    return [one.energy, np.hypot(one.px, one.py), np.abs(one.pz), np.hypot(one.x, one.y)]


def test_collisions_are_turned_mirrored_and_spread_along_the_beam(single: Pileup) -> None:
    crossings = overlay(replace_mean(single, 1.0), empty(6000))
    one = np.flatnonzero(crossings.number == 1)
    first = np.searchsorted(crossings.particles.event, one)
    particles, pool = crossings.particles, single.pool
    turn = np.arctan2(particles.py[first], particles.px[first]) - np.arctan2(pool.py[0], pool.px[0])
    assert abs(np.mean(np.exp(1j * turn))) < 4 / np.sqrt(len(one))
    forward = np.sign(particles.pz[first]) == np.sign(pool.pz[0])
    assert np.mean(forward) == pytest.approx(0.5, abs=0.05)
    place = particles.z[first] - np.where(forward, 1, -1) * pool.z[0]
    assert np.std(place) == pytest.approx(np.sqrt(2) * BEAM_SPOT, rel=0.06)


def replace_mean(pileup: Pileup, mean: float) -> Pileup:
    other = object.__new__(Pileup)
    vars(other).update(vars(pileup), mean=mean)
    return other


def test_pool_has_no_particles_that_leave_no_trace(pileup: Pileup) -> None:
    pool = pileup.pool
    pt, track = np.hypot(pool.px, pool.py), charged(pool.pdg_id)
    assert pt[track].min() > 0.5
    assert pt[~track].min() > 0.2
    assert np.all(np.abs(pool.pz) < pt * np.sinh(DETECTOR.eta_max))


def test_activity_is_that_of_inelastic_collisions() -> None:
    """About 12 tracks with pT > 0.5 GeV and 9 GeV of neutral particles in |eta| < 2.5, for CP5 at 13 TeV."""
    pool = Pileup(1.0, DETECTOR, 5).pool
    pt, track = np.hypot(pool.px, pool.py), charged(pool.pdg_id)
    central = np.abs(pool.pz) < pt * np.sinh(2.5)
    assert np.sum(track & central) / pool.events == pytest.approx(12.5, rel=0.12)
    assert np.sum(pt[~track & central]) / pool.events == pytest.approx(9.3, rel=0.12)


def test_without_pileup_nothing_changes(dijets: Particles) -> None:
    plain = simulate_detector(dijets, DETECTOR, np.random.default_rng(3))
    flow, number = observe(dijets, DETECTOR, None, np.random.default_rng(3))
    for name, value in vars(plain).items():
        np.testing.assert_array_equal(value, getattr(flow, name))
    assert number.tolist() == [0] * dijets.events


def test_observed_crossings_keep_their_event(pileup: Pileup, dijets: Particles) -> None:
    flow, number = observe(dijets, DETECTOR, pileup, np.random.default_rng(3))
    assert number.shape == (dijets.events,)
    assert np.all(np.diff(flow.event) >= 0)
    assert not flow.pileup.any()
    assert np.all((flow.weight > 0) & (flow.weight <= 1))
    pt = np.bincount(flow.event, flow.pt, minlength=flow.events)
    true = ideal(dijets, DETECTOR)
    assert np.median(pt / np.bincount(true.event, true.pt, minlength=true.events)) == pytest.approx(
        1, abs=0.05
    )


def compared(seen: Flow, plain: Flow) -> tuple[float, float, float]:
    """Return the medians of pT, mass and soft-drop mass above 40 GeV of hard jets, over those of the nearest of ``plain``."""
    jets, others = cluster(seen, 400.0), cluster(plain, 300.0)
    match = nearest(directions(jets), directions(others), 0.4)
    found = np.flatnonzero(match >= 0)
    near = match[found]
    groomed, known = soft_drop_mass(seen, jets)[found], soft_drop_mass(plain, others)[near]
    heavy = known > 40
    pairs = (
        (jets.pt[found], others.pt[near]),
        (jets.mass[found], others.mass[near]),
        (groomed[heavy], known[heavy]),
    )
    return tuple(float(np.median(one / other)) for one, other in pairs)


@pytest.mark.slow
@pytest.mark.parametrize("mean", [32.0, 60.0])
def test_puppi_gives_the_jets_without_pileup_back(mean: float) -> None:
    """All candidates together are 4% and 8% off in pT; soft neutral particles of the hard collision go too."""
    particles = Generator(QCD(), 12, mpi=True).batch(600).particles
    pileup, rng = Pileup(mean, DETECTOR, 12), np.random.default_rng(1)
    plain = simulate_detector(particles, DETECTOR, rng)
    crossings = pileup.overlay(particles, rng)
    everything = simulate_detector(crossings.particles, DETECTOR, rng)
    cleaned, _ = observe(particles, DETECTOR, pileup, rng)
    raw, puppi = compared(everything, plain), compared(cleaned, plain)
    LOG.info("%.0f collisions: pT, mass, soft-drop mass: all %s, PUPPI %s", mean, raw, puppi)
    assert raw[0] > 1 + 0.001 * mean
    assert puppi[0] == pytest.approx(1.0, abs=0.01)
    assert puppi[1] == pytest.approx(1.0, abs=0.06)
    assert puppi[2] == pytest.approx(1.0, abs=0.03)

"""What was generated: the particles of a signal with their masses and mothers, and the jets of its particles."""

from __future__ import annotations

import numpy as np
import pytest
from dijethunt.datasets.detector import Detector, simulate_detector
from dijethunt.datasets.generator import Collisions, Generator
from dijethunt.datasets.jet import Jets, four_momentum
from dijethunt.datasets.matching import distance
from dijethunt.datasets.process import QCD, XYY, YHH, X, Y
from dijethunt.datasets.process_contract import DijetCut
from dijethunt.datasets.reconstruction import reconstruct
from dijethunt.datasets.truth import GeneratedJets, HardParticles, generated_jets, hard_particles

Y_PRIME = 9000002
PROCESS = XYY()
EVENTS = np.array([2, 3, 7, 20])


@pytest.fixture(scope="module")
def collisions() -> Collisions:
    return Generator(PROCESS, 4, mpi=False).batch(80)


@pytest.fixture(scope="module")
def particles(collisions: Collisions) -> HardParticles:
    return hard_particles(collisions.records, EVENTS)


def rows(particles: HardParticles, pdg_id: int) -> np.ndarray:
    return np.flatnonzero(particles.pdg_id == pdg_id)


def test_resonances_and_quarks_of_the_kept_events(particles: HardParticles) -> None:
    assert np.unique(particles.event).tolist() == EVENTS.tolist()
    for pdg_id, mass, width in ((X, 3000.0, 0.03), (Y, 80.0, 0.05), (Y_PRIME, 170.0, 0.05)):
        chosen = rows(particles, pdg_id)
        np.testing.assert_array_equal(particles.event[chosen], EVENTS)
        np.testing.assert_allclose(particles.mass[chosen], mass, rtol=2 * width)
        assert np.all(particles.status[chosen] == 22)
    quarks = np.abs(particles.pdg_id) < 6
    assert np.bincount(particles.event[quarks])[EVENTS].tolist() == [4, 4, 4, 4]
    assert np.all(particles.status[quarks] == 23)
    assert np.sum(quarks) + 3 * len(EVENTS) == len(particles.event)


def test_mothers(particles: HardParticles) -> None:
    assert np.all(particles.mother[rows(particles, X)] == -1)
    for pdg_id in (Y, Y_PRIME):
        np.testing.assert_array_equal(particles.mother[rows(particles, pdg_id)], rows(particles, X))
    quarks = np.flatnonzero(np.abs(particles.pdg_id) < 6)
    assert set(particles.pdg_id[particles.mother[quarks]]) == {Y, Y_PRIME}
    np.testing.assert_array_equal(particles.event[particles.mother[quarks]], particles.event[quarks])


@pytest.mark.parametrize("parent", [X, Y, Y_PRIME])
def test_daughters_add_up_to_their_mother(particles: HardParticles, parent: int) -> None:
    """After the recoil against radiation from the initial state, and before that of the daughters."""
    mothers = rows(particles, parent)
    daughters = np.flatnonzero(np.isin(particles.mother, mothers))
    momentum = four_momentum(particles, daughters)
    total = np.stack([np.bincount(particles.mother[daughters], part)[mothers] for part in momentum])
    np.testing.assert_allclose(total, four_momentum(particles, mothers), rtol=1e-6, atol=1e-3)


def test_mothers_are_found_through_copies() -> None:
    """Y -> H H -> 4 t -> 4 (b W) -> 8 fermions: every particle but Y has a mother."""
    found = hard_particles(Generator(YHH(), 3, mpi=False).batch(5).records, np.arange(5))
    kind = np.abs(found.pdg_id)
    counted = [np.sum(kind == k) for k in (5100039, 9000004, 6, 24)]
    assert counted == [5, 10, 20, 20]
    assert np.sum(found.mother == -1) == 5
    assert np.sum(found.status == 23) == 5 * (4 + 8)
    assert set(kind[found.mother[kind == 24]]) == {6}
    assert set(kind[found.mother[kind == 6]]) == {9000004}


def test_partons_of_qcd_have_no_mother() -> None:
    found = hard_particles(Generator(QCD(), 3, mpi=False).batch(20).records, np.arange(20))
    assert np.bincount(found.event).tolist() == [2] * 20
    assert set(found.mother) == {-1}
    assert found.pt.min() > 300


@pytest.fixture(scope="module")
def matched(collisions: Collisions) -> tuple[Jets, GeneratedJets]:
    flow = simulate_detector(collisions.particles, Detector(), np.random.default_rng(1))
    kept = reconstruct(flow, DijetCut(2500.0), Detector(), np.random.default_rng(1))
    return kept.jets, generated_jets(collisions.particles, kept.jets, Detector())


def test_measured_jets_are_matched(matched: tuple[Jets, GeneratedJets]) -> None:
    jets, generated = matched
    there = np.flatnonzero(generated.match >= 0)
    assert len(there) > 0.97 * len(jets.pt)
    target = generated.match[there]
    np.testing.assert_array_equal(generated.jets.event[target], jets.event[there])
    away = distance(jets.eta[there], jets.phi[there], generated.jets.eta[target], generated.jets.phi[target])
    assert away.max() < 0.4
    assert np.median(away) < 0.02
    hard = jets.pt[there] > 500
    assert np.median((jets.pt[there] / generated.jets.pt[target])[hard]) == pytest.approx(1.0, abs=0.03)


def test_generated_jets_of_kept_events_only(matched: tuple[Jets, GeneratedJets]) -> None:
    jets, generated = matched
    assert set(generated.jets.event) == set(jets.event)
    assert generated.jets.pt.min() > 100
    assert np.all(generated.soft_drop_mass <= generated.jets.mass + 1e-6)
    heavy = generated.soft_drop_mass[generated.jets.pt > 1000]
    assert np.mean((heavy > 60) & (heavy < 200)) > 0.6

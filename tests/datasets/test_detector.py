"""The detector: what is seen as what, how well, and that nothing gets lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from dijethunt.datasets.detector import Detector, DetectorError, Flow, ideal, simulate_detector, visible
from dijethunt.datasets.generator import Generator, Particles
from dijethunt.datasets.process import QCD, XYY

DETECTOR = Detector()
PRECISE = Detector(
    track_constant=1e-9,
    track_slope=1e-12,
    ecal_stochastic=1e-9,
    ecal_constant=1e-9,
    hcal_stochastic=1e-9,
    hcal_constant=1e-9,
    forward_stochastic=1e-9,
    forward_constant=1e-9,
)
MASS = {
    11: 0.0005,
    12: 0.0,
    13: 0.1057,
    22: 0.0,
    130: 0.4976,
    211: 0.1396,
    321: 0.4937,
    3112: 1.197,
    2212: 0.938,
}


def particles(pdg_id: Any, pt: Any, eta: Any, phi: Any = 0.0, **place: Any) -> Particles:
    """Make particles, each in an event of its own."""
    pdg_id, pt, eta, phi = np.broadcast_arrays(np.asarray(pdg_id, dtype=np.int32), pt, eta, phi)
    pt, eta, phi = (np.asarray(value, dtype=np.float64) for value in (pt, eta, phi))
    mass = np.array([MASS[abs(int(kind))] for kind in pdg_id])
    energy = np.sqrt((pt * np.cosh(eta)) ** 2 + mass**2)
    x, y, z = (np.full(len(pt), place.get(name, 0.0)) for name in "xyz")
    n = len(pt)
    return Particles(
        n, np.arange(n), pdg_id, pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta), energy, x, y, z
    )


def together(one: Particles) -> Particles:
    """Put all particles into the same event."""
    return replace(one, events=1, event=np.zeros_like(one.event))


def see(one: Particles, detector: Detector = DETECTOR, seed: int = 1) -> Flow:
    return simulate_detector(one, detector, np.random.default_rng(seed))


@pytest.fixture(scope="module")
def dijets() -> Particles:
    return Generator(QCD(), 11, mpi=False).batch(200).particles


def test_invisible_and_far_forward_particles_are_not_seen() -> None:
    assert len(see(particles([12, -12, 22, 211], 50.0, [0.0, 1.0, 5.5, -6.0])).pt) == 0
    assert len(visible(particles([12, 22, 211], 50.0, 0.0), DETECTOR).px) == 2


@pytest.mark.parametrize(
    ("pdg_id", "seen_as", "charge"),
    [
        (211, 211, 1),
        (-321, -211, -1),
        (2212, 211, 1),
        (3112, -211, -1),
        (-3112, 211, 1),
        (11, 11, -1),
        (-13, -13, 1),
    ],
)
def test_charged_particles_become_tracks(pdg_id: int, seen_as: int, charge: int) -> None:
    flow = see(particles(np.full(300, pdg_id), 20.0, 0.5))
    tracks = flow.charge != 0
    assert np.mean(tracks) > 0.7
    assert set(flow.pdg_id[tracks].tolist()) == {seen_as}
    assert set(flow.charge[tracks].tolist()) == {charge}


@pytest.mark.parametrize(
    ("pt", "eta", "radius", "expected"),
    [
        (20.0, 0.5, 0.0, 0.97),
        (0.6, 0.5, 0.0, 0.90),
        (20.0, 2.0, 0.0, 0.941),
        (20.0, 2.6, 0.0, 0.0),
        (20.0, 0.5, 500.0, 0.0),
    ],
)
def test_tracking_efficiency(pt: float, eta: float, radius: float, expected: float) -> None:
    flow = see(particles(np.full(4000, 211), pt, eta, x=radius))
    found = np.bincount(flow.event, flow.charge != 0, minlength=4000) > 0
    assert np.mean(found) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize(
    ("pdg_id", "pt", "expected"),
    [(22, 100.0, np.hypot(0.05 / 10, 0.01)), (211, 10.0, 0.0081), (13, 500.0, np.hypot(0.008, 0.13))],
)
def test_resolution_is_that_of_the_better_detector(pdg_id: int, pt: float, expected: float) -> None:
    detector = replace(DETECTOR, track_efficiency=1.0)
    flow = see(particles(np.full(5000, pdg_id), pt, 0.001), detector)
    assert np.std(flow.pt / pt) == pytest.approx(expected, rel=0.06)
    assert np.mean(flow.pt / pt) == pytest.approx(1.0, abs=4 * expected / np.sqrt(5000))


def test_soft_hadrons_keep_their_energy_on_average() -> None:
    """A resolution above 100% must not bias the energy, as a Gaussian cut off at zero would."""
    flow = see(particles(np.full(20_000, 130), 3.0, 0.3))
    energy = np.sqrt((flow.pt * np.cosh(flow.eta)) ** 2 + flow.mass**2)
    truth = np.sqrt((3.0 * np.cosh(0.3)) ** 2 + 0.4976**2)
    assert np.sum(energy) / 20_000 == pytest.approx(truth, rel=0.03)


def test_photons_in_one_cell_are_one_candidate() -> None:
    cell = DETECTOR.ecal_cell
    flow = see(
        together(particles([22, 22, 22], [10.0, 30.0, 5.0], [0.2 * cell, 0.6 * cell, 1.5 * cell])), PRECISE
    )
    assert len(flow.pt) == 2
    np.testing.assert_allclose(flow.pt, [40.0, 5.0], rtol=1e-3)
    np.testing.assert_allclose(flow.eta, [0.5 * cell, 1.5 * cell], rtol=1e-3)


def test_candidates_stay_in_their_event(dijets: Particles) -> None:
    flow = see(dijets, PRECISE)
    assert np.all(np.diff(flow.event) >= 0)
    sums = []
    for seen in (flow, ideal(dijets, PRECISE)):
        energy = np.where(
            np.abs(seen.pdg_id) == 13, 0.0, seen.pt * np.cosh(seen.eta)
        )  # muons escape forwards
        sums.append(np.bincount(seen.event, energy, minlength=seen.events))
    apart = np.abs(sums[0] / sums[1] - 1)
    assert np.quantile(apart, 0.98) < 0.02
    assert apart.max() < 0.3  # a single energetic particle in a wide forward cell


def test_hadrons_share_their_energy_between_the_calorimeters() -> None:
    flow = see(particles(np.full(2000, 130), 100.0, 0.4), PRECISE)
    energy = flow.pt * np.cosh(flow.eta)
    assert energy[flow.pdg_id == 22].sum() / energy.sum() == pytest.approx(
        DETECTOR.hadron_ecal_share, abs=0.001
    )


def test_impact_parameters_follow_the_vertex() -> None:
    flow = see(particles(np.full(3000, 211), 10.0, 0.1, y=2.0, z=30.0))
    tracks = flow.charge != 0
    assert np.median(flow.d0[tracks]) == pytest.approx(-0.2, abs=0.001)
    assert np.median(flow.dz[tracks]) == pytest.approx(3.0, abs=0.001)
    assert np.std(flow.d0[tracks]) == pytest.approx(np.hypot(0.0020, 0.0008), rel=0.1)


def test_energy_fractions_are_those_of_jets(dijets: Particles) -> None:
    """Charged hadrons 60%, photons 30%, neutral hadrons 10 to 14% (CMS: arXiv:1706.04965)."""
    flow = see(dijets)
    central = np.abs(flow.eta) < 2.4
    energy, kind = (flow.pt * np.cosh(flow.eta))[central], np.abs(flow.pdg_id[central])
    fraction = {name: energy[kind == name].sum() / energy.sum() for name in (211, 22, 130)}
    assert 0.53 < fraction[211] < 0.63
    assert 0.25 < fraction[22] < 0.34
    assert 0.10 < fraction[130] < 0.14


def test_same_random_numbers_give_the_same_candidates(dijets: Particles) -> None:
    first, again, other = see(dijets), see(dijets), see(dijets, seed=2)
    np.testing.assert_array_equal(first.pt, again.pt)
    assert len(first.pt) != len(other.pt)


def test_tracks_of_other_vertices_are_told_apart_when_far_enough() -> None:
    near, far = (particles(np.full(500, 211), 5.0, 0.3, z=z) for z in (0.1, 3.0))
    other = np.ones(500, dtype=bool)
    for place, expected in ((near, 0), (far, 1)):
        flow = simulate_detector(place, DETECTOR, np.random.default_rng(1), other)
        assert np.mean(flow.pileup[flow.charge != 0]) == expected
        assert not flow.pileup[flow.charge == 0].any()


def test_displaced_tracks_of_the_leading_vertex_are_never_pileup() -> None:
    assert not see(particles(np.full(500, 211), 5.0, 0.3, z=30.0)).pileup.any()


def test_calorimeter_does_not_tell_collisions_apart() -> None:
    photons = together(particles([22, 22], [10.0, 30.0], 0.5 * DETECTOR.ecal_cell))
    flow = simulate_detector(photons, PRECISE, np.random.default_rng(1), np.array([False, True]))
    np.testing.assert_allclose(flow.pt, [40.0], rtol=1e-3)
    assert not flow.pileup.any()
    np.testing.assert_array_equal(flow.weight, [1.0])


def test_pileup_mask_changes_nothing_but_the_marks(dijets: Particles) -> None:
    plain = see(dijets)
    marked = simulate_detector(
        dijets, DETECTOR, np.random.default_rng(1), np.ones(len(dijets.px), dtype=bool)
    )
    for name in set(vars(plain)) - {"pileup"}:
        np.testing.assert_array_equal(getattr(plain, name), getattr(marked, name))
    assert not plain.pileup.any()


def test_where_keeps_whole_candidates(dijets: Particles) -> None:
    flow = see(dijets)
    tracks = flow.where(flow.charge != 0)
    assert tracks.events == flow.events
    assert np.all(tracks.charge != 0)
    assert {len(value) for name, value in vars(tracks).items() if name != "events"} == {len(tracks.pt)}


def test_neutral_hadrons_move() -> None:
    """A candidate at rest would be clustered at eta = phi = 0, wherever its cell is."""
    particles = Generator(XYY(), 5, mpi=False).batch(50).particles
    flow = simulate_detector(particles, Detector(), np.random.default_rng(1))
    hadrons = flow.pdg_id == 130
    assert np.min((flow.pt * np.cosh(flow.eta))[hadrons]) > 0.6 * 0.49761
    with pytest.raises(DetectorError, match=r"hcal_threshold is 0\.3 GeV; allowed: above 0\.49761"):
        Detector(hcal_threshold=0.3)

"""What is inside jets whose prongs are known."""

from __future__ import annotations

import numpy as np
import pytest
from dijethunt.datasets.detector import Detector, Flow, simulate_detector
from dijethunt.datasets.generator import Generator
from dijethunt.datasets.jet import Jets, cluster, four_momentum, kinematics
from dijethunt.datasets.process import XYY
from dijethunt.datasets.reconstruction import find_jets
from dijethunt.datasets.substructure import soft_drop_mass, substructure

PAIR = [(500.0, 0.2, 0.0), (500.0, -0.2, 0.0)]
MASS = np.sqrt(2 * 500 * 500 * (np.cosh(0.4) - 1))


def candidates(momenta: list[tuple[float, float, float]]) -> Flow:
    """Make massless candidates of one event out of (pt, eta, phi)."""
    pt, eta, phi = np.array(momenta, dtype=np.float64).T
    nothing, number = np.zeros(len(pt)), np.zeros(len(pt), np.int64)
    kind = np.full(len(pt), 22, np.int32)
    return Flow(1, number, pt, eta, phi, nothing, kind, np.zeros(len(pt), np.int8), nothing, nothing)


@pytest.fixture(scope="module")
def measured() -> tuple[Flow, Jets]:
    particles = Generator(XYY(), 6, mpi=False).batch(60).particles
    flow = simulate_detector(particles, Detector(), np.random.default_rng(1))
    return find_jets(flow, Detector(), np.random.default_rng(2))


def test_known_prongs() -> None:
    """Two prongs of 500 GeV, 0.4 apart, and a soft third at wide angle that soft drop takes away."""
    plain, soft = (candidates(momenta) for momenta in (PAIR, [*PAIR, (20.0, 0.0, 0.6)]))
    jets = [cluster(flow, 200.0) for flow in (plain, soft)]
    found = [substructure(f, j) for f, j in zip((plain, soft), jets, strict=True)]
    assert jets[0].mass[0] == pytest.approx(MASS)
    assert jets[1].mass[0] > 1.02 * MASS
    for result in found:
        assert result.soft_drop_mass[0] == pytest.approx(MASS)
        np.testing.assert_allclose(result.subjets.pt, [500.0, 500.0])
        np.testing.assert_allclose(np.sort(result.subjets.eta), [-0.2, 0.2])
        np.testing.assert_allclose(result.subjets.mass, 0.0, atol=1e-4)
        assert result.subjets.event.tolist() == [0, 0]
    assert found[0].tau[0, 0] == pytest.approx(0.2 / 0.8, rel=0.01)
    assert found[0].tau[0, 1] == pytest.approx(0.0, abs=1e-6)
    tau = found[1].tau[0]
    assert tau[0] > tau[1] > 1e-3
    assert tau[2] == pytest.approx(0.0, abs=1e-6)


def test_radius_is_the_scale_of_n_subjettiness() -> None:
    flow = candidates(PAIR)
    for radius in (0.8, 1.0):
        jets = cluster(flow, 200.0, radius)
        assert substructure(flow, jets, radius).tau[0, 0] == pytest.approx(0.2 / radius, rel=0.01)


def test_soft_drop_mass_is_that_of_the_subjets(measured: tuple[Flow, Jets]) -> None:
    flow, jets = measured
    found = substructure(flow, jets)
    momentum = four_momentum(found.subjets, np.arange(len(found.subjets.pt)))
    mass = kinematics(momentum[:, ::2] + momentum[:, 1::2])[3]
    rows = found.subjets.event[::2]
    np.testing.assert_array_equal(rows, found.subjets.event[1::2])
    np.testing.assert_allclose(found.soft_drop_mass[rows], mass, rtol=1e-6, atol=1e-3)
    assert len(rows) > 0.95 * len(jets.pt)
    assert np.all(np.delete(found.soft_drop_mass, rows) == 0)
    assert np.all(found.subjets.pt[::2] >= found.subjets.pt[1::2])
    np.testing.assert_array_equal(soft_drop_mass(flow, jets), found.soft_drop_mass)


def test_jets_do_not_depend_on_the_batch(measured: tuple[Flow, Jets]) -> None:
    flow, jets = measured
    rows = np.arange(10, 25)
    whole, some = substructure(flow, jets), substructure(flow, jets.take(rows))
    for name in ("soft_drop_mass", "tau", "lepton_fraction"):
        np.testing.assert_allclose(getattr(whole, name)[rows], getattr(some, name), rtol=1e-9)
    inside = np.isin(whole.subjets.event, rows)
    np.testing.assert_allclose(whole.subjets.pt[inside], some.subjets.pt, rtol=1e-9)
    np.testing.assert_array_equal(whole.subjets.size[inside], some.subjets.size)


def test_no_jets_have_no_substructure() -> None:
    flow = candidates(PAIR)
    found = substructure(flow, cluster(flow, 5000.0))
    assert found.tau.shape == (0, 4)
    assert len(found.soft_drop_mass) == len(found.lepton_fraction) == len(found.subjets.pt) == 0

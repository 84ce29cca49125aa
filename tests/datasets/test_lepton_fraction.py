"""The lepton subjet fraction of jets whose subjets are known."""

from __future__ import annotations

import numpy as np
import pytest
from dijethunt.datasets.detector import Flow
from dijethunt.datasets.jet import cluster
from dijethunt.datasets.lepton_fraction import lepton_fraction

PRONGS = [(300.0, 0.4, 0.0, 211), (200.0, -0.3, 0.3, 22), (150.0, -0.3, -0.3, 22)]


def fraction(particles: list[tuple[float, float, float, int]]) -> float:
    """Return the fraction of one jet of massless candidates (pt, eta, phi, pdgId)."""
    pt, eta, phi, kind = np.array(particles, dtype=np.float64).T
    nothing, event, ids = np.zeros(len(pt)), np.zeros(len(pt), np.int64), kind.astype(np.int32)
    flow = Flow(1, event, pt, eta, phi, nothing, ids, np.sign(ids).astype(np.int8), nothing, nothing)
    jets = cluster(flow, 200.0)
    assert len(jets.pt) == 1
    return float(lepton_fraction(flow, jets)[0])


def test_muon_in_one_of_three_prongs() -> None:
    """A muon of 50 GeV along the prong of 150 GeV: 50 / 200."""
    assert fraction([*PRONGS, (50.0, -0.3, -0.3, 13)]) == pytest.approx(0.25)
    assert fraction([(50.0, 0.4, 0.0, -11), *PRONGS]) == pytest.approx(50 / 350)


def test_hardest_lepton_counts() -> None:
    leptons = [(20.0, 0.4, 0.0, 13), (40.0, -0.3, 0.3, -11)]
    assert fraction([*PRONGS, *leptons]) == pytest.approx(40 / 240)


def test_isolated_lepton_is_its_own_subjet() -> None:
    assert fraction([*PRONGS[:2], (5.0, 0.39, 0.0, 22), (100.0, -0.3, -0.3, 13)]) == pytest.approx(1.0)
    assert fraction([PRONGS[0], (100.0, -0.3, -0.3, 13)]) == 1.0


@pytest.mark.parametrize("extra", [[], [(9.9, 0.4, 0.0, 13)], [(90.0, 0.4, 0.0, 211)]])
def test_no_lepton_no_fraction(extra: list[tuple[float, float, float, int]]) -> None:
    assert fraction([*PRONGS, *extra]) == 0


def test_each_jet_has_its_own() -> None:
    """Two events; in the second the lepton is in the first jet of two."""
    pt = np.array([300.0, 200.0, 150.0, 50.0, 300.0, 200.0, 150.0, 50.0, 400.0])
    eta = np.array([0.4, -0.3, -0.3, -0.3, 0.4, -0.3, -0.3, 0.4, 0.0])
    phi = np.array([0.0, 0.3, -0.3, -0.3, 0.0, 0.3, -0.3, 0.0, 3.0])
    kind = np.array([22, 22, 22, 13, 22, 22, 22, 11, 22], np.int32)
    event, nothing = np.array([0] * 4 + [1] * 5), np.zeros(9)
    flow = Flow(2, event, pt, eta, phi, nothing, kind, np.zeros(9, np.int8), nothing, nothing)
    jets = cluster(flow, 200.0)
    np.testing.assert_allclose(lepton_fraction(flow, jets), [50 / 200, 50 / 350, 0.0], rtol=1e-9)

"""Clustering of jets and the precision with which they are stored."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from dijethunt.datasets.detector import Flow
from dijethunt.datasets.jet import Jets, cluster, four_momentum, kinematics, summed, truncate


def candidates(momenta: list[tuple[float, float, float]], event: list[int], events: int) -> Flow:
    """Make massless candidates out of (pt, eta, phi)."""
    pt, eta, phi = np.array(momenta, dtype=np.float64).T
    nothing, kind = np.zeros(len(pt)), np.full(len(pt), 22, np.int32)
    charge = np.zeros(len(pt), np.int8)
    return Flow(events, np.array(event), pt, eta, phi, nothing, kind, charge, nothing, nothing)


MOMENTA = [(10.0, 0.1, 0.0), (50.0, 2.0, 1.0), (300.0, 0.0, 0.0), (5.0, 0.0, 0.0), (80.0, -1.0, 3.1)]
FLOW = candidates([*MOMENTA, (20.0, -1.0, -3.1)], [1, 1, 1, 3, 3, 3], 5)


def found() -> Jets:
    return cluster(FLOW, 20.0)


def test_jets_are_ordered_by_event_and_pt() -> None:
    jets = found()
    assert jets.event.tolist() == [1, 1, 3]
    np.testing.assert_allclose(jets.pt, [310.0, 50.0, 100.0], rtol=1e-3)
    assert [sorted(members) for members in np.split(jets.members, np.cumsum(jets.size)[:-1])] == [
        [0, 2],
        [1],
        [4, 5],
    ]


def test_taking_jets_takes_their_candidates() -> None:
    some = found().take(np.array([2, 0]))
    assert some.event.tolist() == [3, 1]
    assert some.size.tolist() == [2, 2]
    assert set(some.members[:2]) == {4, 5}
    assert set(some.members[2:]) == {0, 2}


def test_momenta_there_and_back() -> None:
    jets = found()
    back = kinematics(four_momentum(jets, np.arange(3)))
    for name, values in zip(("pt", "eta", "phi", "mass"), back, strict=True):
        np.testing.assert_allclose(values, getattr(jets, name), rtol=1e-9, atol=1e-5)


def test_jets_are_summed_anew_from_their_candidates() -> None:
    double = replace(FLOW, pt=2 * FLOW.pt, mass=2 * FLOW.mass)
    jets, twice = found(), summed(double, found())
    np.testing.assert_allclose(twice.pt, 2 * jets.pt, rtol=2e-4)
    np.testing.assert_allclose(twice.mass, 2 * jets.mass, rtol=2e-3, atol=1e-3)
    np.testing.assert_allclose(twice.eta, jets.eta, rtol=2e-4, atol=1e-9)
    np.testing.assert_array_equal(twice.members, jets.members)


def test_truncation_keeps_the_leading_bits() -> None:
    values = np.random.default_rng(1).uniform(1, 5000, 1000)
    for bits in (8, 10, 12):
        stored = truncate(values, bits)
        np.testing.assert_allclose(stored, values, rtol=2.0 ** -(bits + 1))
        np.testing.assert_array_equal(truncate(stored, bits), stored)
    assert len(np.unique(truncate(values, 8))) < len(np.unique(truncate(values, 12)))

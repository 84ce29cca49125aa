"""Response and resolution of jets that were smeared by known factors, and efficiencies of known tags."""

from __future__ import annotations

import numpy as np
import pytest
from dijethunt.analysis.response import LEAST, response
from dijethunt.analysis.tagging import efficiencies

EDGES = (200.0, 500.0, 1000.0)


@pytest.fixture
def jets() -> tuple[np.ndarray, np.ndarray]:
    """Generated pT and what is measured of it: 3% too low and 5% wide below 500 GeV, right and 2% wide above."""
    rng = np.random.default_rng(1)
    pt = rng.uniform(200, 1000, 20_000)
    low = pt < 500
    return pt, pt * np.where(low, 0.97, 1.0) * (1 + np.where(low, 0.05, 0.02) * rng.normal(size=len(pt)))


def test_response_and_resolution_in_bins(jets: tuple[np.ndarray, np.ndarray]) -> None:
    pt, measured = jets
    found = response(measured, pt, pt, np.ones(len(pt)), edges=EDGES)
    assert found.median == pytest.approx([0.97, 1.0], abs=0.003)
    assert found.resolution == pytest.approx([0.05, 0.02], rel=0.05)
    assert np.all(np.abs(found.median - [0.97, 1.0]) < 4 * found.error)
    assert found.jets.sum() == len(pt)


def test_weights_of_zero_remove_jets(jets: tuple[np.ndarray, np.ndarray]) -> None:
    pt, measured = jets
    weight = (pt < 300).astype(float)
    found = response(np.where(weight > 0, measured, 1e6), pt, pt, weight, edges=(200.0, 1000.0))
    assert found.median == pytest.approx(0.97, abs=0.003)


def test_jets_without_a_generated_jet_are_left_out(jets: tuple[np.ndarray, np.ndarray]) -> None:
    pt, measured = jets
    lost = np.arange(len(pt)) % 2 == 0
    generated = np.where(lost, np.nan, pt)
    found = response(measured, generated, generated, np.ones(len(pt)), edges=EDGES)
    assert found.jets.sum() == (~lost).sum()


def test_bins_with_few_jets_say_nothing() -> None:
    pt = np.full(LEAST - 1, 300.0)
    found = response(pt, pt, pt, np.ones(len(pt)), edges=EDGES)
    assert np.isnan(found.median).all()
    assert found.record() == []


def test_tag_efficiencies_by_flavour() -> None:
    flavour = np.repeat([5, 0], 1000)
    score = np.concatenate(
        [np.repeat([0.9, 0.5, 0.05], [500, 200, 300]), np.repeat([0.9, 0.2, 0.0], [10, 90, 900])]
    )
    found = efficiencies(score, flavour, np.full(2000, 450.0), np.ones(2000))
    values = {name: [point["value"] for point in points.values()] for name, points in found.items()}
    assert values == {
        "b": pytest.approx([0.7, 0.7, 0.5]),
        "light": pytest.approx([0.1, 0.01, 0.01]),
    }
    (row,) = found["b"]["tight"]["bins"]
    assert (row["low"], row["high"], row["jets"]) == (400.0, 600.0, 1000.0)

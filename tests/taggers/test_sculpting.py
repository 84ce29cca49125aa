"""What a selection does to the mass spectrum."""

from __future__ import annotations

import numpy as np
import pytest
from dijethunt.taggers.error import MetricError
from dijethunt.taggers.sculpting import sculpting
from scipy.stats import kstest

EDGES = np.linspace(2000, 4000, 11)


def test_by_hand():
    """100 and 300 events, of which 20 and 20 are selected: 0.1 overall."""
    mjj = np.repeat([2050.0, 2150.0], [100, 300])
    selected = np.concatenate([np.arange(100) < 20, np.arange(300) < 20])
    found = sculpting(mjj, selected, [2000, 2100, 2200])
    assert found.efficiency.tolist() == pytest.approx([0.2, 20 / 300])
    pulls = [0.1 / np.sqrt(0.09 / 100), (0.1 - 20 / 300) / np.sqrt(0.09 / 300)]
    assert found.largest == pytest.approx(pulls[0])
    assert found.chi2 == pytest.approx(pulls[0] ** 2 + pulls[1] ** 2)
    assert (found.ndof, found.overall) == (1, 0.1)


def test_a_selection_at_random_has_uniform_p_values():
    rng = np.random.default_rng(1)
    mjj = [rng.uniform(2000, 4000, 5000) for _ in range(200)]
    found = [sculpting(m, rng.uniform(size=5000) < 0.05, EDGES) for m in mjj]
    assert kstest([f.p_value for f in found], "uniform").pvalue > 0.01
    assert np.mean([f.chi2 / f.ndof for f in found]) == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(("shape", "least"), [("slope", 5), ("bump", 5)])
def test_a_slope_and_a_bump_are_found(shape, least):
    rng = np.random.default_rng(2)
    mjj = rng.uniform(2000, 4000, 20_000)
    efficiency = (
        0.05 * mjj / 3000 * (2 * mjj / 3000 - 1)
        if shape == "slope"
        else 0.03 + 0.03 * (abs(mjj - 2900) < 100)
    )
    found = sculpting(mjj, rng.uniform(size=20_000) < efficiency, EDGES)
    assert found.largest > least
    assert found.p_value < 1e-6
    assert found.divergence > sculpting(mjj, rng.uniform(size=20_000) < 0.05, EDGES).divergence


def test_bins_are_joined_until_they_expect_enough():
    rng = np.random.default_rng(3)
    mjj = 2000 + rng.exponential(300, 3000)
    selected = rng.uniform(size=3000) < 0.05
    found = sculpting(mjj, selected, np.linspace(2000, 6000, 41))
    content = np.histogram(mjj, found.edges)[0]
    assert (found.overall * content >= 5).all()
    assert found.edges[-1] == 6000
    assert found.ndof == len(found.efficiency) - 1 > 3


@pytest.mark.parametrize("kept", [0, 4, 300])
def test_nothing_can_be_said_of_too_few_or_of_all(kept):
    with pytest.raises(MetricError, match=f"{kept} of 300 events are selected"):
        sculpting(np.linspace(2000, 3999, 300), np.arange(300) < kept, EDGES)

"""Weights of sidebands and signal region."""

from __future__ import annotations

import numpy as np
import pytest
from dijethunt.taggers.error import TrainingError
from dijethunt.taggers.weight import PtWeight, mjj_weight, sideband_weight


def regions(low: int, signal: int, high: int) -> np.ndarray:
    return np.repeat(np.array([-1, 0, 1], dtype=np.int8), [low, signal, high])


def test_both_sidebands_count_equally():
    region = regions(700, 300, 100)
    weight = sideband_weight(region)
    assert weight[region == -1].sum() == pytest.approx(weight[region == 1].sum())
    assert np.all(weight[region == -1] == 1)
    assert np.all(weight[region == 0] == 0)


def test_the_signal_region_weighs_as_much_as_both_sidebands():
    region = regions(700, 300, 100)
    weight = mjj_weight(region)
    assert weight[region == 0] == pytest.approx(2 * 700 / 300)
    assert weight[region == 0].sum() == pytest.approx(weight[region != 0].sum())


@pytest.mark.parametrize(("low", "high"), [(50, 0), (0, 50)])
def test_with_one_sideband_the_classes_still_weigh_the_same(low, high):
    weight = mjj_weight(regions(low, 20, high))
    assert weight.sum() == pytest.approx(2 * 50)


@pytest.mark.parametrize("region", [regions(0, 5, 0), regions(5, 0, 5)])
def test_a_class_without_events_is_an_error(region):
    with pytest.raises(TrainingError, match="needs both"):
        mjj_weight(region)


def test_pt_weights_give_the_sidebands_the_spectrum_of_the_signal_region():
    rng = np.random.default_rng(1)
    region = regions(40_000, 20_000, 10_000)
    pt = np.where(region == 0, rng.gamma(4, 300, region.size), rng.gamma(4, 250, region.size))
    weight = mjj_weight(region)
    fitted = PtWeight.fit(pt, region, weight)
    weighted = weight * fitted(pt, region)
    clipped = np.clip(pt, fitted.edges[0], fitted.edges[-1])
    signal, side = (
        np.histogram(clipped[s], fitted.edges, weights=weighted[s])[0] for s in (region == 0, region != 0)
    )
    assert side == pytest.approx(signal)
    assert np.all(weighted[region == 0] == weight[region == 0])


def test_pt_is_clipped_to_its_percentiles():
    region = regions(500, 500, 500)
    pt = np.linspace(300, 1300, region.size)
    fitted = PtWeight.fit(pt, region, mjj_weight(region))
    assert len(fitted.ratio) == 20
    assert fitted.edges[[0, -1]] == pytest.approx([310, 1290])
    extreme = np.array([0.0, 1e6])
    assert fitted(extreme, np.array([-1, -1], dtype=np.int8)) == pytest.approx(fitted.ratio[[0, -1]])

from __future__ import annotations

from itertools import pairwise

import dijethunt.bumphunt as bh
import hist
import numpy as np
import pytest
from dijethunt.bumphunt.template_quantile import shape_of_events, shape_of_histogram
from scipy.stats import kstest

EDGES = np.linspace(2000.0, 4000.0, 41)
EXACT = bh.Gaussian(0.05).template(EDGES, 3000.0)


def histogram(masses, weights=None, width=30):
    axis = hist.axis.Regular(6000 // width, 0, 6000)
    storage = hist.storage.Double() if weights is None else hist.storage.Weight()
    return hist.Hist(axis, storage=storage).fill(masses, weight=weights)


def made(masses, weights=None, n_knots=25):
    return (
        shape_of_events(3000.0, masses, weights, n_knots),
        shape_of_histogram(3000.0, histogram(masses, weights), n_knots),
    )


def distance(shape):
    """Largest difference between the cumulative distributions of a shape and of the Gaussian."""
    found = bh.TemplateSignal((shape,)).template(EDGES, 3000.0)
    return np.abs(np.cumsum(found - EXACT)).max()


@pytest.mark.parametrize("n_events", [300, 3000, 100_000])
def test_the_shape_is_nearer_to_the_truth_than_the_sample_it_is_made_of(n_events):
    masses = np.random.default_rng(1).normal(3000, 150, n_events)
    for shape in made(masses):
        assert distance(shape) < kstest(masses, "norm", (3000, 150)).statistic
        assert shape.events == pytest.approx(n_events)


def test_few_knots_smooth_and_many_keep_the_fluctuations():
    masses = np.random.default_rng(2).normal(3000, 150, 2000)
    fine = np.linspace(2600, 3400, 161)
    observed = np.histogram(masses, fine)[0] / len(masses)
    exact = bh.Gaussian(0.05).template(fine, 3000.0)
    few, many = (
        bh.TemplateSignal((shape_of_events(3000.0, masses, None, n),)).template(fine, 3000.0)
        for n in (15, 1000)
    )
    assert np.abs(many - observed).sum() < 0.3 * np.abs(exact - observed).sum()
    assert np.abs(few - exact).sum() < 0.4 * np.abs(many - exact).sum()


def test_weights_count_and_may_be_negative():
    rng = np.random.default_rng(3)
    wanted, unwanted = rng.normal(3000, 150, 20_000), rng.normal(3300, 100, 4000)
    masses = np.concatenate([wanted, unwanted, unwanted + rng.normal(0, 1, 4000)])
    weights = np.repeat([2.0, 1.0, -1.0], [20_000, 4000, 4000])
    for shape in made(masses, weights):
        assert distance(shape) < 0.012
        assert shape.events == pytest.approx(40_000**2 / 88_000)


def test_a_histogram_without_variances_and_with_pairs_of_edges_is_taken():
    class Axis(list):
        pass

    class Plain:
        axes = (Axis(pairwise(EDGES)),)

        def values(self):
            return 1e6 * EXACT

        def variances(self):
            return None

    assert distance(shape_of_histogram(3000.0, Plain())) < 1e-4


@pytest.mark.parametrize(
    ("masses", "message"),
    [
        (np.linspace(2900, 3100, 20), "20 effective events"),
        (np.full(500, 3000.0), "do the masses spread"),
        (np.array([np.nan] * 100), "finite"),
    ],
)
def test_what_is_no_resonance_is_refused(masses, message):
    with pytest.raises(bh.SignalError, match=f"at 3000 GeV.*{message}"):
        shape_of_events(3000.0, masses)


def test_histograms_that_do_not_serve_are_refused():
    masses = np.random.default_rng(4).normal(3000, 150, 1000)
    with pytest.raises(bh.SignalError, match="its events fill 2 bins; make the histogram with narrower ones"):
        shape_of_histogram(3000.0, histogram(masses, width=1000))
    with pytest.raises(bh.SignalError, match="0 effective events of total weight 0"):
        shape_of_histogram(3000.0, histogram([]))
    with pytest.raises(bh.SignalError, match="has 2 axes"):
        shape_of_histogram(3000.0, hist.Hist(hist.axis.Regular(3, 0, 1), hist.axis.Regular(3, 0, 1)))
    with pytest.raises(bh.SignalError, match="for 3 quantiles"):
        shape_of_events(3000.0, masses, None, 3)

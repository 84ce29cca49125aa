"""Numbers read from ROC curves, against hand values, scikit-learn, and their own scatter."""

from __future__ import annotations

import numpy as np
import pytest
from dijethunt.taggers.error import MetricError
from dijethunt.taggers.metric import (
    Measured,
    auc,
    max_sic,
    rejection,
    rejection_curve,
    sic,
    sic_at_background,
    sic_at_signal,
    sic_curve,
    significance_gain,
)
from dijethunt.taggers.roc import Roc, replicas, roc
from scipy.stats import norm
from sklearn.metrics import roc_auc_score


def gaussians(n_background: int, n_signal: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw scores of background N(0, 1) and signal N(2, 1), whose curve is known."""
    truth = np.repeat([0, 1], [n_background, n_signal])
    return np.random.default_rng(seed).normal(2.0 * truth, 1.0), truth


def background_at(signal: float) -> float:
    """True background efficiency at a signal efficiency."""
    return float(norm.sf(2.0 + norm.isf(signal)))


def signal_at(background: float) -> float:
    return float(norm.sf(norm.isf(background) - 2.0))


@pytest.mark.parametrize("rounded", [3, 0], ids=["few ties", "many ties"])
@pytest.mark.parametrize("weighted", [False, True])
def test_auc_is_that_of_sklearn(rounded, weighted):
    scores, truth = gaussians(700, 300, 1)
    scores = np.round(scores, rounded)
    weight = np.random.default_rng(2).exponential(size=len(scores)) if weighted else None
    assert auc(scores, truth, weight) == pytest.approx(
        roc_auc_score(truth, scores, sample_weight=weight), abs=1e-12
    )


@pytest.mark.parametrize(
    ("scores", "value"),
    [([1.0, 1.0, 1.0, 1.0], 0.5), ([4.0, 3.0, 2.0, 1.0], 0.0), ([1.0, 2.0, 2.0, 3.0], 0.875)],
)
def test_auc_of_ties_and_of_reversed_order(scores, value):
    assert auc(scores, [0, 0, 1, 1]) == value


def test_rejection_by_hand():
    """Ten signal events and forty background events; at eps_S = 0.35 halfway between 6 and 10 of them."""
    scores = np.repeat([5.0, 4.0, 3.0], [9, 5, 36])
    truth = np.concatenate([np.repeat([1, 0], [3, 6]), np.repeat([1, 0], [1, 4]), np.repeat([1, 0], [6, 30])])
    curve = roc(scores, truth)
    assert rejection(curve, 0.3).value == pytest.approx(40 / 6)
    assert rejection(curve, 0.35).value == pytest.approx(40 / 8)
    assert sic_at_signal(curve, 0.3).value == pytest.approx(0.3 / np.sqrt(6 / 40))
    assert sic_at_background(curve, 0.15).value == pytest.approx(0.3 / np.sqrt(0.15))


def test_few_background_events_give_a_lower_limit():
    scores, truth = gaussians(300, 300, 3)
    scores[truth == 1] += 5
    curve = roc(scores, truth)
    found = rejection(curve, 0.3)
    assert (found.value, found.error, found.bound) == (100.0, None, True)
    assert str(found) == "> 100"
    improved = sic_at_signal(curve, 0.3)
    assert improved.bound
    assert improved.value == pytest.approx(0.3 * np.sqrt(100))
    assert sic_at_background(curve, 0.005) is None


METRICS = {
    "rejection": (lambda c: rejection(c, 0.5), lambda: 1 / background_at(0.5)),
    "sic_at_signal": (lambda c: sic_at_signal(c, 0.5), lambda: 0.5 / np.sqrt(background_at(0.5))),
    "sic_at_background": (lambda c: sic_at_background(c, 0.01), lambda: signal_at(0.01) / 0.1),
}


@pytest.mark.parametrize("name", METRICS)
def test_values_and_errors_of_known_curves(name):
    """Over many samples the mean is the truth, the scatter the stated error."""
    measure, truth = METRICS[name]
    found = [measure(roc(*gaussians(8000, 1000, seed))) for seed in range(100)]
    values, errors = np.array([m.value for m in found]), np.array([m.error for m in found])
    assert np.mean(values) == pytest.approx(truth(), rel=0.05)
    assert np.median(errors) == pytest.approx(np.std(values), rel=0.2)


@pytest.mark.parametrize("name", METRICS)
def test_errors_agree_with_the_bootstrap(name):
    measure, _ = METRICS[name]
    events = gaussians(8000, 1000, 5)
    scatter = np.std([measure(curve).value for curve in replicas(*events, n=200)])
    assert measure(roc(*events)).error == pytest.approx(scatter, rel=0.35)


def test_max_sic_keeps_its_floors():
    curve = Roc(
        signal=np.array([0.0, 0.1, 0.5, 0.8, 1.0]),
        background=np.array([0.0, 1e-4, 0.025, 0.25, 1.0]),
        n_signal=np.array([0.0, 100.0, 500.0, 800.0, 1000.0]),
        n_background=np.array([0.0, 0.1, 25.0, 250.0, 1000.0]),
    )
    best = max_sic(curve)
    assert best.value == pytest.approx(0.5 / np.sqrt(0.025))
    assert (best.signal, best.background) == (0.5, 0.025)
    assert max_sic(curve, least=26).background == 0.25
    assert max_sic(curve, largest=0.05).background == 0.25
    assert best.error / best.value == pytest.approx(np.hypot(np.sqrt(0.5 / 500), np.sqrt(0.975 / 25) / 2))


def test_max_sic_lies_above_the_truth_by_less_than_its_error():
    cuts = np.linspace(-4, 3, 2000)
    optimum = np.max(norm.sf(cuts - 2) / np.sqrt(norm.sf(cuts)))
    found = [max_sic(roc(*gaussians(20_000, 5000, seed))) for seed in range(20)]
    assert 0 < np.mean([m.value - optimum for m in found]) < np.mean([m.error for m in found])
    assert np.std([m.value for m in found]) < np.mean([m.error for m in found])


def test_nothing_is_gained_from_noise():
    """The largest of many fluctuating numbers is above 1, by less than its floors allow."""
    rng = np.random.default_rng(6)
    truth = np.repeat([0, 1], [20_000, 2000])
    found = [max_sic(roc(rng.uniform(size=22_000), truth)) for _ in range(20)]
    assert all(1.0 <= m.value < 1.5 for m in found)


def test_a_constant_score_has_the_sic_of_no_cut():
    curve = roc(np.zeros(100), np.repeat([0, 1], 50))
    best = max_sic(curve)
    assert (best.value, best.error, best.background) == (1.0, 0.0, 1.0)


def test_sic_of_every_cut():
    value, error = sic(roc([3.0, 2.0, 1.0, 0.0], [1, 0, 1, 0]))
    assert value.tolist() == pytest.approx([np.inf, 0.5 / np.sqrt(0.5), 1 / np.sqrt(0.5), 1.0])
    assert not np.isfinite(error[0])
    assert error[-1] == 0


def test_too_few_background_events_for_a_maximum():
    with pytest.raises(MetricError, match="no cut passes 25 background events: there are 20"):
        max_sic(roc(*gaussians(20, 100, 7)))


def test_significance_gain():
    found = significance_gain(100, 10_000, Measured(5.0, 0.5))
    assert (found.value, found.error) == pytest.approx((5.0, 0.5))


def test_curves_are_the_numbers_at_each_efficiency_down_to_their_floors():
    curve = roc(*gaussians(2000, 2000, 8))
    grid = np.array([0.02, 0.3, 0.6])
    drawn, improved = rejection_curve(curve, grid), sic_curve(curve, grid)
    assert np.isnan(drawn[0])
    assert np.isnan(improved[:2]).tolist() == [True, curve.at_signal(0.3)[1] < 25]
    assert drawn[2] == pytest.approx(rejection(curve, 0.6).value)
    assert improved[2] == pytest.approx(sic_at_signal(curve, 0.6).value)

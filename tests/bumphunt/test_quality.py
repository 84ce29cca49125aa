from __future__ import annotations

import logging

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt import quality
from scipy.stats import kstest

LOG = logging.getLogger(__name__)
TESTS = ("saturated", "pearson", "kolmogorov_smirnov", "anderson_darling")
RULE = bh.FTest(tuple(bh.families.dijet(n) for n in (2, 3)), alpha=0.10)


def test_statistics_are_those_of_the_fit_and_the_same_seed_gives_the_same_answer(truth):
    spectrum = truth(20_000).spectrum(1)
    fit = bh.fit(spectrum, bh.families.dijet(3))
    found = bh.goodness_of_fit(spectrum, bh.families.dijet(3), n_toys=200, seed=1)
    assert found == bh.goodness_of_fit(spectrum, bh.families.dijet(3), n_toys=200, seed=1)
    assert found != bh.goodness_of_fit(spectrum, bh.families.dijet(3), n_toys=200, seed=2)
    assert tuple(found.statistics) == TESTS
    assert found.statistics["saturated"] == pytest.approx(fit.deviance)
    assert found.statistics["pearson"] == pytest.approx(fit.chi2)
    shape = bh.kolmogorov_smirnov(fit.observed, fit.expected)
    assert found.statistics["kolmogorov_smirnov"] == pytest.approx(float(shape))
    assert (found.n_toys, found.n_failed, found.seed) == (200, 0, 1)


def test_with_many_events_the_p_value_is_that_of_chi2(truth):
    spectrum = truth(2_000_000).spectrum(5)
    fit = bh.fit(spectrum, bh.families.dijet(3))
    found = bh.goodness_of_fit(spectrum, bh.families.dijet(3), n_toys=2000, seed=1)
    assert found.p_values["pearson"] == pytest.approx(fit.p_value, abs=0.04)
    assert found.p_values["saturated"] == pytest.approx(fit.p_value, abs=0.05)


def test_a_wrong_function_is_found_by_all_tests_and_the_rule_mends_it(truth):
    spectrum = truth(2_000_000).spectrum(1)
    wrong = bh.goodness_of_fit(spectrum, bh.families.dijet(2), n_toys=300, seed=1)
    assert max(wrong.p_values.values()) < 0.02
    mended = bh.goodness_of_fit(spectrum, RULE, n_toys=300, seed=1)
    assert min(mended.p_values.values()) > 0.02


def test_failed_toys_count_as_worse(truth, monkeypatch):
    fitted, calls = quality._fitted, []

    def broken(null):
        expected, converged = fitted(null)
        if len(converged) > 1:
            converged[:7] = False
        calls.append(len(converged))
        return expected, converged

    monkeypatch.setattr(quality, "_fitted", broken)
    spectrum = bh.Spectrum(truth(200_000).edges, np.round(truth(200_000).expected))
    found = bh.goodness_of_fit(spectrum, bh.families.dijet(3), n_toys=100, seed=1)
    assert calls == [1, 100]
    assert found.n_failed == 7
    plain = bh.Goodness.from_json(found.to_json())
    assert plain == found


def test_the_range_is_that_of_the_fit(truth):
    spectrum = truth(20_000).spectrum(1)
    ranged = bh.goodness_of_fit(spectrum, RULE, n_toys=50, seed=1, fit_range=(2000, 5000))
    assert ranged == bh.goodness_of_fit(spectrum.restricted(2000, 5000), RULE, n_toys=50, seed=1)


def test_no_toys_is_an_error(truth):
    with pytest.raises(ValueError, match="at least one toy"):
        bh.goodness_of_fit(truth(3000).spectrum(1), RULE, n_toys=0, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("n_events", [200_000, 20_000, 3000, 300])
def test_p_values_are_uniform_over_background_spectra(truth, n_events):
    """With the function chosen anew in each spectrum and each toy, down to a few hundred events."""
    model = truth(n_events)
    found = [
        bh.goodness_of_fit(model.spectrum(seed), RULE, n_toys=200, seed=seed).p_values for seed in range(300)
    ]
    for test in TESTS:
        p = np.array([values[test] for values in found])
        below, uniform = (p <= 0.05).mean(), kstest(p, "uniform").pvalue
        LOG.info("%d events, %s: KS %.3f, below 0.05 %.3f", n_events, test, uniform, below)
        assert uniform > 0.005, test
        assert below == pytest.approx(0.05, abs=0.04), test

from __future__ import annotations

from dataclasses import replace

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.likelihood import Likelihood
from dijethunt.bumphunt.variation import Variations
from scipy.stats import poisson as poisson_distribution

POINT = np.array([[0.4, -0.7, 0.2, 1.1, 0.9], [0.0, 0.3, -0.2, 0.1, -0.4]])


@pytest.fixture
def likelihood(truth):
    model = truth(3000)
    template = bh.Gaussian(0.05).template(model.edges, 3000)[None, :]
    return Likelihood(model.background.whitened(model.theta), model.toys(2, 1), template)


def numerical(function, point, step=1e-5):
    shifts = np.eye(point.shape[1]) * step
    return np.stack([(function(point + s) - function(point - s)) / (2 * step) for s in shifts], axis=1)


def test_differences_are_those_of_the_poisson_likelihood(likelihood):
    here, there = likelihood.evaluate(POINT), likelihood.evaluate(POINT / 2)
    full = [-poisson_distribution.logpmf(likelihood.counts, v.expected).sum(-1) for v in (here, there)]
    assert here.nll - there.nll == pytest.approx(full[0] - full[1], abs=1e-9)
    assert 2 * here.nll == pytest.approx(bh.deviance(likelihood.counts, here.expected), rel=1e-12)


def test_gradient_and_information_are_the_derivatives(likelihood):
    value = likelihood.evaluate(POINT)
    assert likelihood.gradient(value) == pytest.approx(
        numerical(lambda p: likelihood.evaluate(p).nll, POINT), rel=1e-6, abs=1e-5
    )
    second = numerical(lambda p: likelihood.gradient(likelihood.evaluate(p)), POINT)
    assert likelihood.information(value) == pytest.approx(second, rel=1e-5, abs=1e-5)
    assert likelihood.curvature(value, observed=True) == pytest.approx(second, rel=0.02, abs=0.02)


def test_gradient_and_information_with_nuisances_are_the_derivatives(truth):
    model, n_bins = truth(3000), 35
    rng = np.random.default_rng(4)
    template = bh.Gaussian(0.05).template(model.edges, 3000)[None, :]
    bend = 0.1 * template * rng.normal(0, 1, (2, 2, n_bins))
    variations = Variations(("a", "b"), np.array([0.2, 0.1]), *bend)
    basis, toys = model.background.whitened(model.theta), model.toys(2, 1)
    free = Likelihood(basis, toys, template, variations=variations, centres=rng.normal(0, 1, (2, 2)))
    fixed = replace(free, strength=np.array([30.0, 60.0]))
    point = np.concatenate([POINT, [[0.5, -1.0], [0.1, 2.0]]], axis=1)
    for likelihood, at in ((free, point), (fixed, np.delete(point, 4, axis=1))):
        value = likelihood.evaluate(at)
        gradient = numerical(lambda p, own=likelihood: own.evaluate(p).nll, at)
        second = numerical(lambda p, own=likelihood: own.gradient(own.evaluate(p)), at)
        assert likelihood.gradient(value) == pytest.approx(gradient, rel=1e-6, abs=1e-5)
        assert likelihood.information(value) == pytest.approx(second, rel=1e-5, abs=1e-5)
        assert likelihood.curvature(value)[:, -2:, -2:] == pytest.approx(second[:, -2:, -2:], rel=0.5, abs=1)


def test_fisher_information_is_the_mean_of_the_observed_one(likelihood):
    value = likelihood.evaluate(POINT)
    averaged = Likelihood(likelihood.background, value.expected, likelihood.template)
    assert likelihood.curvature(value) == pytest.approx(averaged.information(value), rel=0.01, abs=0.01)


def test_a_bin_without_expectation_is_forbidden(likelihood):
    point = np.zeros((2, 5))
    point[0, -1] = -1e6
    value = likelihood.evaluate(point)
    assert value.nll[0] == np.inf
    assert np.isfinite(value.nll[1])

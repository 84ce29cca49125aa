from __future__ import annotations

from dataclasses import replace

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt import nuisance
from dijethunt.bumphunt.background import BinnedBackground
from dijethunt.bumphunt.ftest import Fixed
from dijethunt.bumphunt.limit_test import LimitTest
from dijethunt.bumphunt.search import Search
from iminuit import Minuit
from scipy.special import ndtr

SIGNAL = bh.Gaussian(0.05)
SYSTEMATICS = (*nuisance.CMS_EXO_22_026, nuisance.efficiency(0.2))


def prepared(model, spectrum, mass, nuisances=()):
    search = Search.on([spectrum], Fixed(model.family))
    moved = nuisance.variations(SIGNAL, [model.edges], mass, nuisances) if nuisances else None
    return LimitTest.on(search, search.template(SIGNAL, mass), moved), moved


def minuit_nll(model, test, moved, counts, strength):
    """Minimise the same likelihood in the same coordinates with iminuit; the strength is fixed, or free if None."""
    search = test.profile.search
    background = BinnedBackground.on(model.edges, model.family)
    n, unit = search.basis.n_parameters, test.sigma

    def nll(point):
        s = point[-1] * unit
        signal = s * moved.signal(test.profile.template[None, :], point[None, n:-1])[0][0]
        expected = np.maximum(background.expected(search.basis.theta(point[:n])) + signal, 1e-100)
        ratio = np.where(counts > 0, counts, 1) / expected
        return (expected - counts + counts * np.log(ratio)).sum() + (point[n:-1] ** 2).sum() / 2

    start = np.zeros(n + len(moved) + 1)
    start[-1] = 1.0 if strength is None else strength / unit
    minuit = Minuit(nll, start)
    minuit.errordef, minuit.tol, minuit.strategy = Minuit.LIKELIHOOD, 1e-4, 2
    minuit.errors = np.full(len(start), 0.5)
    minuit.limits[len(start) - 1] = (0, None)
    minuit.fixed[len(start) - 1] = strength is not None
    minuit.migrad(ncall=20_000)
    assert minuit.valid
    return minuit.fval


@pytest.mark.parametrize(("n_events", "seed"), [(300, 1), (3000, 2), (200_000, 3)])
def test_q_with_nuisances_is_that_of_iminuit(truth, n_events, seed):
    model = truth(n_events)
    test, moved = prepared(model, model.spectrum(seed), 2500.0, SYSTEMATICS)
    strength = 1.5 * float(max(test.best.strength[0], 0) + test.sigma)
    for row, q in enumerate(test.q(strength)[:, 0]):
        fixed, free = (minuit_nll(model, test, moved, test.counts[row], s) for s in (strength, None))
        assert q == pytest.approx(2 * (fixed - free), abs=2e-4)


def test_observed_limit_on_asimov_data_is_the_expected_one(truth):
    model = truth(200_000)
    test, _ = prepared(model, model.spectrum(1), 3000.0)
    search = test.profile.search
    asimov = LimitTest.on(replace(search, counts=search.expected[None, :]), test.profile.template)
    expected = test.expected(0.05)
    assert asimov.observed(0.05) == pytest.approx(expected[2], rel=1e-6)
    assert test.observed(0.05) != pytest.approx(expected[2], rel=1e-2)


def test_cls_of_a_gaussian_measurement(truth):
    """With many events q is (mu - fitted)^2 / sigma^2 and CLs follows from the normal distribution."""
    model = truth(50_000_000)
    test, _ = prepared(model, model.spectrum(4, strength=3000.0), 3000.0)
    sigma, fitted = test.sigma, float(test.best.strength[0])
    assert 0.2 < fitted / sigma < 3
    mu = fitted + np.array([0.5, 1.0, 2.0]) * sigma
    expected = ndtr((fitted - mu) / sigma) / ndtr(fitted / sigma)
    assert test.cls(mu) == pytest.approx(expected, rel=0.01)
    bands = np.exp(test.log_cls(mu)[1:])
    assert bands[2] == pytest.approx(2 * ndtr(-mu / sigma), rel=0.01)


def test_cls_is_one_below_the_fitted_strength(truth):
    model = truth(200_000)
    test, _ = prepared(model, model.spectrum(1, strength=800.0), 3000.0)
    fitted = float(test.best.strength[0])
    assert fitted > 400
    assert test.cls([0.5 * fitted, 0.99 * fitted]) == pytest.approx(1.0)
    assert test.cls(1.2 * fitted)[0] < 0.6


@pytest.mark.parametrize("strength", [-3.0, 0.0, 1.0, 10.0])
def test_the_limit_is_found_from_deficits_to_large_excesses(truth, strength):
    model = truth(3000)
    template = SIGNAL.template(model.edges, 2500.0)
    counts = np.maximum(np.round(model.expected + strength * 20 * template), 0)
    test, _ = prepared(model, bh.Spectrum(model.edges, counts), 2500.0)
    assert test.cls(test.observed(0.05))[0] == pytest.approx(0.05, abs=1e-7)
    assert test.cls(test.observed(1e-4))[0] == pytest.approx(1e-4, abs=1e-9)

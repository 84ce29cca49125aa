from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt import nuisance
from dijethunt.bumphunt.search import Search
from dijethunt.bumphunt.signal_profile import SignalProfile

SIGNAL = bh.Gaussian(0.05)
MASS = 2500.0
FAMILIES = [bh.families.dijet(n) for n in (2, 3)]


def profile(model, rule, nuisances=()):
    search = Search.on([model.spectrum(1)], rule)
    moved = nuisance.variations(SIGNAL, [model.edges], MASS, nuisances) if nuisances else None
    return SignalProfile(search, search.template(SIGNAL, MASS), moved)


@pytest.mark.parametrize("penalty", [0.0, 0.5, 2.0])
def test_the_smallest_penalised_likelihood_counts(truth, penalty):
    model = truth(20_000)
    counts = model.toys(50, 3)
    strength = np.linspace(0, 100, 50)
    found = profile(model, bh.Envelope(FAMILIES, penalty))
    fit = found.fit(counts, found.competing(counts), strength)
    alone = []
    for family in FAMILIES:
        one = profile(model, bh.Fixed(family))
        alone.append(one.fit(counts, one.competing(counts), strength).nll + penalty * (family.n_shape + 1))
    assert fit.nll == pytest.approx(np.min(alone, axis=0), abs=1e-6)
    assert 0 < np.argmin(alone, axis=0).sum() <= 50
    assert fit.converged.all()


def test_the_slope_is_the_derivative_of_the_profile(truth):
    model = truth(20_000)
    found = profile(model, bh.Fixed(FAMILIES[1]), (*nuisance.CMS_EXO_22_026, nuisance.efficiency(0.2)))
    counts = model.toys(20, 4, 100.0, MASS)
    centres = np.random.default_rng(5).standard_normal((20, 4))
    low, middle, high = (
        found.fit(counts, found.competing(counts), np.full(20, s), centres) for s in (119.0, 120.0, 121.0)
    )
    assert middle.slope == pytest.approx((high.nll - low.nll) / 2, abs=2e-4)


def test_auxiliary_measurements_pull_their_parameters(truth):
    model = truth(20_000)
    found = profile(model, bh.Fixed(FAMILIES[1]), [nuisance.efficiency(0.2)])
    counts = model.toys(2, 6)
    fit = found.fit(counts, found.competing(counts), np.zeros(2), np.array([[0.7], [-1.3]]))
    assert fit.nuisances == pytest.approx(np.array([[0.7], [-1.3]]), abs=1e-4)


def test_a_free_strength_is_not_negative(truth):
    model = truth(3000)
    found = profile(model, bh.Fixed(FAMILIES[1]))
    counts = model.toys(200, 7)
    fit = found.fit(counts, found.competing(counts))
    assert (fit.strength >= 0).all()
    assert 0.3 < (fit.strength == 0).mean() < 0.7
    assert (fit.slope[fit.strength == 0] > -1e-3).all()

from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.likelihood import Likelihood
from dijethunt.bumphunt.placed import place
from dijethunt.bumphunt.precision import point, relative_uncertainty
from dijethunt.bumphunt.scoring import minimise
from dijethunt.bumphunt.search import Search
from dijethunt.bumphunt.toys import poisson


@pytest.mark.parametrize("mass", [2000.0, 3000.0, 5000.0])
def test_uncertainty_is_the_scatter_of_fitted_toys(truth, mass):
    model = truth(20_000)
    basis = model.background.whitened(model.theta)
    minimum = minimise(Likelihood(basis, model.toys(2000, 4)))
    at = point(model.family, mass)
    density = np.exp(at.logarithm(basis.theta(minimum.point))[0][:, 0])
    quoted = relative_uncertainty(basis, minimum, at)
    assert density.std() / density.mean() == pytest.approx(quoted.mean(), rel=0.06)


def test_uncertainty_of_a_curve_is_the_scatter_of_fitted_toys(truth):
    model, curve = truth(20_000), bh.families.modexp(2)
    binned = place(model.edges, curve)
    theta = binned.start(model.expected)
    basis = binned.whitened(theta)
    minimum = minimise(Likelihood(basis, poisson(binned.expected(theta), 1000, 4)))
    at = point(curve, 3000.0)
    density = np.exp(at.logarithm(basis.theta(minimum.point))[0][:, 0])
    quoted = relative_uncertainty(basis, minimum, at)
    assert density.std() / density.mean() == pytest.approx(quoted.mean(), rel=0.08)


def test_a_curve_that_is_the_family_is_less_precise_by_its_extra_parameter(truth):
    model, curve = truth(20_000), bh.families.polyext(4)
    family = point(model.family, 3000.0)
    counts = model.expected[None]
    basis = model.background.whitened(model.theta)
    alone = relative_uncertainty(basis, minimise(Likelihood(basis, counts)), family)[0]
    bent = place(model.edges, curve).whitened(np.array([*model.theta, 0.0]))
    extended = relative_uncertainty(bent, minimise(Likelihood(bent, counts)), point(curve, 3000.0))[0]
    assert alone < extended < 2 * alone


def test_equal_categories_are_together_as_precise_as_twice_the_events(truth):
    model = truth(20_000)
    spectrum = model.spectrum(1)
    rule = bh.Fixed(model.family)
    one, two = Search.on([spectrum], rule), Search.on([spectrum, spectrum], rule)
    alone = relative_uncertainty(one.basis, one.null.minima[0], point(model.family, 3000.0))
    both = relative_uncertainty(two.basis, two.null.minima[0], point(model.family, 3000.0, 2))
    assert both[0] == pytest.approx(alone[0] / np.sqrt(2), rel=1e-4)

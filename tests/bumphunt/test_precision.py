from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.likelihood import Likelihood
from dijethunt.bumphunt.precision import point, relative_uncertainty
from dijethunt.bumphunt.scoring import minimise
from dijethunt.bumphunt.search import Search


@pytest.mark.parametrize("mass", [2000.0, 3000.0, 5000.0])
def test_uncertainty_is_the_scatter_of_fitted_toys(truth, mass):
    model = truth(20_000)
    basis = model.background.whitened(model.theta)
    minimum = minimise(Likelihood(basis, model.toys(2000, 4)))
    at = point(model.family, mass)
    density = np.exp(basis.theta(minimum.point) @ at[0])
    quoted = relative_uncertainty(basis, minimum, at)
    assert density.std() / density.mean() == pytest.approx(quoted.mean(), rel=0.06)


def test_equal_categories_are_together_as_precise_as_twice_the_events(truth):
    model = truth(20_000)
    spectrum = model.spectrum(1)
    rule = bh.Fixed(model.family)
    one, two = Search.on([spectrum], rule), Search.on([spectrum, spectrum], rule)
    alone = relative_uncertainty(one.basis, one.null.minima[0], point(model.family, 3000.0))
    both = relative_uncertainty(two.basis, two.null.minima[0], point(model.family, 3000.0, 2))
    assert both[0] == pytest.approx(alone[0] / np.sqrt(2), rel=1e-4)

from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.template_shape import monotone
from scipy.stats import norm


def test_a_gaussian_is_exact_with_five_quantiles():
    shape = bh.TemplateShape(3000.0, tuple(0.98 + 0.05 * np.linspace(-2, 2, 5)), 2.0)
    z = np.linspace(-6, 6, 50)
    assert shape.position(z) == pytest.approx(0.98 + 0.05 * z, abs=1e-14)


def test_between_increasing_quantiles_the_position_increases():
    shape = bh.TemplateShape(3000.0, (0.5, 0.6, 0.95, 0.951, 0.952, 1.2, 1.21), 3.0)
    assert (np.diff(shape.position(np.linspace(-9, 9, 2000))) > 0).all()


def test_interpolation_goes_through_its_knots_and_on_linearly():
    knots, values = np.array([0.0, 1.0, 3.0]), np.array([1.0, 2.0, 8.0])
    assert monotone(knots, values, knots) == pytest.approx(values)
    assert monotone(knots, values, np.array([-2.0, 4.0])) == pytest.approx([-1.0, 11.0])


@pytest.mark.parametrize(
    ("quantiles", "mass", "reach", "message"),
    [
        ((0.9, 1.0, 1.1), 3000.0, 3.0, "with 3 quantiles"),
        ((0.9, 1.0, 1.0, 1.1, 1.2), 3000.0, 3.0, "which increase"),
        ((0.9, 1.0, np.nan, 1.1, 1.2), 3000.0, 3.0, "which increase"),
        (tuple(norm.ppf([0.1, 0.2, 0.3, 0.4, 0.5])), -1.0, 3.0, "at -1 GeV"),
        (tuple(norm.ppf([0.1, 0.2, 0.3, 0.4, 0.5])), 3000.0, 0.0, "to 0 standard deviations"),
    ],
)
def test_impossible_shapes_are_refused(quantiles, mass, reach, message):
    with pytest.raises(bh.SignalError, match=message):
        bh.TemplateShape(mass, quantiles, reach)

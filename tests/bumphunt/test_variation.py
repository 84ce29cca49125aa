from __future__ import annotations

import numpy as np
import pytest
from dijethunt.bumphunt.variation import Variations


@pytest.fixture
def varied():
    rng = np.random.default_rng(1)
    return Variations(
        ("yield", "scale", "width"),
        np.array([0.1, 0.0, 0.05]),
        rng.normal(0, 0.1, (3, 6)),
        rng.normal(0, 0.02, (3, 6)),
    )


def test_at_the_centre_the_signal_is_the_template(varied):
    template = np.arange(1.0, 7.0)
    signal, _ = varied.signal(template[None, :], np.zeros((2, 3)))
    assert (signal == template).all()
    assert len(varied) == 3


def test_a_yield_multiplies_all_bins(varied):
    yields = Variations(("yield",), np.log([1.1]), np.zeros((1, 6)), np.zeros((1, 6)))
    signal, _ = yields.signal(np.ones((1, 6)), np.array([[2.0]]))
    assert signal == pytest.approx(1.21 * np.ones((1, 6)))


def test_derivatives_are_those_of_the_signal(varied):
    rng, h = np.random.default_rng(2), 1e-5
    template, nu = rng.uniform(0.5, 2, (4, 6)), rng.normal(0, 1, (4, 3))
    _, slopes = varied.signal(template, nu)
    second = varied.second(template, nu)
    for k, step in enumerate(h * np.eye(3)):
        (up, slope_up), (down, slope_down) = (varied.signal(template, nu + s) for s in (step, -step))
        assert slopes[:, k] == pytest.approx((up - down) / (2 * h), abs=1e-8)
        assert second[:, k] == pytest.approx((slope_up - slope_down) / (2 * h), abs=1e-8)

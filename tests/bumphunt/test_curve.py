from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.placed import place

CURVES = [
    family
    for name in bh.families.names()
    for family in (bh.families.family(name, n) for n in bh.families.sizes(name))
    if not family.log_linear
]
X = np.linspace(0.1, 0.75, 9)


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
@pytest.mark.parametrize("shift", [0.0, 0.05])
def test_derivatives_are_finite_differences(curve, shift):
    theta = np.array([[0.3, *start] for start in curve.starts]) + shift
    _, slopes, second = curve.logarithm(X, theta, 2)
    for index in range(theta.shape[1]):
        step = np.zeros_like(theta)
        step[:, index] = 1e-5 * np.maximum(1, np.abs(theta[:, index]))
        up, down = curve.logarithm(X, theta + step, 2), curve.logarithm(X, theta - step, 2)
        for found, order in ((slopes, 0), (second, 1)):
            wanted = (up[order] - down[order]) / (2 * step[:, index].reshape(-1, *[1] * (up[order].ndim - 1)))
            assert found[..., index] == pytest.approx(wanted, rel=1e-6, abs=1e-6 * np.abs(found).max())
    assert second == pytest.approx(second.swapaxes(-1, -2))


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_orders_agree(curve):
    theta = np.array([[0.0, *curve.starts[0]]])
    all_three = curve.logarithm(X, theta, 2)
    for order in (0, 1):
        some = curve.logarithm(X, theta, order)
        assert len(some) == order + 1
        for one, other in zip(some, all_three, strict=False):
            assert np.array_equal(one, other)


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
@pytest.mark.parametrize("size", [1e2, 1e4])
def test_extreme_parameters_neither_warn_nor_break(curve, size):
    rng = np.random.default_rng(1)
    theta = rng.normal(0, size, (50, 1 + curve.n_shape))
    parts = place(bh.dijet_edges(1455, 9000), curve).parts(theta)
    assert np.isfinite(parts).all()
    assert (parts > 0).all()
    assert all(np.isfinite(found).all() for found in curve.logarithm(X, theta, 2))


def test_a_curve_has_no_design_and_needs_starts():
    curve = bh.families.power()
    with pytest.raises(bh.FamilyError, match="power2 is not log-linear"):
        curve.design([0.2])
    with pytest.raises(bh.FamilyError, match="power2 has 2 shape parameters; its starts are"):
        bh.Curve(curve.name, curve.formula, curve.terms, 2, starts=((1.0,),))

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def basis(truth):
    model = truth(3000)
    return model.background.whitened(model.theta)


PHI = np.array([[0.3, -0.5, 0.8, 0.1], [0.0, 0.0, 0.0, 0.0]])
STEP = 1e-5


def shifted(function):
    return [(function(PHI + s) - function(PHI - s)) / (2 * STEP) for s in STEP * np.eye(4)]


def test_parts_add_up_to_the_background(basis, truth):
    model = truth(3000)
    assert basis.parts(PHI).sum(1)[1] == pytest.approx(basis.expected, rel=1e-13)
    assert basis.parts(PHI).sum(1)[0] == pytest.approx(
        model.background.expected(basis.theta(PHI[0])), rel=1e-12
    )


def test_slopes_are_the_derivatives_of_the_parts(basis):
    parts = basis.parts(PHI)
    weight = np.random.default_rng(1).normal(0, 1, parts.shape)
    by_parameter = shifted(basis.parts)
    assert basis.pull(parts * weight, PHI) == pytest.approx(
        np.stack([(d * weight).sum((1, 2)) for d in by_parameter], axis=1), rel=1e-6
    )
    assert basis.jacobian(parts, PHI) == pytest.approx(
        np.stack([d.sum(1) for d in by_parameter], axis=2), rel=1e-6, abs=1e-9
    )
    second = shifted(lambda phi: basis.pull(basis.parts(phi) * weight, phi))
    assert basis.second(parts * weight, PHI) == pytest.approx(np.stack(second, axis=1), rel=1e-6, abs=1e-6)


def test_means_are_exact_at_the_reference(basis):
    parts = basis.parts(PHI[1:])
    exact = basis.jacobian(parts, PHI[1:])[0] / basis.expected[:, None]
    assert basis.means(parts, PHI[1:])[0] == pytest.approx(exact, rel=1e-12)

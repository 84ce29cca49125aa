"""Frames in which the constituents of a jet are given."""

from __future__ import annotations

import numpy as np
import pytest
from dijethunt.taggers.constituent_frame import in_frame


def jets(n: int = 50, seed: int = 1) -> np.ndarray:
    """Jets of 20 to 60 massless constituents around random axes, padded with zeros."""
    rng = np.random.default_rng(seed)
    pt = np.sort(rng.exponential(10, (n, 100)))[:, ::-1] * (np.arange(100) < rng.integers(20, 60, n)[:, None])
    eta = rng.normal(0, 1, (n, 1)) + rng.normal(0, 0.2, (n, 100))
    phi = rng.uniform(-3, 3, (n, 1)) + rng.normal(0, 0.2, (n, 100))
    return np.stack([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)], axis=2).astype(np.float32)


def moved(p: np.ndarray, angle: float, rapidity: float) -> np.ndarray:
    """Rotate massless momenta around the beam and boost them along it."""
    x, y, z = np.moveaxis(p.astype(np.float64), 2, 0)
    energy = np.linalg.norm(p.astype(np.float64), axis=2)
    turned = np.cos(angle) * x - np.sin(angle) * y, np.sin(angle) * x + np.cos(angle) * y
    return np.stack([*turned, np.cosh(rapidity) * z + np.sinh(rapidity) * energy], axis=2).astype(np.float32)


@pytest.mark.parametrize("frame", ["jet", "unit", "angles"])
def test_they_do_not_depend_on_where_the_jet_points(frame):
    given = jets()
    first, second = in_frame(given, frame), in_frame(moved(given, 1.3, -0.8), frame)
    assert second == pytest.approx(first, rel=1e-3, abs=1e-3 * float(np.abs(first).max()))
    assert not np.allclose(moved(given, 1.3, -0.8), given, rtol=0.1)


def test_the_whole_jet_has_momentum_along_one_axis():
    total = in_frame(jets(), "jet").sum(axis=1)
    assert np.all(total[:, 0] > 0)
    assert total[:, 1:] == pytest.approx(np.zeros((50, 2)), abs=1e-2)
    assert in_frame(jets(), "unit").sum(axis=1)[:, 0] == pytest.approx(np.ones(50), rel=1e-5)


def test_angles_are_those_to_the_axis_of_the_jet():
    """Two constituents at equal angles across the beam, one with three times the momentum of the other along the axis."""
    one = np.array([[[75.0, 7.5, 0.0], [25.0, -7.5, 0.0]]], np.float32)
    found = in_frame(one, "angles")[0]
    assert found[0] == pytest.approx(np.sqrt(0.75) * np.array([1, 5 * 0.1, 0]), rel=1e-6)
    assert found[1] == pytest.approx(np.sqrt(0.25) * np.array([1, 5 * -0.3, 0]), rel=1e-6)


def test_padding_stays_zero_and_the_laboratory_is_as_it_is():
    given = jets()
    empty = (given == 0).all(axis=2)
    assert empty.any()
    for frame in ("jet", "unit", "angles"):
        assert np.all(in_frame(given, frame)[empty] == 0)
    assert in_frame(given, "lab") is given
    assert np.all(in_frame(np.zeros((2, 100, 3), np.float32), "unit") == 0)

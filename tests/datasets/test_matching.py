"""Matching by direction."""

from __future__ import annotations

import numpy as np
from dijethunt.datasets.matching import Directions, distance, nearest


def test_distance_goes_around_the_circle() -> None:
    assert np.isclose(
        distance(np.array([0.3]), np.array([3.1]), np.array([0.0]), np.array([-3.1]))[0], 0.3114, 1e-3
    )


def test_nearest_is_what_a_loop_finds() -> None:
    rng = np.random.default_rng(2)

    def directions(number: int) -> Directions:
        group = np.sort(rng.integers(0, 40, number))
        return Directions(group, rng.normal(0, 1, number), rng.uniform(-np.pi, np.pi, number))

    things, targets = directions(300), directions(120)
    found = nearest(things, targets, 0.8)
    for i, match in enumerate(found):
        separation = distance(things.eta[i], things.phi[i], targets.eta, targets.phi)
        separation[targets.group != things.group[i]] = np.inf
        assert match == (separation.argmin() if separation.min() < 0.8 else -1)
    assert 50 < np.sum(found >= 0) < 250


def test_nothing_to_match() -> None:
    nothing = Directions(np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
    one = Directions(np.array([3]), np.zeros(1), np.zeros(1))
    assert nearest(one, nothing, 1.0).tolist() == [-1]
    assert nearest(nothing, one, 1.0).tolist() == []

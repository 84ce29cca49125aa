from __future__ import annotations

import numpy as np
import pytest
from dijethunt.bumphunt.crossing import intervals

KNOTS = np.geomspace(1.0, 100.0, 5)


def test_all_intervals_of_a_function_that_turns_are_found():
    found = intervals(lambda s: np.sin(3 * np.log(s)), KNOTS)
    turns = np.exp(np.pi / 3 * np.arange(5))
    assert np.array(found) == pytest.approx(np.array([turns[:2], turns[2:4], [turns[4], 100.0]]), rel=1e-12)


def test_ends_of_the_range_belong_to_an_interval():
    assert intervals(lambda s: s, KNOTS) == ((1.0, 100.0),)
    assert intervals(lambda s: -s, KNOTS) == ()
    assert intervals(lambda s: 10.0 - s, KNOTS) == ((1.0, pytest.approx(10.0)),)


def test_never_outside_the_range():
    def careful(s):
        assert ((s >= KNOTS[0]) & (s <= KNOTS[-1])).all()
        return s - 50.0

    assert intervals(careful, KNOTS) == ((pytest.approx(50.0), 100.0),)

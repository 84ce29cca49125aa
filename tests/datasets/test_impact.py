"""Displaced tracks."""

from __future__ import annotations

import numpy as np
import pytest
from dijethunt.datasets.detector import Flow
from dijethunt.datasets.impact import third_significance
from dijethunt.datasets.jet import Jets


def test_third_of_the_tracks_that_count() -> None:
    """Of d0 = 30, -20, 10 and 5 sigma the third is 10; soft, neutral and far away ones do not count."""
    sigma = np.hypot(0.0020, 0.008 / 4.0)
    d0 = np.array([5.0, 30.0, -20.0, 10.0, 40.0, 40.0, 0.0]) * sigma
    d0[6] = 0.21
    pt = np.array([4.0, 4.0, 4.0, 4.0, 0.9, 4.0, 4.0])
    charge = np.array([1, -1, 1, 1, 1, 0, 1], np.int8)
    nothing = np.zeros(7)
    flow = Flow(
        1,
        np.zeros(7, np.int64),
        pt,
        nothing,
        nothing,
        nothing,
        np.full(7, 211, np.int32),
        charge,
        d0,
        nothing,
    )
    one = np.ones(2)
    members, size = np.array([6, 5, 4, 3, 2, 1, 0, 1, 2]), np.array([7, 2])
    jets = Jets(1, np.zeros(2, np.int64), one, one, one, one, members, size)
    found = third_significance(flow, jets)
    assert found[0] == pytest.approx(10.0)
    assert found[1] == 0.0

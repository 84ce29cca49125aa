from __future__ import annotations

from itertools import pairwise

import dijethunt.bumphunt as bh
import pytest


@pytest.mark.parametrize("mass", [1500.0, 1900.0, 2000.0, 3000.0, 4500.0, 6000.0, 6700.0])
@pytest.mark.parametrize("ends", [(1460.0, 6800.0), (2000.0, 5200.0), (1600.0, 9000.0)])
def test_ranges_shrink_keep_their_distance_and_end(mass, ends):
    ranges = list(bh.RangeLoop().ranges(*ends, mass))
    assert ranges[0] == ends
    assert len(ranges) < 80
    assert len(set(ranges)) == len(ranges)
    for before, after in pairwise(ranges):
        assert (after[0] == before[0]) != (after[1] == before[1])
        assert before[0] <= after[0] <= max(mass - 400, ends[0])
        assert before[1] >= after[1] >= min(mass + 500, ends[1])


def test_the_first_steps_and_the_turns_are_the_published_ones():
    ranges = list(bh.RangeLoop().ranges(1460, 6800, 3000))
    assert ranges[:7] == [
        (1460, 6800),
        (1550, 6800),
        (1550, 6500),
        (1650, 6500),
        (1650, 6000),
        (1750, 6000),
        (1750, 5500),
    ]
    assert ranges[9:12] == [(1950, 5000), (1950, 4800), (2050, 4800)]
    assert ranges[-1] == (2550, 3600)


def test_impossible_steps_are_refused():
    with pytest.raises(bh.FitRangeError, match="all are positive"):
        bh.RangeLoop(step_low=0)

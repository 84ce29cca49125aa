"""Acceptance test T11: the window table."""

from itertools import pairwise

import numpy as np
import pytest
from dijethunt.datasets.error import UnknownNameError
from dijethunt.selections.window import (
    EDGES,
    EFFICIENCY,
    MASSES,
    WINDOWS,
    centred,
    inside,
    window,
    window_at,
)

TABLE = {  # low, high (GeV), resonance masses fitted, selection efficiency
    "A0": (1450, 1650, (), 0.01),
    "A1": (1650, 2017, (1800, 1900), 0.01),
    "A2": (2017, 2465, (2200, 2300), 0.01),
    "A3": (2465, 3013, (2600, 2700, 2800), 0.01),
    "A4": (3013, 3682, (3200, 3300, 3400, 3500), 0.03),
    "A5": (3682, 4500, (3900, 4000, 4100, 4200, 4300), 0.03),
    "A6": (4500, 5500, (4800, 4900, 5000, 5100, 5200), 0.05),
    "A7": (5500, 8000, (), None),
    "B0": (1492, 1824, (), 0.01),
    "B1": (1824, 2230, (2000, 2100), 0.01),
    "B2": (2230, 2725, (2400, 2500), 0.01),
    "B3": (2725, 3331, (2900, 3000, 3100), 0.01),
    "B4": (3331, 4071, (3600, 3700, 3800), 0.03),
    "B5": (4071, 4975, (4400, 4500, 4600, 4700), 0.03),
    "B6": (4975, 6081, (5300, 5400, 5500, 5600, 5700, 5800), 0.05),
    "B7": (6081, 8000, (), None),
}
MASS_MAP = [  # mass from which on a window is used
    (0, None),
    (1750, "A1"),
    (1950, "B1"),
    (2150, "A2"),
    (2350, "B2"),
    (2550, "A3"),
    (2850, "B3"),
    (3150, "A4"),
    (3550, "B4"),
    (3850, "A5"),
    (4350, "B5"),
    (4750, "A6"),
    (5250, "B6"),
    (13000, "B6"),
]


def test_table_is_complete():
    assert set(WINDOWS) == set(TABLE)


@pytest.mark.parametrize("name", TABLE)
def test_window_is_as_published(name):
    low, high, masses, efficiency = TABLE[name]
    w = WINDOWS[name]
    assert (w.name, w.low, w.high) == (name, low, high)
    assert MASSES.get(name, ()) == masses
    assert EFFICIENCY.get(name) == efficiency


@pytest.mark.parametrize("series", EDGES)
def test_edges_grow_by_eleven_ninths(series):
    for low, high in pairwise(EDGES[series][:-1]):
        assert high / low == pytest.approx(11 / 9, rel=0.003)


@pytest.mark.parametrize("name", MASSES)
def test_sidebands_are_the_neighbours_of_the_same_series(name):
    series, number = name[0], int(name[1])
    below, above = (WINDOWS[f"{series}{number + step}"] for step in (-1, 1))
    assert WINDOWS[name].sidebands == ((below.low, below.high), (above.low, above.high))


@pytest.mark.parametrize(("low", "name", "high"), [(*a, b[0]) for a, b in pairwise(MASS_MAP)])
def test_mass_map_is_total_and_disjoint(low, name, high):
    for mass in (low, (low + high) / 2, np.nextafter(high, 0)):
        found = window_at(mass)
        assert (found.name if found else None) == name


@pytest.mark.parametrize(("name", "mass"), [(n, m) for n, masses in MASSES.items() for m in masses])
def test_fitted_masses_lie_in_their_window(name, mass):
    assert window_at(mass) is WINDOWS[name]
    assert WINDOWS[name].region([mass]).tolist() == [0]


def test_inside_asks_for_both_sidebands():
    assert [w.name for w in inside(2230, 8000)] == ["B3", "A4", "B4", "A5", "B5", "A6", "B6"]
    assert [w.name for w in inside(2230.5, 8000)] == ["A4", "B4", "A5", "B5", "A6", "B6"]
    assert [w.name for w in inside(2017, 4071)] == ["A3", "B3"]
    assert inside(2500, 3500) == ()


def test_unknown_window():
    with pytest.raises(UnknownNameError, match="no window 'B9'; known: A0, A1"):
        window("B9")


def test_centred_windows_have_the_sidebands_of_the_series():
    """With +-10% the widths of the neighbours come out: their edges are 9/11 and 11/9 of this window's."""
    w = centred(3000)
    assert (w.low, w.high) == pytest.approx((2700, 3300))
    assert w.sidebands[0] == pytest.approx((2700 * 10 / 11, 2700))
    assert w.sidebands[1] == pytest.approx((3300, 3300 * 10 / 9))

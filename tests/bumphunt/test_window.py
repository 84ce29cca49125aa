from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.toys import drawn
from dijethunt.bumphunt.window import prepared

SIGNAL = bh.Gaussian(0.05)
LADDER = tuple(bh.families.dijet(n) for n in (2, 3))


def test_groups_with_the_same_spectra_share_their_toys(truth):
    model = truth(3000)
    one, two = model.spectrum(1), model.spectrum(2)
    windows = prepared([([2000.0], one), ([2500.0], two), ([3000.0], one)], model.family, SIGNAL)
    assert [window.stream for window in windows] == [0, 1, 0]
    toys = drawn(windows, 0, 1)
    assert sorted(toys) == [0, 1]
    assert not np.array_equal(toys[0], toys[1])


def test_categories_are_the_same_only_together(truth):
    model = truth(3000)
    one, two = model.spectrum(1), model.spectrum(2)
    groups = [([2000.0], [one, two]), ([2500.0], [two, one]), ([3000.0], [one, two])]
    windows = prepared(groups, model.family, SIGNAL, shares=(0.5, 0.5))
    assert [window.stream for window in windows] == [0, 1, 0]


def test_masses_with_tests_of_their_own_are_drawn_from_one_fit(truth):
    model = truth(20_000)
    groups = [([2400.0, 2600.0, 2800.0], model.spectrum(1)), ([3000.0], model.spectrum(1))]
    windows = prepared(groups, bh.FTest.published(LADDER), SIGNAL)
    assert [window.index for window in windows] == [0, 0, 0, 1]
    assert {window.stream for window in windows} == {0}
    assert all(window.truth is windows[0].truth for window in windows)
    assert windows[0].truth == pytest.approx(windows[1].test.expected)


@pytest.mark.parametrize("rule", [bh.families.dijet(3), bh.FTest.published(LADDER)])
def test_the_largest_root_is_that_of_all_masses_and_signals(truth, rule):
    model = truth(20_000)
    shapes = {"narrow": bh.Gaussian(0.03), "wide": bh.Gaussian(0.08)}
    windows = prepared([([2400.0, 3000.0], model.spectrum(1))], rule, shapes)
    toys = model.toys(50, 3)
    r = np.concatenate([window.roots(toys)[0] for window in windows], axis=1)
    found = np.max([window.largest(toys) for window in windows], axis=0)
    assert r.shape == (50, 4)
    assert found == pytest.approx(np.maximum(r.max(-1), 0), abs=1e-4)

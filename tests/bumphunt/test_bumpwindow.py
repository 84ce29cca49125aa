from __future__ import annotations

import numpy as np
import pytest
from dijethunt.bumphunt.bumpwindow import Axis, BumpWindowError, BumpWindows


def intervals(**arguments):
    windows = BumpWindows.on([Axis(**arguments)])
    return list(zip(windows.first[0].tolist(), windows.last[0].tolist(), strict=True))


def test_intervals_come_by_width_and_then_by_place():
    assert intervals(n_bins=4) == [(0, 1), (1, 2), (2, 3), (3, 4), (0, 2), (1, 3), (2, 4)]
    assert intervals(n_bins=6, widths=(2, 4), width_step=2, step="half") == [
        *[(0, 2), (1, 3), (2, 4), (3, 5), (4, 6)],
        *[(0, 4), (2, 6)],
    ]
    assert intervals(n_bins=6, widths=(2, 3), step="full") == [(0, 2), (2, 4), (4, 6), (0, 3), (3, 6)]
    assert intervals(n_bins=6, widths=(2, 2), step=2, margin=1) == [(1, 3), (3, 5)]
    assert intervals(n_bins=1) == [(0, 1)]


@pytest.mark.parametrize("shape", [(9,), (6, 5)])
def test_sums_are_those_of_the_bins(shape):
    windows = BumpWindows.on([Axis(n, (1, n)) for n in shape])
    assert len(windows) == np.prod([n * (n + 1) // 2 for n in shape])
    content = np.random.default_rng(1).uniform(0, 9, (3, *shape))
    sums = windows.sums(content)
    for found, first, last in zip(sums, windows.first.T, windows.last.T, strict=True):
        inside = (slice(None), *(slice(a, b) for a, b in zip(first, last, strict=True)))
        assert found == pytest.approx(content[inside].reshape(3, -1).sum(1))


def test_thin_bins_at_the_upper_end_keep_their_digits():
    content = np.geomspace(1e9, 1e-6, 30)[None]
    windows = BumpWindows.on([Axis(30)])
    last = int(np.flatnonzero(windows.first[0] == 29)[0])
    assert windows.sums(content)[last, 0] == pytest.approx(1e-6, rel=1e-12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"widths": (0, 3)}, "windows of 0 to 3 bins on 8 bins"),
        ({"widths": (4, 3)}, "windows of 4 to 3 bins"),
        ({"widths": (1, 9)}, "largest <= 8"),
        ({"margin": 3}, "windows of 1 to 4 bins on 8 bins with 3 left out at either end; .* <= 2"),
        ({"step": 0}, "step 0; give bins"),
        ({"step": "third"}, "step 'third'"),
        ({"width_step": 0}, "width_step 0"),
    ],
)
def test_windows_that_do_not_exist_are_refused(arguments, message):
    with pytest.raises(BumpWindowError, match=message):
        Axis(8, **arguments)

from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pyBumpHunter
import pytest
from scipy.stats import kstest

Y_EDGES = np.array([0.0, 40.0, 80.0, 120.0, 200.0])
SHARES = np.array([0.4, 0.3, 0.2, 0.1])


def counted(expected, seed):
    return np.random.default_rng(seed).poisson(expected).astype(float)


@pytest.fixture
def model(truth):
    return truth(20_000)


@pytest.fixture
def expected(model):
    return model.expected[:, None] * SHARES


@pytest.mark.parametrize(
    "choice",
    [
        {},
        {"mode": "deficit"},
        {"width_min": [2, 1], "width_max": [6, 3], "width_step": [2, 1], "scan_step": [2, 1]},
        {"use_sideband": True, "sideband_width": 1, "width_max": [4, 2]},
    ],
    ids=str,
)
def test_statistic_and_window_are_those_of_pybumphunter(model, expected, choice):
    choice = {"width_min": [1, 1], "width_max": [8, 2], "width_step": [1, 1], "scan_step": [1, 1], **choice}
    counts = counted(expected, 1)
    counts[10:12, 1] += 60
    hunter = pyBumpHunter.BumpHunter2D(npe=1, nworker=1, seed=1, bins=[model.edges, Y_EDGES], **choice)
    hunter.bump_scan(counts, expected, is_hist=True)
    found = bh.bumphunter_2d(
        bh.Plane(model.edges, Y_EDGES, counts),
        expected,
        widths=(choice["width_min"][0], choice["width_max"][0]),
        y_widths=(choice["width_min"][1], choice["width_max"][1]),
        width_step=tuple(choice["width_step"]),
        step=tuple(choice["scan_step"]),
        sidebands=choice.get("sideband_width"),
        deficits=choice.get("mode") == "deficit",
    )
    assert found.statistic == pytest.approx(hunter.t_ar[0], rel=1e-9)
    (x, y), (n, m) = hunter.min_loc_ar[0], hunter.min_width_ar[0]
    assert (found.bump.low, found.bump.high) == (model.edges[x], model.edges[x + n])
    assert (found.bump.y_low, found.bump.y_high) == (Y_EDGES[y], Y_EDGES[y + m])


def test_each_slice_is_fitted_in_data_and_toys(model, expected):
    counts = counted(expected, 2)
    counts[14:17, 2] += 40
    plane = bh.Plane(model.edges, Y_EDGES, counts)
    found = bh.bumphunter_2d(
        plane, bh.families.dijet(2), widths=(1, 6), n_toys=200, seed=1, fit_range=(1530, 6100)
    )
    assert found.p < 0.03
    assert (found.bump.y_low, found.bump.y_high) == (80, 120)
    assert found.n_failed == 0
    slices = [bh.fit(spectrum, bh.families.dijet(2), fit_range=(1530, 6100)) for spectrum in plane.slices]
    fitted = np.array(found.expected).reshape(-1, 4)
    assert fitted == pytest.approx(np.stack([one.expected for one in slices], axis=-1), rel=1e-4)
    assert bh.BumpHunt.from_json(found.to_json()) == found


def test_a_function_of_the_user_is_called_for_data_and_toys(model, expected):
    shape = expected / expected.sum()
    calls = []

    def scaled(counts):
        calls.append(len(counts))
        total = counts.sum((1, 2))[:, None, None]
        result = shape * total
        if len(counts) > 1:
            result[:3] = np.nan
        return result

    plane = bh.Plane(model.edges, Y_EDGES, counted(expected, 3))
    found = bh.bumphunter_2d(plane, scaled, widths=(1, 4), n_toys=100, seed=1)
    assert calls == [1, 100]
    assert (found.n_failed, len(found.toys)) == (3, 97)
    assert sum(found.expected) == pytest.approx(plane.counts.sum())


def test_global_p_is_uniform_over_background_planes(model, expected):
    p = []
    for seed in range(50):
        plane = bh.Plane(model.edges, Y_EDGES, counted(expected, seed))
        options = {"widths": (2, 6), "width_step": (2, 1), "step": ("half", 1), "n_toys": 100}
        p.append(bh.bumphunter_2d(plane, bh.families.dijet(2), seed=seed, **options).p)
    assert kstest(p, "uniform").pvalue > 0.01


def test_a_slice_that_cannot_be_fitted_is_named(model, expected):
    counts = counted(expected, 1)
    counts[:, 2] = 0
    plane = bh.Plane(model.edges, Y_EDGES, counts)
    with pytest.raises(bh.FitRangeError, match="bin 2 of the second axis: 0 of 35 bins"):
        bh.bumphunter_2d(plane, bh.families.dijet(2))
    with pytest.raises(bh.FitRangeError, match="no events between"):
        bh.bumphunter_2d(bh.Plane(model.edges, Y_EDGES, 0 * counts), expected)

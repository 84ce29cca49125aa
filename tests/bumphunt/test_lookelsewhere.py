from __future__ import annotations

import logging
from dataclasses import replace

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.lookelsewhere import euler_characteristic, extrapolated
from dijethunt.bumphunt.toys import toy_roots
from dijethunt.bumphunt.window import prepared
from scipy.special import ndtr

LOG = logging.getLogger(__name__)
SIGNAL = bh.Gaussian(0.05)
MASSES = np.arange(1800.0, 6001.0, 100.0)
RULE = bh.FTest(tuple(bh.families.dijet(n) for n in (2, 3, 4)))
SHAPES = {f"{width:g}": bh.Gaussian(width) for width in (0.03, 0.04, 0.05, 0.07, 0.1)}


def smooth_field(rng, n_rows, n_points, length):
    """Return normal fields with correlations exp(-d^2 / 2 length^2) along one axis, shape (n_rows, n_points)."""
    distance = np.subtract.outer(np.arange(n_points), np.arange(n_points)) / length
    values, vectors = np.linalg.eigh(np.exp(-(distance**2) / 2))
    return rng.normal(size=(n_rows, n_points)) @ (vectors * np.sqrt(np.maximum(values, 0))).T


def test_characteristic_counts_regions_and_holes():
    plain = np.zeros((5, 7), dtype=bool)
    two, ring = plain.copy(), plain.copy()
    two[0, 0] = two[2:4, 3:6] = True
    ring[1:4, 1:4] = True
    ring[2, 2] = False
    found = euler_characteristic(np.stack([plain, two, ring, ~plain]))
    assert found.tolist() == [0, 2, 0, 1]
    crossings = np.array([[1, 1, 0, 1, 0, 0, 1]], dtype=bool)[:, :, None]
    assert euler_characteristic(crossings).tolist() == [3]


def test_extrapolation_of_a_gaussian_process_is_that_of_rice(truth):
    """Upcrossings of z per unit length are exp(-z^2/2) / (2 pi length)."""
    rng = np.random.default_rng(1)
    field = smooth_field(rng, 4000, 200, 10.0)
    counted = float(euler_characteristic((field > 0.5)[:, :, None]).mean())
    gv = bh.GrossVitells(0.5, 0.01, 3.0, (0.5,), (counted,), 1, 4000, 1)
    z = np.array([2.0, 3.0, 4.0])
    expected = ndtr(-z) + 199 / (2 * np.pi * 10) * np.exp(-(z**2) / 2)
    assert extrapolated(gv, z) == pytest.approx(expected, rel=0.05)
    assert (field.max(-1) > 3).mean() == pytest.approx(float(extrapolated(gv, np.array(3.0))), rel=0.25)


@pytest.mark.parametrize("n_events", [3000, 200_000])
def test_extrapolation_agrees_with_toys(truth, n_events):
    model = truth(n_events)
    groups = [(MASSES, model.spectrum(1))]
    scan = bh.scan(groups, RULE, SIGNAL)
    found = bh.gross_vitells(scan, groups, RULE, SIGNAL, seed=2)
    largest = np.concatenate(list(toy_roots(prepared(groups, RULE, SIGNAL), 2000, 1)))
    brute = bh.p_of_toys(2.5, largest, 1)
    assert found.r == scan.largest.r
    assert found.p == extrapolated(found, np.array(found.r))
    assert 0.01 < found.error < 0.05
    assert brute.p - 0.02 < extrapolated(found, np.array(2.5)) < 1.6 * brute.p
    assert bh.GrossVitells.from_json(found.to_json()) == found
    beside = replace(brute, gross_vitells=found)
    assert bh.GlobalP.from_json(beside.to_json()) == beside
    assert "gross_vitells" not in brute.as_dict()


def test_extrapolation_does_not_depend_on_the_level(truth):
    model = truth(200_000)
    groups = [(MASSES, model.spectrum(1))]
    scan, top = bh.scan(groups, RULE, SIGNAL), np.array(3.0)
    found = [
        float(extrapolated(bh.gross_vitells(scan, groups, RULE, SIGNAL, n_toys=250, seed=1, level=z), top))
        for z in (0.25, 0.5, 1.0)
    ]
    assert found == pytest.approx([found[0]] * 3, rel=0.15)


def test_windows_add_up(truth):
    model = truth(20_000)
    groups = [(MASSES, model.spectrum(1)), (MASSES, model.spectrum(2))]
    scans = [bh.scan(some, model.family, SIGNAL) for some in (groups[:1], groups)]
    single = bh.gross_vitells(scans[0], groups[:1], model.family, SIGNAL, seed=1)
    double = bh.gross_vitells(scans[1], groups, model.family, SIGNAL, seed=1)
    assert double.n_groups == 2
    one, two = (float(extrapolated(found, np.array(3.0))) for found in (single, double))
    assert two == pytest.approx(2 * one, rel=0.15)


def test_scans_in_mass_and_width_need_two_levels(truth):
    model = truth(200_000)
    groups = [(MASSES[::4], model.spectrum(1))]
    scan = bh.scan(groups, model.family, SHAPES)
    found = bh.gross_vitells(scan, groups, model.family, SHAPES, n_toys=50, seed=1)
    assert found.levels == (1.0, 2.0)
    assert len(found.characteristics) == 2
    with pytest.raises(bh.SignalError, match="give 2 different positive roots"):
        bh.gross_vitells(scan, groups, model.family, SHAPES, seed=1, level=0.5)
    with pytest.raises(bh.SignalError, match="a scan in mass; give 1 different"):
        bh.gross_vitells(scan, groups, model.family, SIGNAL, seed=1, level=(0.5, 1.0))
    with pytest.raises(ValueError, match="at least one toy"):
        bh.gross_vitells(scan, groups, model.family, SHAPES, seed=1, n_toys=0)


def test_without_any_excess_the_p_value_is_one(truth):
    model = truth(3000)
    deficit = np.round(model.expected * (1 - 0.2 * (np.abs(np.arange(35) - 13) < 2)))
    groups = [([2600.0], bh.Spectrum(model.edges, deficit))]
    found = bh.gross_vitells(bh.scan(groups, model.family, SIGNAL), groups, model.family, SIGNAL, seed=1)
    assert found.p == 1
    assert found.r < -1


@pytest.mark.slow
@pytest.mark.parametrize("n_events", [300, 3000, 200_000])
@pytest.mark.parametrize("signal", [SIGNAL, SHAPES], ids=["mass", "mass_and_width"])
def test_extrapolation_and_toys_at_many_roots(truth, n_events, signal):
    model = truth(n_events)
    groups = [(MASSES, model.spectrum(1))]
    scan = bh.scan(groups, RULE, signal)
    found = bh.gross_vitells(scan, groups, RULE, signal, n_toys=500, seed=1)
    largest = np.concatenate(list(toy_roots(prepared(groups, RULE, signal), 10_000, 2)))
    assert np.isnan(largest).mean() < 0.005
    for z in (2.0, 2.5, 3.0, 3.5):
        brute, formula = float((largest > z).mean()), float(extrapolated(found, np.array(z)))
        LOG.info(
            "%d events, %d shapes, z > %.1f: toys %.4f, Gross-Vitells %.4f",
            n_events,
            len(found.levels),
            z,
            brute,
            formula,
        )
        assert 0.8 * brute < formula < 1.8 * brute or z > 3

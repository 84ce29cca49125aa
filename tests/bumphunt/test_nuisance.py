from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt import nuisance
from dijethunt.bumphunt.nuisance import Nuisance, NuisanceError, median, variations

EDGES = np.linspace(2000.0, 4000.0, 101)
BALL = bh.DoubleCrystalBall((bh.CrystalBall(3000.0, 0.97, 0.045, 0.8, 3.0, 2.0, 8.0),))


def varied(found, nu, template):
    return found.signal(template[None, :], np.array([nu], dtype=float))[0][0]


@pytest.mark.parametrize("sign", [-1, 1])
def test_one_standard_deviation_moves_and_widens_a_gaussian(sign):
    signal = bh.Gaussian(0.05, mean=0.98)
    found = variations(signal, [EDGES], 3000.0, [nuisance.scale(0.01), nuisance.resolution(0.035)])
    template = signal.template(EDGES, 3000.0)
    moved = bh.Gaussian(0.05 * (1 + sign * 0.01), 0.98 * (1 + sign * 0.01)).template(EDGES, 3000.0)
    wider = bh.Gaussian(0.05 * (1 + sign * 0.035), 0.98).template(EDGES, 3000.0)
    assert varied(found, (sign, 0), template) == pytest.approx(moved, abs=1e-12)
    assert varied(found, (0, sign), template) == pytest.approx(wider, abs=2e-8)


def test_between_the_two_the_shape_follows_to_a_permille_of_its_height():
    signal = bh.Gaussian(0.05)
    found = variations(signal, [EDGES], 3000.0, [nuisance.scale(0.01)])
    template = signal.template(EDGES, 3000.0)
    moved = bh.Gaussian(0.05 * 1.005, 1.005).template(EDGES, 3000.0)
    assert varied(found, (0.5,), template) == pytest.approx(moved, abs=1e-3 * template.max())


def test_yields_are_log_normal_and_multiply():
    signal = bh.Gaussian(0.05)
    found = variations(signal, [EDGES], 3000.0, [nuisance.luminosity(0.016), nuisance.efficiency(0.10)])
    template = signal.template(EDGES, 3000.0)
    assert varied(found, (1, -2), template) == pytest.approx(1.016 * 1.1**-2 * template)
    assert found.names == ("luminosity", "efficiency")
    assert not found.linear.any()


def test_a_shape_with_tails_widens_about_its_median_and_keeps_its_events():
    edges = np.linspace(0.0, 9000.0, 3001)
    found = variations(BALL, [edges], 3000.0, [nuisance.resolution(0.10)])
    template = BALL.template(edges, 3000.0)
    wider = varied(found, (1,), template)
    quantiles = [
        np.interp([0.2, 0.5, 0.8], np.cumsum(part) / part.sum(), edges[1:]) for part in (template, wider)
    ]
    assert quantiles[1][1] == pytest.approx(quantiles[0][1], abs=1.0)
    assert quantiles[1][1] == pytest.approx(median(BALL, 3000.0), abs=1.0)
    assert np.ptp(quantiles[1]) / np.ptp(quantiles[0]) == pytest.approx(1.10, abs=0.01)
    assert wider.sum() == pytest.approx(template.sum(), abs=2e-3)


def test_one_parameter_acts_on_all_categories():
    edges, shares = [EDGES, EDGES[10:]], (0.7, 0.2)
    found = variations(bh.Gaussian(0.05), edges, 3000.0, nuisance.CMS_EXO_22_026, shares)
    alone = variations(bh.Gaussian(0.05), [EDGES], 3000.0, nuisance.CMS_EXO_22_026)
    assert found.names == ("luminosity", "scale", "resolution")
    assert found.linear == pytest.approx(np.hstack([0.7 * alone.linear, 0.2 * alone.linear[:, 10:]]))
    assert found.quadratic == pytest.approx(np.hstack([0.7 * alone.quadratic, 0.2 * alone.quadratic[:, 10:]]))


def test_without_nuisances_there_are_no_variations():
    assert len(variations(bh.Gaussian(0.05), [EDGES], 3000.0, [])) == 0


@pytest.mark.parametrize("size", [0.0, -0.1, 1.0, 10.0, float("nan")])
def test_impossible_sizes_are_refused(size):
    with pytest.raises(NuisanceError, match=f"'efficiency' of size {size}"):
        nuisance.efficiency(size)


def test_impossible_kinds_and_names_are_refused():
    with pytest.raises(NuisanceError, match="'shape'; it needs a name and one of yield, scale, resolution"):
        Nuisance("x", 0.1, "shape")
    with pytest.raises(NuisanceError, match="needs a name"):
        nuisance.efficiency(0.1, name="")
    twice = [nuisance.efficiency(0.1), nuisance.efficiency(0.2)]
    with pytest.raises(NuisanceError, match="efficiency, efficiency: each name once"):
        variations(bh.Gaussian(0.05), [EDGES], 3000.0, twice)
    with pytest.raises(NuisanceError, match="1 shares for 2 categories"):
        variations(bh.Gaussian(0.05), [EDGES, EDGES], 3000.0, [])


def test_a_signal_that_moves_too_far_for_a_parabola_is_refused():
    edges = [np.linspace(2000.0, 4000.0, 101)]
    assert len(nuisance.variations(bh.Gaussian(0.02), edges, 3000.0, [nuisance.scale(0.01)])) == 1
    for too_large in (nuisance.scale(0.02), nuisance.resolution(0.6)):
        with pytest.raises(nuisance.NuisanceError, match="by more than a parabola follows"):
            nuisance.variations(bh.Gaussian(0.02), edges, 3000.0, [too_large])

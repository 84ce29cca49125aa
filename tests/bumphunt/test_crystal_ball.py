from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest

LIGHT = bh.CrystalBall(2000.0, 0.97, 0.050, 1.2, 3.0, 1.8, 6.0)
MIDDLE = bh.CrystalBall(3000.0, 0.98, 0.045, 1.4, 4.0, 2.0, 5.0)
HEAVY = bh.CrystalBall(5000.0, 0.985, 0.040, 1.5, 3.5, 2.1, 7.0)
SIGNAL = bh.DoubleCrystalBall((HEAVY, LIGHT, MIDDLE))


def test_known_masses_keep_their_shape_and_others_lie_between():
    for known in (LIGHT, MIDDLE, HEAVY):
        assert SIGNAL.shape(known.mass) == pytest.approx(known.shape)
    widths = [SIGNAL.shape(mass)[1] for mass in np.linspace(2000, 5000, 31)]
    assert (np.diff(widths) < 0).all()
    assert SIGNAL.shape(2500)[2:] == pytest.approx((LIGHT.shape + MIDDLE.shape)[2:] / 2)
    parabola = np.polyfit([2, 3, 5], [0.050, 0.045, 0.040], 2)
    assert SIGNAL.shape(4000)[1] == pytest.approx(np.polyval(parabola, 4))


def test_template_of_a_mass_between_is_that_of_its_shape():
    edges = np.linspace(1500, 5500, 81)
    template = SIGNAL.template(edges, 3000.0)
    assert (template > 0).all()
    assert 0.9 < template.sum() < 1
    assert bh.DoubleCrystalBall((MIDDLE,)).template(edges, 3000.0) == pytest.approx(template)
    assert edges[template.argmax()] == pytest.approx(2900, abs=60)


def test_one_mass_scales_with_the_mass():
    one = bh.DoubleCrystalBall((MIDDLE,))
    edges = np.linspace(1500, 5500, 41)
    assert one.template(edges * 1.5, 4500.0) == pytest.approx(one.template(edges, 3000.0))


def test_outside_the_known_masses_there_is_no_shape_unless_asked_for():
    with pytest.raises(
        bh.SignalError, match="no signal shape at 5500 GeV: it was simulated from 2000 to 5000 GeV"
    ):
        SIGNAL.template([1000, 2000], 5500.0)
    wider = bh.DoubleCrystalBall(SIGNAL.shapes, extrapolate=True)
    assert wider.shape(5500) == pytest.approx(HEAVY.shape)
    assert wider.shape(1500) == pytest.approx(LIGHT.shape)


def test_shapes_have_masses_of_their_own():
    with pytest.raises(bh.SignalError, match="each mass once"):
        bh.DoubleCrystalBall((MIDDLE, MIDDLE))
    with pytest.raises(bh.SignalError, match="at least one"):
        bh.DoubleCrystalBall(())


def test_simulation_of_several_masses_gives_a_shape_for_each():
    rng = np.random.default_rng(1)
    mjj = {
        mass: rng.normal(0.98, 0.04, 4000) * mass
        - mass * 0.1 * rng.exponential(1, 4000) * (rng.random(4000) < 0.2)
        for mass in (2000.0, 3000.0)
    }
    signal = bh.DoubleCrystalBall.from_simulation(mjj)
    assert [shape.mass for shape in signal.shapes] == [2000.0, 3000.0]
    assert signal.shapes[1] == bh.fit_crystal_ball(3000.0, mjj[3000.0])
    weights = {2000.0: np.ones(4000), 3000.0: np.ones(4000)}
    assert bh.DoubleCrystalBall.from_simulation(mjj, weights) == signal


def test_fit_scan_toys_limit_and_asimov_work_with_it(truth):
    model = truth(20_000)
    template = SIGNAL.template(model.edges, 3000.0)
    spectrum = bh.Spectrum(model.edges, np.random.default_rng(1).poisson(model.expected + 250 * template))
    fit = bh.fit(spectrum, model.family, SIGNAL, 3000.0)
    assert fit.values[-1] == pytest.approx(250, abs=3 * fit.errors[-1])
    groups = [([2500.0, 3000.0, 3500.0], spectrum)]
    scan = bh.scan(groups, model.family, SIGNAL)
    assert scan.largest.mass == 3000
    assert scan.largest.r > 3
    assert bh.global_p(scan, groups, model.family, SIGNAL, n_toys=100, seed=1).p < 0.05
    gaussian = bh.limit(model.spectrum(2), model.family, bh.Gaussian(0.045, 0.98), 3000.0)
    tailed = bh.limit(model.spectrum(2), model.family, SIGNAL, 3000.0)
    assert 1 < tailed.expected[2] / gaussian.expected[2] < 2
    z = bh.asimov_significance(model.spectrum(2), model.family, SIGNAL, 3000.0, strength=250)
    assert scan.largest.r == pytest.approx(z, abs=3)


def test_it_survives_json():
    assert bh.DoubleCrystalBall.from_json(SIGNAL.to_json()) == SIGNAL

from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from iminuit import Minuit

SIGNAL = bh.Gaussian(0.05)


def test_each_mass_uses_the_spectrum_of_its_own_window(truth):
    model = truth(3000)
    with_signal, without = model.spectrum(1, strength=150, mass=2500), model.spectrum(2)
    scan = bh.scan([([2500.0], with_signal), ([2400.0, 2600.0], without)], model.family, SIGNAL)
    assert [(p.mass, p.group) for p in scan.points] == [(2400, 1), (2500, 0), (2600, 1)]
    for point in scan.points:
        spectrum = with_signal if point.group == 0 else without
        alone = bh.scan([([point.mass], spectrum)], model.family, SIGNAL).points[0]
        assert point.r == pytest.approx(alone.r, abs=1e-9)
        fit = bh.fit(spectrum, model.family, SIGNAL, point.mass)
        assert (point.strength, point.error) == pytest.approx((fit.values[-1], fit.errors[-1]), rel=1e-5)
        null = bh.fit(spectrum, model.family)
        assert point.r**2 == pytest.approx(2 * (null.nll - fit.nll), abs=1e-6)
    assert scan.largest.mass == 2500
    assert scan.largest.r > 4
    assert scan.p_global is None


def test_deficits_have_negative_roots_and_half_as_p_value(truth):
    model = truth(200_000)
    deficit = model.toys(1, 1)[0]
    deficit[15:18] *= 0.8
    point = bh.scan([([2900.0], bh.Spectrum(model.edges, np.round(deficit)))], model.family, SIGNAL).points[0]
    assert point.r < -5
    assert point.strength < 0
    assert point.p_local == 0.5


def test_masses_with_little_background_are_flagged(truth):
    model = truth(300)
    scan = bh.scan([([1800.0, 5000.0], model.spectrum(1))], model.family, SIGNAL)
    assert [point.asymptotic_valid for point in scan.points] == [True, False]
    assert all(point.valid for point in scan.points)
    assert "at 5000 GeV: the asymptotic p-value is not valid" in scan.warnings[0]


def test_the_rule_chooses_the_function_of_each_window(truth):
    model = truth(2_000_000)
    few = truth(300)
    rule = bh.FTest(tuple(bh.families.dijet(n) for n in (2, 3)))
    scan = bh.scan([([2500.0], model.spectrum(1)), ([3500.0], few.spectrum(1))], rule, SIGNAL)
    assert [point.function for point in scan.points] == [bh.families.dijet(n).formula for n in (3, 2)]


def test_categories_are_fitted_with_one_strength(truth):
    model = truth(200_000)
    clean, dirty = truth(300), truth(200_000)
    spectra = [clean.spectrum(1, strength=15), dirty.spectrum(2, strength=15)]
    both = bh.scan([([3000.0], spectra)], model.family, SIGNAL, shares=(0.5, 0.5)).points[0]
    alone = bh.scan([([3000.0], spectra[0])], model.family, SIGNAL).points[0]
    assert both.r == pytest.approx(alone.r, abs=0.5)
    assert both.strength == pytest.approx(2 * alone.strength, rel=0.3)
    repeated = bh.scan([([3000.0], [spectra[0]] * 2)], model.family, SIGNAL, shares=(0.5, 0.5)).points[0]
    assert repeated.r == pytest.approx(np.sqrt(2) * alone.r, rel=1e-4)


def test_categories_have_the_joint_likelihood_of_iminuit(truth):
    """Two spectra with backgrounds of their own and one strength, minimised with MIGRAD from the fitted functions."""
    one, two = truth(3000), truth(20_000)
    spectra = [one.spectrum(1, strength=40), two.spectrum(2, strength=60)]
    shares, mass = (0.4, 0.6), 3000.0
    point = bh.scan([([mass], spectra)], one.family, SIGNAL, shares=shares).points[0]
    bases = [one.background.whitened(one.theta), two.background.whitened(two.theta)]
    templates = [share * SIGNAL.template(one.edges, mass) for share in shares]

    def nll(values):
        total = 0.0
        for i, (basis, template, spectrum) in enumerate(zip(bases, templates, spectra, strict=True)):
            phi = np.array(values[4 * i : 4 * i + 4])[None, :]
            expected = basis.parts(phi)[0].sum(0) + 10 * values[8] * template
            if not (expected > 0).all():
                return 1e9
            total += (expected - spectrum.counts * np.log(expected)).sum()
        return total

    def minimum(fixed):
        minuit = Minuit(nll, np.zeros(9))
        minuit.errordef, minuit.tol, minuit.strategy = Minuit.LIKELIHOOD, 1e-4, 2
        minuit.fixed[8] = fixed
        minuit.migrad()
        return minuit

    free, null = minimum(False), minimum(True)
    assert point.strength == pytest.approx(10 * free.values[8], rel=1e-3)
    assert point.r == pytest.approx(np.sqrt(2 * (null.fval - free.fval)), rel=1e-4)
    assert point.error == pytest.approx(10 * free.errors[8], rel=0.02)


def test_nuisances_of_the_shape_change_the_root_and_those_of_the_yield_do_not(truth):
    model = truth(20_000)
    groups = [([2600.0, 3000.0], model.spectrum(1, strength=150, mass=3100.0))]
    plain = bh.scan(groups, model.family, SIGNAL)
    rate = bh.scan(groups, model.family, SIGNAL, nuisances=[bh.nuisance.luminosity()])
    shape = bh.scan(groups, model.family, SIGNAL, nuisances=[bh.nuisance.scale(0.03)])
    assert [point.r for point in rate.points] == pytest.approx([point.r for point in plain.points], abs=1e-3)
    assert shape.points[1].r > plain.points[1].r + 0.05
    ranged = bh.scan(groups, model.family, SIGNAL, bh.RangeLoop(), nuisances=[bh.nuisance.scale(0.03)])
    assert ranged.points[1].r == pytest.approx(shape.points[1].r, abs=0.01)
    found = bh.global_p(
        shape, groups, model.family, SIGNAL, n_toys=100, seed=1, nuisances=[bh.nuisance.scale(0.03)]
    )
    assert found.n_failed == 0
    assert found.p < 0.1


def test_wrong_scans_are_named(truth):
    model = truth(3000)
    spectrum = model.spectrum(1)
    with pytest.raises(bh.SignalError, match="mass 8000 GeV is outside the fitted 1460-6800 GeV"):
        bh.scan([([8000.0], spectrum)], model.family, SIGNAL)
    with pytest.raises(bh.SignalError, match="no masses"):
        bh.scan([([], spectrum)], model.family, SIGNAL)
    with pytest.raises(bh.SignalError, match=r"shares \(1.0,\) for 2 categories"):
        bh.scan([([3000.0], [spectrum, spectrum])], model.family, SIGNAL)
    empty = bh.Spectrum(model.edges, np.zeros(35))
    with pytest.raises(bh.FitRangeError, match="no events"):
        bh.scan([([3000.0], empty)], model.family, SIGNAL)

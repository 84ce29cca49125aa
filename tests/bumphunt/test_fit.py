from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.fitted import Fitted
from dijethunt.bumphunt.likelihood import Likelihood
from dijethunt.bumphunt.scoring import minimise
from dijethunt.bumphunt.search import with_signal


def test_published_cms_spectrum_has_its_known_answer(cms_path):
    result = bh.fit_csv(cms_path)
    assert result.valid
    assert result.names == ("p0", "p1", "p2", "p3")
    assert result.values[1:] == pytest.approx((8.176, 5.217, -0.002), abs=6e-4)
    assert result.deviance == pytest.approx(41.3, abs=0.05)
    pearson, n_bins = bh.pearson(result.observed, result.expected, minimum=0)
    assert (float(pearson), int(n_bins) - 4) == (pytest.approx(39.6, abs=0.05), 38)
    assert result.ndof == 35
    assert result.p_value == pytest.approx(0.57, abs=0.01)
    assert sum(result.expected) == pytest.approx(6_557_829, rel=1e-6)


def test_values_make_the_expected_events(truth):
    spectrum = truth(3000).spectrum(1)
    family = bh.families.dijet(3)
    result = bh.fit(spectrum, family)
    again = bh.integral(lambda m: family.density(m, result.values), spectrum.edges)
    assert again == pytest.approx(result.expected, rel=1e-9)
    assert sum(result.expected) == pytest.approx(spectrum.total, rel=1e-4)


def test_pulls_of_the_background_are_unit_normal(truth):
    model = truth(200_000)
    basis, toys = model.background.whitened(model.theta), model.toys(1500, 11)
    likelihood = Likelihood(basis, toys)
    minimum = minimise(likelihood)
    covariance = np.linalg.inv(likelihood.information(likelihood.evaluate(minimum.point)))
    pulls = minimum.point / np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    assert np.abs(pulls.mean(0)).max() < 0.1
    assert np.abs(pulls.std(0) - 1).max() < 0.06


@pytest.mark.parametrize("mass", [2200.0, 3000.0, 4000.0])
def test_injected_signal_comes_back_linearly(truth, mass):
    model = truth(200_000)
    basis = model.background.whitened(model.theta)
    template = bh.Gaussian(0.05).template(model.edges, mass)
    asimov = Likelihood(basis, model.expected[None, :], template[None, :])
    sigma = errors(asimov, np.zeros((1, 5)))[0]
    found = []
    for strength in (0.0, 2 * sigma, 5 * sigma):
        toys = model.toys(1500, 12, strength, mass)
        null = minimise(Likelihood(basis, toys))
        fits = with_signal(basis, toys, template, null.expected, null.point)
        pulls = (fits.strength - strength) / errors(Likelihood(basis, toys, template[None, :]), fits.point)
        found.append(fits.strength.mean())
        assert abs(pulls.mean()) < 0.1
        assert pulls.std() == pytest.approx(1, abs=0.06)
    slope = np.polyfit([0, 2 * sigma, 5 * sigma], found, 1)[0]
    assert slope == pytest.approx(1, abs=0.03)


def errors(likelihood, point):
    """Return the standard deviation of the strength in each row."""
    information = likelihood.information(likelihood.evaluate(point))
    return np.sqrt(np.linalg.inv(information)[:, -1, -1]) * likelihood.unit


def test_fit_with_signal_reports_it_last_with_its_error(truth):
    model = truth(200_000)
    spectrum = model.spectrum(3, strength=1500)
    result = bh.fit(spectrum, model.family, bh.Gaussian(0.05), 3000.0)
    assert result.names == ("p0", "p1", "p2", "p3", "signal")
    assert result.mass == 3000.0
    assert result.values[-1] == pytest.approx(1500, abs=3 * result.errors[-1])
    assert 100 < result.errors[-1] < 400
    assert result.nll < bh.fit(spectrum, model.family).nll - 5
    covariance = np.array(result.covariance)
    assert np.sqrt(np.diag(covariance)) == pytest.approx(result.errors)
    assert covariance == pytest.approx(covariance.T)


def test_bins_narrower_than_the_resolution_do_not_change_the_answer(truth):
    model = truth(200_000)
    rng = np.random.default_rng(4)
    fine_edges = bh.subdivided(model.edges, 10)
    fine = bh.integral(
        lambda m: model.family.density(m, [np.exp(model.theta[0]), *model.theta[1:]]), fine_edges
    )
    spectrum = bh.Spectrum(fine_edges, rng.poisson(fine))
    narrow, wide = bh.fit(spectrum, model.family), bh.fit(spectrum.rebinned(model.edges), model.family)
    shift = np.subtract(narrow.values[1:], wide.values[1:]) / wide.errors[1:]
    assert np.abs(shift).max() < 0.3
    assert narrow.p_value > 0.01
    assert narrow.ndof > 10 * wide.ndof


def test_fit_range_selects_whole_bins(truth):
    model = truth(200_000)
    spectrum = model.spectrum(1)
    result = bh.fit(spectrum, model.family, fit_range=(2000, None))
    assert result.edges[0] == 2037
    assert result.edges[-1] == 6800
    assert result == bh.fit(spectrum.restricted(2037), model.family)


def test_an_empty_tail_is_fitted_like_any_other_bins(truth):
    model = truth(300)
    spectrum = model.spectrum(1)
    assert spectrum.counts[-8:].sum() == 0
    result = bh.fit(spectrum, model.family)
    assert result.valid
    assert 0 < sum(result.expected[-8:]) < 5


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"fit_range": (9000, 9500)}, bh.FitRangeError, "which covers 1460-6800 GeV"),
        ({"signal": bh.Gaussian(0.05), "mass": 7000.0}, bh.SignalError, "mass 7000 GeV is outside"),
        ({"signal": bh.Gaussian(0.05)}, bh.SignalError, "needs both"),
        ({"mass": 3000.0}, bh.SignalError, "needs neither"),
    ],
)
def test_wrong_requests_are_named(truth, arguments, error, message):
    with pytest.raises(error, match=message):
        bh.fit(truth(3000).spectrum(1), bh.families.dijet(3), **arguments)


def test_an_empty_window_is_named(truth):
    edges = truth(300).edges
    with pytest.raises(bh.FitRangeError, match="no events between 1460 and 6800 GeV"):
        bh.fit(bh.Spectrum(edges, np.zeros(35)), bh.families.dijet(3))
    with pytest.raises(bh.FitRangeError, match="2 of 35 bins in the fit range have events"):
        bh.fit(bh.Spectrum(edges, [3, 1, *[0] * 33]), bh.families.dijet(3))


def test_beyond_the_beam_energy_is_named():
    edges = [12_000, 12_500, 13_000, 13_500, 14_000]
    with pytest.raises(bh.FamilyError, match="13000 GeV"):
        bh.fit(bh.Spectrum(edges, [9, 8, 7, 6]), bh.families.dijet(2))


def test_without_a_positive_covariance_a_fit_is_not_valid(truth, monkeypatch):
    monkeypatch.setattr(Fitted, "covariance", None)
    result = bh.fit(truth(3000).spectrum(1), bh.families.dijet(3))
    assert not result.valid
    assert "do not determine all parameters" in result.warnings[0]
    assert result.as_dict()["errors"] == [None] * 4


def test_a_fit_that_does_not_converge_says_so(truth, monkeypatch):
    monkeypatch.setattr("dijethunt.bumphunt.scoring.EDM", 0.0)
    result = bh.fit(truth(3000).spectrum(1), bh.families.dijet(3))
    assert not result.valid
    assert "did not converge" in result.warnings[0]


def test_a_normalisation_beyond_double_precision_is_told():
    steep = bh.Family("steep", "p0 exp(-p1 x)", lambda x: -x[..., None], n_shape=1)
    result = bh.fit(bh.Spectrum(np.linspace(9000, 9050, 6), [90_000, 300, 1, 0, 0]), steep)
    assert result.valid
    assert result.errors[1] / result.values[1] == pytest.approx(0.01, rel=0.1)
    assert "p0 is exp(5144)" in result.warnings[0]


def test_a_signal_that_the_counts_do_not_determine_is_not_valid(truth):
    model = truth(3000)
    counts = model.spectrum(1).counts * (np.arange(35) < 12)
    result = bh.fit(bh.Spectrum(model.edges, counts), bh.families.dijet(3), bh.Gaussian(0.03), 6000.0)
    assert not result.valid
    assert "do not determine all parameters" in " ".join(result.warnings)


def test_a_signal_needs_more_bins_than_the_background_has_parameters():
    spectrum = bh.Spectrum([2000, 2200, 2400, 2600, 2800], [900, 480, 270, 150])
    with pytest.raises(
        bh.FitRangeError, match="4 bins cannot tell a signal from a background of 4 parameters"
    ):
        bh.fit(spectrum, bh.families.dijet(3), bh.Gaussian(0.05), 2400.0)


def test_nuisances_are_fitted_with_the_signal(truth):
    spectrum, shape = truth(200_000).spectrum(3, 2000), bh.Gaussian(0.05)
    asked = (spectrum, bh.families.dijet(3), shape, 3000.0)
    plain = bh.fit(*asked)
    uncertain = bh.fit(*asked, nuisances=(bh.nuisance.efficiency(0.2), bh.nuisance.scale(0.01)))
    assert uncertain.names == (*plain.names[:4], "efficiency", "scale", "signal")
    assert uncertain.ndof == plain.ndof
    assert uncertain.values[4] == pytest.approx(0, abs=1e-4)
    assert uncertain.errors[4] == pytest.approx(1, abs=1e-3)
    assert 0.1 < uncertain.errors[5] < 0.8
    wanted = np.hypot(plain.errors[-1] / plain.values[-1], np.log(1.2))
    assert uncertain.errors[-1] / uncertain.values[-1] == pytest.approx(wanted, rel=0.05)
    assert uncertain.nll <= plain.nll + 1e-7


def test_a_rule_that_profiles_families_is_fitted_with_the_best_one_for_the_signal(truth):
    spectrum, shape = truth(200_000).spectrum(3, 500), bh.Gaussian(0.05)
    rule = bh.Envelope([bh.families.dijet(n) for n in (2, 3, 4)])
    each = {family: bh.fit(spectrum, family, shape, 3000.0) for family in rule.families}
    best = min(each, key=lambda family: each[family].nll + 0.5 * family.n_shape)
    assert bh.fit(spectrum, rule, shape, 3000.0).function == each[best].function

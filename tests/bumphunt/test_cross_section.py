"""T10 among them: limits for an efficiency that turns on with the signal, against their analytic values."""

from __future__ import annotations

from dataclasses import replace

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from scipy.optimize import brentq

LUMINOSITY, ACCEPTANCE, PLATEAU = 100.0, 0.5, 0.2
YIELDS = LUMINOSITY * ACCEPTANCE
Z95 = 1.6448536269514722
INJECTED = np.geomspace(2.0, 500.0, 21)


def turn_on(sigma):
    return PLATEAU / (1 + np.exp(-np.log(sigma / 26.0) / 0.4))


def curve(sigma=INJECTED, relative=None):
    efficiency = turn_on(sigma)
    return bh.EfficiencyCurve(sigma, efficiency, None if relative is None else relative * efficiency)


def events(observed, expected=(30.0, 40.0, 50.0, 70.0, 90.0)):
    """Limits on the number of events, as `limit` returns them."""
    return bh.LimitResult(
        3000.0, observed, expected, 0.95, "asymptotic CLs", "signal events", 100.0, True, True
    )


def fixed_point(n):
    return brentq(lambda sigma: sigma * YIELDS * turn_on(sigma) - n, 1e-3, 1e4)


def limited(n, efficiency, **options):
    return bh.cross_section_limit(events(n), LUMINOSITY, ACCEPTANCE, efficiency, **options)


@pytest.mark.parametrize("n", [5.0, 15.0, 30.0, 100.0, 1000.0])
def test_limit_is_the_analytic_fixed_point(n):
    exact = limited(n, curve()).observed
    assert exact.limit == pytest.approx(fixed_point(n), rel=0.02)
    assert exact.excluded == ((exact.limit, 500.0),)
    assert exact.crossings == (exact.limit,)
    dense = limited(n, curve(np.geomspace(2, 500, 401)), rule="cms").observed
    assert dense.limit == pytest.approx(fixed_point(n), rel=0.02)
    assert dense.limit >= 0.999 * fixed_point(n)


def test_an_efficiency_of_the_plateau_makes_limits_many_times_too_strong():
    ratios = [
        limited(n, curve()).observed.limit / limited(n, PLATEAU).observed.limit for n in (5, 15, 30, 100)
    ]
    assert ratios == pytest.approx([17, 8, 5, 2.3], rel=0.03)


def toys(n_toys=200, truth=30.0, spread=20.0, seed=1):
    """Numbers of selected signal events that are excluded in data with a signal of the true cross section."""
    rng = np.random.default_rng(seed)
    return truth * YIELDS * turn_on(truth) + spread * rng.normal(size=n_toys) + Z95 * spread


@pytest.mark.parametrize("rule", ["crossings", "cms"])
def test_limits_cover_in_200_toys(rule):
    known = curve() if rule == "crossings" else curve(np.geomspace(2, 500, 401))
    share = np.mean([limited(n, known, rule=rule).observed.limit > 30.0 for n in toys()])
    assert share == pytest.approx(0.95, abs=0.03)


@pytest.mark.parametrize(("sigma", "covered"), [(2.0, 1.0), (100.0, 0.0), (500.0, 0.0)])
def test_the_efficiency_of_any_fixed_injection_does_not_cover(sigma, covered):
    share = np.mean([limited(n, turn_on(sigma)).observed.limit > 30.0 for n in toys()])
    assert share == covered
    assert limited(50.0, turn_on(sigma)).observed.limit != pytest.approx(fixed_point(50.0), rel=0.3)


def profiled(found, relative):
    """Upper limit on the mean of a Gaussian count of spread 20 whose efficiency is log-normal."""
    nu = np.linspace(-3, 3, 121)
    wanted = np.linspace(max(found, 0), 3 * abs(found) + 200, 501)
    q = (((wanted[:, None] * (1 + relative) ** nu - found) / 20.0) ** 2 + nu**2).min(-1)
    return float(np.interp(Z95**2, q, wanted))


@pytest.mark.parametrize("relative", [0.05, 0.20])
@pytest.mark.parametrize("asked", [True, False])
def test_limits_cover_with_an_efficiency_that_is_measured_badly(relative, asked):
    rng = np.random.default_rng(2)
    truth, covered = 30.0, []
    for _ in range(200):
        known = turn_on(INJECTED) * (1 + relative) ** rng.normal()
        found = truth * YIELDS * turn_on(truth) + 20.0 * rng.normal()
        number = profiled(found, relative) if asked else found + 20.0 * Z95
        upper = events(number)
        given = (lambda _, upper=upper: upper) if asked else upper
        measured = bh.EfficiencyCurve(INJECTED, known, relative * known)
        covered.append(bh.cross_section_limit(given, LUMINOSITY, ACCEPTANCE, measured).observed.limit > truth)
    assert 0.92 < np.mean(covered) < (0.98 if asked else 1.0)


@pytest.mark.parametrize("relative", [0.02, 0.10, 0.30])
def test_the_lowered_efficiency_is_weaker_than_the_profiled_one(relative):
    known, found = curve(relative=relative), 100.0
    lowered = limited(found + 20.0 * Z95, known)
    asked = bh.cross_section_limit(lambda size: events(profiled(found, size)), LUMINOSITY, ACCEPTANCE, known)
    none = limited(found + 20.0 * Z95, curve())
    assert lowered.observed.limit > asked.observed.limit > none.observed.limit
    assert lowered.method == "asymptotic CLs; crossings, efficiency lowered by its error"
    assert asked.method == "asymptotic CLs; crossings"


def test_an_error_that_depends_on_the_cross_section_is_taken_where_the_limit_is():
    error = np.where(INJECTED < 20, 0.5, 0.05) * turn_on(INJECTED)
    known = bh.EfficiencyCurve(INJECTED, turn_on(INJECTED), error)
    sizes = []

    def limit(size):
        sizes.append(size)
        return events(100.0 * (1 + size))

    found = bh.cross_section_limit(limit, LUMINOSITY, ACCEPTANCE, known).observed
    assert sizes == pytest.approx(np.where(INJECTED < 20, 0.5, 0.05))
    assert found.limit == pytest.approx(fixed_point(105.0), rel=0.02)
    assert found.events == pytest.approx(np.where(INJECTED < 20, 150, 105))


def test_every_crossing_of_an_efficiency_that_falls_again_is_reported():
    known = bh.EfficiencyCurve((1, 2, 4, 8, 16, 32), (0.05, 0.4, 0.4, 0.02, 0.02, 0.2))
    result = bh.cross_section_limit(events(0.8, (0.01, 0.8, 0.8, 0.8, 99.0)), 1.0, 1.0, known)
    (first, second), (third, last) = result.observed.excluded
    assert result.observed.crossings == (first, second, third)
    assert result.observed.limit == third
    assert last == 32.0
    sigma = np.array([first, second, third])
    assert sigma * known.at(sigma) == pytest.approx(0.8)
    assert "observed: the excluded cross sections are 2 intervals" in result.warnings
    assert result.expected[0].limit == 1.0
    assert "expected -2: the smallest injection, 1 fb, is excluded already; inject less" in result.warnings
    assert result.expected[4].limit is None
    assert result.expected[4].excluded == ()
    assert any(
        "expected +2: the largest injection, 32 fb, is not excluded" in text for text in result.warnings
    )


@pytest.mark.parametrize("rule", ["crossings", "cms"])
def test_nothing_is_excluded_beyond_the_largest_injection(rule):
    known = curve(np.geomspace(2, 20, 30))
    assert fixed_point(100.0) > 20
    found = limited(100.0, known, rule=rule)
    assert found.observed.limit is None
    assert found.observed.excluded == ()
    assert found.warnings[0] == (
        "observed: the largest injection, 20 fb, is not excluded (no smaller one is); inject more"
    )


def test_the_preference_takes_the_larger_of_injections_that_agree():
    known = bh.EfficiencyCurve((10.0, 20.0, 21.5, 40.0), (0.01, 0.1, 0.1, 0.2))
    plain, preferred, more = (
        bh.cross_section_limit(events(2.0), 1.0, 1.0, known, rule="cms", preference=part).observed.limit
        for part in (0.0, 0.10, 0.99999)
    )
    assert (plain, preferred, more) == (20.0, 21.5, 21.5)


def test_a_constant_efficiency_scales_the_limits():
    result = limited(50.0, 0.2)
    assert result.observed == bh.Exclusion(5.0, ((5.0, None),), (5.0,), (50.0,))
    assert [one.limit for one in result.expected] == pytest.approx([3, 4, 5, 7, 9])
    assert (result.mass, result.level) == (3000.0, 0.95)


def test_blind_limits_stay_blind_and_warnings_are_kept():
    found = replace(events(None), warnings=("few events",))
    result = bh.cross_section_limit(found, LUMINOSITY, ACCEPTANCE, curve())
    assert result.observed is None
    assert [one.limit for one in result.expected] == pytest.approx(
        [fixed_point(n) for n in found.expected], rel=0.02
    )
    assert result.warnings == ("few events",)


@pytest.mark.parametrize("efficiency", [0.2, curve(relative=0.1)])
def test_results_survive_json(efficiency):
    for observed in (50.0, None):
        result = limited(observed, efficiency)
        assert bh.CrossSectionLimit.from_json(result.to_json()) == result


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"luminosity": 0.0}, "luminosity 0.0 /fb"),
        ({"acceptance": 1.1}, "acceptance 1.1"),
        ({"efficiency": 0.0}, "efficiency 0.0"),
        ({"rule": "best"}, "rules are crossings, cms"),
        ({"preference": -0.1}, "preference -0.1"),
        ({"limit": events}, "which is a number"),
        ({"limit": events, "efficiency": curve()}, r"\+- 0 at 2 fb: a limit that depends on the error"),
        ({"limit": events, "efficiency": curve(relative=1.0)}, "between 0 and 100%"),
    ],
)
def test_impossible_requests_are_refused(changed, message):
    given = {"limit": events(5.0), "luminosity": 1.0, "acceptance": 1.0, "efficiency": 0.5, **changed}
    with pytest.raises(bh.EfficiencyError, match=message):
        bh.cross_section_limit(**given)


def test_where_the_efficiency_falls_the_rule_of_cms_can_state_what_is_not_excluded():
    known = bh.EfficiencyCurve((1.0, 2.0, 4.0), (0.5, 0.3, 0.3))
    cms, crossings = (
        bh.cross_section_limit(events(0.6), 1.0, 1.0, known, rule=rule).observed
        for rule in ("cms", "crossings")
    )
    assert cms.limit == pytest.approx(1.2)
    assert cms.limit * known.at(cms.limit) < 0.6
    assert crossings.limit * known.at(crossings.limit) == pytest.approx(0.6)


@pytest.mark.slow
def test_limits_from_spectra_cover_a_signal_that_turns_the_selection_on(truth):
    model, relative, covered = truth(3000), 0.1, []
    toys_with_signal = model.toys(500, 3, strength=30.0 * YIELDS * turn_on(30.0))
    for toy, shift in zip(toys_with_signal, np.random.default_rng(4).normal(size=500), strict=True):
        spectrum = bh.Spectrum(model.edges, toy)
        nuisances = [bh.nuisance.efficiency(relative)]
        upper = bh.limit(spectrum, model.family, bh.Gaussian(0.05), 3000.0, nuisances=nuisances)
        known = turn_on(INJECTED) * (1 + relative) ** shift
        measured = bh.EfficiencyCurve(INJECTED, known, relative * known)
        found = bh.cross_section_limit(lambda _, upper=upper: upper, LUMINOSITY, ACCEPTANCE, measured)
        covered.append(found.observed.limit > 30.0)
    assert np.mean(covered) == pytest.approx(0.95, abs=0.03)

from __future__ import annotations

import logging
import time
from dataclasses import replace

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt import nuisance
from dijethunt.bumphunt.ftest import Fixed
from dijethunt.bumphunt.limit_test import LimitTest
from dijethunt.bumphunt.search import Search
from dijethunt.bumphunt.toy_limit import toy_limits
from dijethunt.bumphunt.toy_test import ToyTest
from scipy.optimize import brentq
from scipy.stats import poisson

SIGNAL = bh.Gaussian(0.05)
LOG = logging.getLogger(__name__)


class OneBin:
    """A signal in the last bin."""

    def template(self, edges, _mass):
        return np.arange(1, len(edges)) == len(edges) - 1


def counting(n_observed, background):
    """A bin of GeV / 1000 beside one of 1000 GeV with a million events, which measures its background to 0.1%."""
    flat = bh.Family("flat", "p0", lambda x: np.zeros((*np.shape(x), 0)), n_shape=0)
    edges = [1000, 2000, 2000 + background / 1000]
    return bh.Spectrum(edges, [1_000_000, n_observed]), flat


def classic(n_observed, background, tied):
    """Solve CLs = 0.05 of a counting experiment, in which a share of equal counts is in the tail."""

    def tail(mean):
        return poisson.cdf(n_observed - 1, mean) + tied * poisson.pmf(n_observed, mean)

    return brentq(lambda s: tail(background + s) / tail(background) - 0.05, 0.1, 60)


@pytest.mark.parametrize("background", [0.5, 3.0])
def test_nothing_observed_excludes_three_events(background):
    result = bh.limit(*counting(0, background), OneBin(), 1500.0, method="toys", n_toys=2000)
    assert result.observed == pytest.approx(-np.log(0.05), rel=0.005)
    assert bh.limit(*counting(0, background), OneBin(), 1500.0).observed < 2.7


@pytest.mark.parametrize(("n_observed", "background"), [(3, 3.0), (8, 3.0), (5, 1.0)])
def test_limits_of_a_counting_experiment(n_observed, background):
    """The fluctuations of the background estimate order equal counts at random, half of them into the tail."""
    result = bh.limit(*counting(n_observed, background), OneBin(), 1500.0, method="toys", n_toys=4000)
    strict, middle, loose = (classic(n_observed, background, tied) for tied in (1e-9, 0.5, 1.0))
    assert strict < result.observed < loose
    assert result.observed == pytest.approx(middle, abs=0.01 * middle + 4 * result.toys.observed_error)


@pytest.mark.parametrize("nuisances", [(), nuisance.CMS_EXO_22_026])
def test_toys_agree_with_asymptotic_formulae_at_many_events(truth, nuisances):
    model = truth(200_000)
    asked = (model.spectrum(1), model.family, SIGNAL, 3000.0)
    toys = bh.limit(*asked, nuisances=nuisances, method="toys", n_toys=3000)
    formula = bh.limit(*asked, nuisances=nuisances)
    assert toys.valid
    assert toys.toys.n_failed == 0
    for one, other, error in zip(
        (toys.observed, *toys.expected),
        (formula.observed, *formula.expected),
        (toys.toys.observed_error, *toys.toys.expected_errors),
        strict=True,
    ):
        assert error / one < 0.05
        assert one == pytest.approx(other, abs=0.01 * other + 4 * error)


def test_statistical_errors_are_those_of_repetition(truth):
    model = truth(3000)
    found = [
        bh.limit(model.spectrum(2), model.family, SIGNAL, 2500.0, method="toys", n_toys=200, seed=seed)
        for seed in range(24)
    ]
    limits = np.array([(one.observed, *one.expected) for one in found])
    errors = np.array([(one.toys.observed_error, *one.toys.expected_errors) for one in found])
    assert np.median(errors, axis=0)[[0, 2, 3, 4]] == pytest.approx(limits.std(0)[[0, 2, 3, 4]], rel=0.5)
    assert limits.std(0)[0] / limits.mean(0)[0] < 0.04


def test_toys_depend_on_seed_and_mass_and_nothing_else(truth):
    model = truth(3000)
    asked = {"method": "toys", "n_toys": 200, "nuisances": [nuisance.efficiency(0.1)]}
    one, again = (
        bh.limit(model.spectrum(1), model.family, SIGNAL, 2500.0, **asked, seed=7) for _ in range(2)
    )
    other = bh.limit(model.spectrum(1), model.family, SIGNAL, 2500.0, **asked, seed=8)
    assert one == again
    assert one.observed != other.observed
    both = bh.limits([((3000.0, 2500.0), model.spectrum(1))], model.family, SIGNAL, **asked, seed=7)
    assert both.limits[0] == one
    assert bh.LimitScan.from_json(both.to_json()) == both


@pytest.mark.parametrize(
    "rule",
    [
        bh.FTest([bh.families.dijet(n) for n in (2, 3)]),
        bh.Envelope([bh.families.dijet(n) for n in (2, 3)]),
    ],
    ids=["F-test", "envelope"],
)
def test_the_function_is_chosen_again_in_toys(truth, rule):
    """Toys of three parameters: with few events the F-test misses the third, an envelope weighs it."""
    model = truth(20_000)
    test = LimitTest.on(search := Search.on([model.spectrum(1)], rule), search.template(SIGNAL, 2500.0))
    toys = ToyTest(test, 300, 1).background
    numbers = toys.competing.sum(1)
    if rule.penalty is None:
        assert (toys.competing.sum(0) == 1).all()
        assert 0 < numbers[0] < 300
    else:
        assert (numbers == 300).all()
    q, valid = toys.q(float(test.expected(0.05)[2]))
    assert valid.all()
    for row in range(3):
        again = Search.on([bh.Spectrum(model.edges, toys.counts[row])], rule)
        alone = LimitTest.on(again, test.profile.template).q(float(test.expected(0.05)[2]))[0, 0]
        assert q[row] == pytest.approx(alone, abs=1e-5)


def test_blind_toys_do_not_look_at_the_data(truth):
    model = truth(3000)
    asked = {"method": "toys", "n_toys": 200, "blind": True}
    search = Search.on([model.spectrum(1)], Fixed(model.family))
    template = search.template(SIGNAL, 2500.0)
    changed = replace(search, counts=search.counts + 5 * (template > 0.1))
    points = []
    for one in (search, changed):
        test = LimitTest.on(one, template)
        points.append(ToyTest(test, 200, 1, blind=True).point(40.0, 1))
    assert np.array_equal(points[0].cls, points[1].cls)
    result = bh.limit(model.spectrum(1), model.family, SIGNAL, 2500.0, **asked)
    assert result.observed is None
    assert result.scan.observed is None
    assert result.toys.observed_error is None


def test_toys_follow_limits_that_asymptotic_formulae_do_not_find(truth):
    model = truth(3000)
    search = Search.on([model.spectrum(1)], Fixed(model.family))
    test = ToyTest(LimitTest.on(search, search.template(SIGNAL, 2500.0)), 500, 3)
    right = test.test.expected(0.05)
    start = np.array([test.test.observed(0.05), *right])
    done = []
    far = toy_limits(test, 0.05, start / 8, lambda *numbers: done.append(numbers))
    near = toy_limits(test, 0.05, start)
    assert far.settled
    assert near.settled
    assert far.limits == pytest.approx(near.limits, rel=0.15)
    assert done[-1][0] == done[-1][1] == len(far.points) > len(near.points)


def test_too_few_toys_are_named(truth):
    model = truth(300)
    asked = {"method": "toys", "n_toys": 100}
    few = bh.limit(model.spectrum(1), model.family, SIGNAL, 4500.0, **asked)
    assert any("make more toys" in text for text in few.warnings)
    assert not any("use toys" in text for text in few.warnings)


def test_failed_fits_are_counted_and_make_limits_weaker(truth):
    model = truth(300)
    search = Search.on([model.spectrum(1)], Fixed(model.family))
    test = ToyTest(LimitTest.on(search, search.template(SIGNAL, 2500.0)), 400, 1)
    start = np.array([test.test.observed(0.05), *test.test.expected(0.05)])
    plain = toy_limits(test, 0.05, start)
    assert not plain.warnings
    broken = replace(test)
    broken.background.best.converged[:40] = False
    weaker = toy_limits(broken, 0.05, start)
    assert (weaker.limits[:4] > plain.limits[:4]).all()
    assert f"{40 * len(weaker.points)} tests of toys (0.05 of all) failed" in weaker.warnings[0]


@pytest.mark.slow
@pytest.mark.parametrize(("strength", "mass"), [(5.0, 4500.0), (15.0, 2500.0)])
def test_toy_limits_cover_at_three_hundred_events(truth, strength, mass):
    model = truth(300)
    spectra = [bh.Spectrum(model.edges, toy) for toy in model.toys(300, 44, strength, mass)]
    found = [
        bh.limit(one, model.family, SIGNAL, mass, method="toys", n_toys=200, seed=number).observed
        for number, one in enumerate(spectra)
    ]
    formula = [bh.limit(one, model.family, SIGNAL, mass).observed for one in spectra]
    coverage, asymptotic = (float(np.mean(np.array(limits) > strength)) for limits in (found, formula))
    LOG.info("%g events at %g GeV: coverage %.3f, asymptotic %.3f", strength, mass, coverage, asymptotic)
    assert coverage > 0.95 - 2 * np.sqrt(0.05 * 0.95 / 300)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n_events", "mass", "difference"),
    [
        (200_000, 3000.0, 0.02),
        (3000, 2500.0, 0.04),
        (300, 2500.0, 0.15),
        (300, 3500.0, 0.9),
        (300, 5500.0, 4.1),
    ],
)
def test_difference_between_toys_and_asymptotic_formulae(truth, n_events, mass, difference):
    model = truth(n_events)
    spectrum = bh.Spectrum(model.edges, np.round(model.expected))
    formula = bh.limit(spectrum, model.family, SIGNAL, mass)
    start = time.process_time()
    toys = bh.limit(spectrum, model.family, SIGNAL, mass, method="toys", n_toys=10_000)
    seconds = time.process_time() - start
    ratio = np.array(toys.expected) / formula.expected
    errors = np.array(toys.toys.expected_errors) / toys.expected
    row = ", ".join(f"{one:.3f} +- {error:.3f}" for one, error in zip(ratio, errors, strict=True))
    LOG.info("%g events, %g GeV, background %.3g: %s", n_events, mass, toys.background, row)
    LOG.info("median %.4g and %.4g, %.1f s", formula.expected[2], toys.expected[2], seconds)
    assert (np.abs(ratio - 1) < difference + 4 * errors).all()
    assert toys.toys.n_failed == 0


@pytest.mark.slow
def test_limits_with_an_f_test_are_weaker_than_asymptotic_formulae_say(truth):
    """Where it is content with too few parameters, the fits take a function as right that is not."""
    model = truth(200_000)
    spectrum = model.spectrum(1)
    rule = bh.FTest([bh.families.dijet(n) for n in (2, 3, 4)])
    search = Search.on([spectrum], rule)
    formula = bh.limit(spectrum, rule, SIGNAL, 3000.0)
    toys = bh.limit(spectrum, rule, SIGNAL, 3000.0, method="toys", n_toys=5000)
    choice = search.refit(
        poisson.rvs(search.expected, size=(5000, len(model.edges) - 1), random_state=45)
    ).choice
    LOG.info("parameters 2, 3, 4 chosen in %s", np.bincount(choice, minlength=3) / 5000)
    LOG.info("toys over asymptotic %s", np.round(np.array(toys.expected) / formula.expected, 3))
    assert search.chosen == 1
    assert toys.expected[2] / formula.expected[2] > 1.05

"""CLs is 0.05 at every limit, and expected limits are those of background toys."""

from __future__ import annotations

import logging

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.ftest import Fixed
from dijethunt.bumphunt.limit_test import LimitTest
from dijethunt.bumphunt.search import Search
from dijethunt.bumphunt.toy_test import ToyTest

LOG = logging.getLogger(__name__)
SIGNAL = bh.Gaussian(0.05)
EVENTS = [300, 3000, 200_000]
RULE = bh.FTest(tuple(bh.families.dijet(n) for n in (2, 3, 4)))
BANDS = [0.0228, 0.1587, 0.5, 0.8413, 0.9772]


def prepared(spectrum, rule, mass):
    search = Search.on([spectrum], rule)
    return LimitTest.on(search, search.template(SIGNAL, mass))


@pytest.mark.slow
@pytest.mark.parametrize("n_events", EVENTS)
def test_cls_is_five_percent_at_every_limit_of_a_scan(truth, n_events):
    spectrum, worst = truth(n_events).spectrum(1), 0.0
    for mass in np.arange(1800.0, 6001.0, 100.0):
        result = bh.limit(spectrum, RULE, SIGNAL, mass)
        test = prepared(spectrum, RULE, mass)
        cls = [test.cls(result.observed)[0], *np.diag(np.exp(test.log_cls(result.expected)[1:]))]
        worst = max(worst, np.abs(np.array(cls) - 0.05).max())
        assert result.valid
    LOG.info("%d events: CLs at 258 limits is 0.05 to %.1e", n_events, worst)
    assert worst < 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("n_events", EVENTS)
@pytest.mark.parametrize("mass", [2500.0, 4000.0])
def test_cls_of_other_toys_is_five_percent_at_limits_from_toys(truth, n_events, mass):
    model = truth(n_events)
    spectrum = model.spectrum(1)
    result = bh.limit(spectrum, model.family, SIGNAL, mass, method="toys", n_toys=3000)
    formula = bh.limit(spectrum, model.family, SIGNAL, mass)
    test = ToyTest(prepared(spectrum, Fixed(model.family), mass), 10_000, 77)
    limits = np.array([result.observed, *result.expected])
    moved = np.array([result.toys.observed_error, *result.toys.expected_errors]) / limits
    points = [test.point(one, number + 1) for number, one in enumerate(limits)]
    rows = [(one.cls[i], one.signal_variance[i], one.background_variance[i]) for i, one in enumerate(points)]
    cls, by_signal, by_background = np.array(rows).T
    steps = [np.diag(test.asymptotic(limits * factor)) for factor in (1.01, 0.99)]
    slope = (steps[0] - steps[1]) / np.log(1.01 / 0.99)
    pull = np.log(cls / 0.05) / np.sqrt(by_signal + by_background + (slope * moved) ** 2)
    LOG.info(
        "%d events, %g GeV, %d failed: CLs %s, pulls %s, limits over asymptotic ones %s +- %s",
        *(n_events, mass, result.toys.n_failed, np.round(cls, 4), np.round(pull, 1)),
        np.round(limits / [formula.observed, *formula.expected], 3),
        np.round(moved, 3),
    )
    assert result.valid
    assert result.toys.n_failed == 0
    assert np.abs(pull).max() < 4


@pytest.mark.slow
@pytest.mark.parametrize("n_events", EVENTS)
@pytest.mark.parametrize("mass", [2500.0, 4000.0])
def test_expected_limits_are_those_of_background_toys(truth, n_events, mass):
    model = truth(n_events)
    plain = bh.Spectrum(model.edges, np.round(model.expected))
    expected = bh.limit(plain, model.family, SIGNAL, mass)
    toys = [bh.Spectrum(model.edges, toy) for toy in model.toys(600, 61)]
    found = [bh.limit(one, model.family, SIGNAL, mass) for one in toys]
    assert all(one.valid for one in found)
    ratio = np.quantile([one.observed for one in found], BANDS) / expected.expected
    LOG.info("%d events, %g GeV: toys over formula %s", n_events, mass, np.round(ratio, 3))
    if n_events == 300:
        assert ratio[2] == pytest.approx(1, abs=0.2)
        return
    assert ratio[2] == pytest.approx(1, abs=0.06)
    assert ratio == pytest.approx(np.ones(5), abs=0.15)

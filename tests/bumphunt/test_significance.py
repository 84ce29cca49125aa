from __future__ import annotations

import logging

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.ftest import Fixed
from dijethunt.bumphunt.search import Search
from dijethunt.bumphunt.significance import background_under
from scipy.stats import kstest, norm

SIGNAL = bh.Gaussian(0.05)
LOG = logging.getLogger(__name__)


def roots(model, toys, masses):
    search = Search.on([bh.Spectrum(model.edges, np.round(model.expected))], Fixed(model.family))
    templates = np.stack([search.template(SIGNAL, mass) for mass in masses])
    return search.roots(toys, templates)


def test_p_and_z_invert_each_other():
    assert bh.z_value(bh.p_local([1.0, 3.0, 8.0])) == pytest.approx([1, 3, 8])
    assert bh.p_local(-3.0) == 0.5
    assert bh.q0([-2.0, 3.0]).tolist() == [0, 9]


@pytest.mark.parametrize("n_events", [3000, 200_000])
def test_discovery_statistic_passes_its_five_percent_threshold_in_five_percent(truth, n_events):
    model = truth(n_events)
    r, _, valid = roots(model, model.toys(4000, 21), [1800.0, 2500.0, 3300.0])
    assert valid.all()
    error = np.sqrt(0.05 * 0.95 / 4000)
    assert np.abs((bh.q0(r) > norm.isf(0.05) ** 2).mean(0) - 0.05).max() < 3 * error + 0.005


@pytest.mark.parametrize("mass", [1800.0, 3000.0, 4500.0])
def test_uncapped_signed_root_is_normal_in_background(truth, mass):
    model = truth(200_000)
    r, _, _ = roots(model, model.toys(2000, 22), [mass])
    assert kstest(r[:, 0], "norm").pvalue > 0.01
    assert r.std() == pytest.approx(1, abs=0.06)


@pytest.mark.parametrize(("mass", "strength"), [(2200.0, 1000.0), (3000.0, 500.0), (4000.0, 120.0)])
def test_asimov_significance_is_the_median_of_toys(truth, mass, strength):
    model = truth(200_000)
    plain = bh.Spectrum(model.edges, np.round(model.expected))
    z = bh.asimov_significance(plain, model.family, SIGNAL, mass, strength=strength)
    r, _, _ = roots(model, model.toys(1500, 23, strength, mass), [mass])
    assert 1 < z < 6
    assert np.median(r) == pytest.approx(z, abs=0.12)


def test_asimov_significance_of_a_signal_that_is_not_what_is_fitted(truth):
    model = truth(200_000)
    plain = bh.Spectrum(model.edges, np.round(model.expected))
    options = {"strength": 600, "fit_range": (2037, None)}
    fitted = SIGNAL.template(model.edges, 3000.0)
    tailed = 0.6 * fitted + 0.4 * bh.Gaussian(0.2).template(model.edges, 2600.0)
    same = bh.asimov_significance(plain, model.family, SIGNAL, 3000.0, truth=fitted, **options)
    less = bh.asimov_significance(plain, model.family, SIGNAL, 3000.0, truth=tailed, **options)
    assert same == pytest.approx(
        bh.asimov_significance(plain, model.family, SIGNAL, 3000.0, **options), rel=1e-9
    )
    assert 0.4 * same < less < 0.8 * same


def test_background_under_a_narrow_gaussian_is_that_within_177_sigma():
    edges = np.linspace(2000, 4000, 2001)
    flat = np.full(2000, 2.0)
    template = bh.Gaussian(0.03).template(edges, 3000)
    assert background_under(template, flat) == pytest.approx(2.0 * 2 * np.sqrt(np.pi) * 90, rel=1e-3)


def test_roots_do_not_depend_on_whether_deficits_are_skipped(truth):
    model = truth(3000)
    search = Search.on([model.spectrum(2)], Fixed(model.family))
    templates = np.stack([search.template(SIGNAL, mass) for mass in (2000.0, 2500.0, 3000.0)])
    toys = model.toys(300, 24)
    everything, _, _ = search.roots(toys, templates)
    excesses, _, _ = search.roots(toys, templates, excesses_only=True)
    assert excesses == pytest.approx(np.maximum(everything, 0), abs=1e-6)
    assert (excesses == 0).mean() > 0.3


@pytest.mark.slow
@pytest.mark.parametrize("n_events", [3000, 200_000])
def test_discovery_statistic_over_all_masses(truth, n_events):
    model = truth(n_events)
    masses = np.arange(1800.0, 6001.0, 300.0)
    toys = model.toys(20_000, 31)
    r, _, valid = roots(model, toys, masses)
    search = Search.on([bh.Spectrum(model.edges, np.round(model.expected))], Fixed(model.family))
    under = np.array([background_under(search.template(SIGNAL, m), model.expected) for m in masses])
    passed = (bh.q0(r) > norm.isf(0.05) ** 2).mean(0)
    for mass, events, share in zip(masses, under, passed, strict=True):
        LOG.info("%d events, %d GeV, %.1f background events: %.4f", n_events, mass, events, share)
    assert valid.mean() > 0.9999
    assert np.abs(passed[under >= 10] - 0.05).max() < 0.01


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strength": np.nan}, "strength nan; the significance is that of an excess"),
        ({"strength": -50.0}, "strength -50.0; the significance is that of an excess"),
        ({"strength": 50.0, "truth": np.ones(3)}, r"truth of shape \(3,\) on 35 bins"),
    ],
    ids=["nan", "negative", "truth"],
)
def test_asimov_significance_of_what_is_no_signal_is_refused(truth, options, message):
    model = truth(3000)
    with pytest.raises(bh.SignalError, match=message):
        bh.asimov_significance(model.spectrum(1), model.family, SIGNAL, 3000.0, **options)

from __future__ import annotations

import logging
from dataclasses import replace

import dijethunt.bumphunt as bh
import numpy as np
import pyhf
import pytest
from dijethunt.bumphunt.ftest import Fixed
from dijethunt.bumphunt.limit import LimitTest
from dijethunt.bumphunt.search import Search
from pyhf.modifiers import histfactory_set

SIGNAL = bh.Gaussian(0.05)
LOG = logging.getLogger(__name__)


def prepared(model, spectrum, mass):
    search = Search.on([spectrum], Fixed(model.family))
    return search, search.template(SIGNAL, mass)


@pytest.mark.parametrize("n_events", [300, 3000, 200_000])
@pytest.mark.parametrize("strength", [-1.5, 0.0, 2.0])
@pytest.mark.parametrize("level", [0.90, 0.95])
def test_cls_is_one_minus_level_at_the_limit(truth, n_events, strength, level):
    model = truth(n_events)
    mass = 2500.0
    template = SIGNAL.template(model.edges, mass)
    shifted = model.expected + strength * np.sqrt(n_events / 10) * template
    spectrum = bh.Spectrum(model.edges, np.round(np.maximum(shifted, 0)))
    result = bh.limit(spectrum, model.family, SIGNAL, mass, level=level)
    test = LimitTest.on(*prepared(model, spectrum, mass))
    assert result.valid
    assert test.cls(result.observed)[0] == pytest.approx(1 - level, rel=1e-5)
    assert test.cls(0.9 * result.observed)[0] > 1 - level > test.cls(1.1 * result.observed)[0]
    assert list(result.expected) == sorted(result.expected)


def test_observed_limit_on_asimov_data_is_the_expected_one(truth):
    model = truth(200_000)
    search, template = prepared(model, model.spectrum(1), 3000.0)
    test = LimitTest.on(search, template)
    asimov = LimitTest.on(replace(search, counts=search.expected[None, :]), template)
    expected = test.expected(0.05)
    assert asimov.observed(0.05, expected[4]) == pytest.approx(expected[2], rel=1e-6)
    assert test.observed(0.05, expected[4]) != pytest.approx(expected[2], rel=1e-2)


class LogLinearBuilder:
    """Unconstrained modifier factor_i = exp(phi z_i), the background's exact freedom in first order of the bins."""

    is_shared = True

    def __init__(self, config):
        self.builder_data, self.required_parsets, self.config = {}, {}, config

    def append(self, key, channel, sample, modifier, _sample_definition):
        size = self.config.channel_nbins[channel]
        store = self.builder_data.setdefault(key, {}).setdefault(sample, {}).setdefault("data", {"z": []})
        store["z"] += list(modifier["data"]) if modifier else [0.0] * size
        if modifier:
            free = {"paramset_type": "unconstrained", "n_parameters": 1, "is_scalar": True, "fixed": False}
            self.required_parsets[modifier["name"]] = [{**free, "inits": (0.0,), "bounds": ((-10.0, 10.0),)}]

    def finalize(self):
        return self.builder_data


class LogLinearCombined:
    name, op_code = "loglinear", "multiplication"

    def __init__(self, modifiers, pdfconfig, builder_data, batch_size=None):
        assert batch_size is None
        self.slices = [pdfconfig.par_map[name]["slice"].start for name, _ in modifiers]
        keys = [f"{kind}/{name}" for name, kind in modifiers]
        self.z = np.array([[builder_data[key][s]["data"]["z"] for s in pdfconfig.samples] for key in keys])

    def apply(self, pars):
        values = np.asarray(pars)[self.slices]
        return np.exp(self.z * values[:, None, None])[:, :, None, :]


def pyhf_limits(basis, template, counts):
    loglinear = [
        {"name": f"phi{k}", "type": "loglinear", "data": z.tolist()} for k, z in enumerate(basis.mean.T)
    ]
    spec = {
        "channels": [
            {
                "name": "spectrum",
                "samples": [
                    {
                        "name": "signal",
                        "data": template.tolist(),
                        "modifiers": [{"name": "mu", "type": "normfactor", "data": None}],
                    },
                    {"name": "background", "data": basis.expected.tolist(), "modifiers": loglinear},
                ],
            }
        ],
        "parameters": [{"name": "mu", "bounds": [[0.0, 10.0]]}],
    }
    modifiers = {**histfactory_set, "loglinear": (LogLinearBuilder, LogLinearCombined)}
    model = pyhf.Model(spec, modifier_set=modifiers, poi_name="mu", validate=False)
    upper = pyhf.infer.intervals.upper_limits.upper_limit
    return upper(counts.tolist(), model, scan=None, rtol=1e-5)


@pytest.fixture
def minuit_backend():
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-4))
    yield
    pyhf.set_backend("numpy", default=True)


@pytest.mark.parametrize(("n_events", "mass", "seed"), [(3000, 2500.0, 1), (200_000, 3000.0, 2)])
def test_limits_agree_with_pyhf_to_a_permille(truth, minuit_backend, n_events, mass, seed):
    model = truth(n_events)
    spectrum = model.spectrum(seed)
    ours = bh.limit(spectrum, model.family, SIGNAL, mass)
    search, template = prepared(model, spectrum, mass)
    scale = ours.expected[2]
    observed, expected = pyhf_limits(search.basis, template * scale, spectrum.counts)
    assert float(observed) * scale == pytest.approx(ours.observed, rel=1e-3)
    assert [float(limit) * scale for limit in expected] == pytest.approx(list(ours.expected), rel=1e-3)


def test_expected_band_is_that_of_toys(truth):
    model = truth(200_000)
    plain = bh.Spectrum(model.edges, np.round(model.expected))
    band = bh.limit(plain, model.family, SIGNAL, 3000.0).expected
    toys = model.toys(150, 41)
    found = [bh.limit(bh.Spectrum(model.edges, toy), model.family, SIGNAL, 3000.0).observed for toy in toys]
    quantiles = np.quantile(found, [0.16, 0.5, 0.84])
    assert quantiles == pytest.approx(band[1:4], rel=0.12)


@pytest.mark.slow
def test_limits_cover(truth):
    model = truth(200_000)
    strength = 300.0
    toys = model.toys(600, 42, strength, 3000.0)
    limits = [bh.limit(bh.Spectrum(model.edges, toy), model.family, SIGNAL, 3000.0).observed for toy in toys]
    coverage = np.mean(np.array(limits) > strength)
    LOG.info("coverage %.4f", coverage)
    assert coverage > 0.95 - 3 * np.sqrt(0.05 * 0.95 / 600)


def test_little_background_is_flagged_and_the_limit_is_at_least_the_poisson_one(truth):
    model = truth(300)
    result = bh.limit(model.spectrum(1), model.family, SIGNAL, 5000.0)
    assert not result.asymptotic_valid
    assert "use toys" in result.warnings[0]
    assert result.valid
    assert bh.limit(model.spectrum(1), model.family, SIGNAL, 1800.0).asymptotic_valid


def test_blind_has_no_observed_limit(truth):
    model = truth(3000)
    result = bh.limit(model.spectrum(1), model.family, SIGNAL, 2500.0, blind=True)
    assert result.observed is None
    assert result.expected == bh.limit(model.spectrum(1), model.family, SIGNAL, 2500.0).expected


def test_an_excess_weakens_the_limit_by_its_size(truth):
    model = truth(200_000)
    counts = model.toys(1, 3)[0]
    signal = np.round(1000 * SIGNAL.template(model.edges, 3000.0))
    without, with_signal = (
        bh.limit(bh.Spectrum(model.edges, c), model.family, SIGNAL, 3000.0) for c in (counts, counts + signal)
    )
    assert with_signal.observed - without.observed == pytest.approx(1000, rel=0.15)


def test_published_spectrum_gives_limits_that_fall_with_mass(cms_path):
    spectrum = bh.read_csv(cms_path)
    results = [
        bh.limit(spectrum, bh.families.dijet(3), bh.Gaussian(0.07), m)
        for m in (2000.0, 3000.0, 4000.0, 5000.0)
    ]
    medians = [result.expected[2] for result in results]
    assert all(result.valid and result.asymptotic_valid for result in results)
    assert medians == sorted(medians, reverse=True)
    assert all(r.expected[0] / 3 < r.observed < 3 * r.expected[-1] for r in results)


def test_wrong_requests_are_named(truth):
    model = truth(3000)
    with pytest.raises(bh.SignalError, match="level is 95"):
        bh.limit(model.spectrum(1), model.family, SIGNAL, 2500.0, level=95)
    with pytest.raises(bh.SignalError, match="mass 9000 GeV is outside"):
        bh.limit(model.spectrum(1), model.family, SIGNAL, 9000.0)

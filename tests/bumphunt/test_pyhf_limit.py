from __future__ import annotations

import logging

import dijethunt.bumphunt as bh
import numpy as np
import pyhf
import pytest
from dijethunt.bumphunt import pyhf_limit
from dijethunt.bumphunt.pyhf_export import Export
from dijethunt.bumphunt.pyhf_limit import engine

SIGNAL = bh.Gaussian(0.05)
NUISANCES = (bh.nuisance.luminosity(), bh.nuisance.efficiency(0.1), *bh.nuisance.CMS_EXO_22_026[1:])
LOG = logging.getLogger(__name__)


def cls_at(limits, export, bands=(0, 1, 2, 3, 4)):
    """Return pyhf's CLs, observed and of some bands, each at its own limit."""
    with engine():
        model, data = bh.pyhf_model(export.workspace)

        def test(strength):
            observed, expected = pyhf.infer.hypotest(
                strength / export.events, data, model, return_expected_set=True
            )
            return [*map(float, expected), float(observed)]

        return [test(limits.observed)[-1], *(test(limits.expected[band])[band] for band in bands)]


@pytest.mark.parametrize(("n_events", "mass", "seed"), [(3000, 2500.0, 1), (200_000, 3000.0, 2)])
def test_cls_of_pyhf_is_a_twentieth_at_our_limits(truth, n_events, mass, seed):
    model = truth(n_events)
    spectrum = model.spectrum(seed)
    limits = bh.limit(spectrum, model.family, SIGNAL, mass)
    found = cls_at(limits, Export.on(spectrum, model.family, SIGNAL, mass))
    assert found == pytest.approx([0.05] * 6, abs=1e-4)


def test_cls_of_pyhf_is_a_twentieth_at_our_limits_with_nuisances(truth):
    model = truth(200_000)
    spectrum = model.spectrum(2, 150.0)
    limits = bh.limit(spectrum, model.family, SIGNAL, 3000.0, nuisances=NUISANCES)
    export = Export.on(spectrum, model.family, SIGNAL, 3000.0, nuisances=NUISANCES)
    assert cls_at(limits, export, bands=(0, 4)) == pytest.approx([0.05] * 3, abs=1e-4)
    without = bh.limit(spectrum, model.family, SIGNAL, 3000.0)
    assert limits.observed > 1.01 * without.observed


@pytest.mark.slow
@pytest.mark.parametrize("nuisances", [(), NUISANCES], ids=["alone", "nuisances"])
@pytest.mark.parametrize(
    ("n_events", "mass", "style"),
    [
        (300, 2000.0, "loglinear"),
        (300, 2000.0, "integrated"),
        (3000, 2500.0, "loglinear"),
        (200_000, 2000.0, "loglinear"),
        (200_000, 4500.0, "loglinear"),
    ],
)
def test_limits_agree_with_pyhf_to_a_permille(truth, n_events, mass, style, nuisances):
    model = truth(n_events)
    spectrum = model.spectrum(7)
    ours = bh.limit(spectrum, model.family, SIGNAL, mass, nuisances=nuisances)
    theirs = bh.limit_with_pyhf(spectrum, model.family, SIGNAL, mass, style=style, nuisances=nuisances)
    ratio = np.array([theirs.observed, *theirs.expected]) / [ours.observed, *ours.expected]
    LOG.info(
        "%g events, %g GeV, %s, %d nuisances: %.1e",
        n_events,
        mass,
        style,
        len(nuisances),
        np.abs(ratio - 1).max(),
    )
    assert ratio == pytest.approx(np.ones(6), abs=1e-3)


@pytest.fixture
def small():
    """A spectrum of six bins, so that pyhf is quick."""
    return bh.Spectrum([2000, 2200, 2400, 2600, 2800, 3000, 3200], [900, 480, 270, 150, 90, 60])


def test_limit_is_a_record_like_ours(small):
    background = bh.families.dijet(2)
    found = bh.limit_with_pyhf(small, background, SIGNAL, 2500.0, level=0.9, style="integrated")
    ours = bh.limit(small, background, SIGNAL, 2500.0, level=0.9)
    assert (found.observed, *found.expected) == pytest.approx((ours.observed, *ours.expected), rel=1e-3)
    assert found.method == f"asymptotic CLs, pyhf {pyhf.__version__}, integrated"
    assert (found.unit, found.background, found.level) == (ours.unit, ours.background, 0.9)
    assert bh.LimitResult.from_json(found.to_json()) == found


def test_discovery_statistic_agrees(truth):
    model = truth(3000)
    for seed, strength in ((1, 0.0), (2, 60.0), (3, 120.0)):
        spectrum = model.spectrum(seed, strength)
        r = bh.scan([([3000.0], spectrum)], model.family, SIGNAL).largest.r
        found = bh.q0_with_pyhf(spectrum, model.family, SIGNAL, 3000.0, style="integrated")
        assert found == pytest.approx(max(r, 0.0) ** 2, rel=1e-3, abs=1e-5)


def test_few_events_are_warned_of_and_blind_has_no_observed_limit(monkeypatch):
    monkeypatch.setattr(pyhf_limit, "PRECISION", 0.1)
    small = bh.Spectrum([2000, 2200, 2400, 2600, 2800, 3000, 3200], [9, 5, 3, 2, 1, 0])
    found = bh.limit_with_pyhf(small, bh.families.dijet(2), SIGNAL, 2800.0, blind=True)
    assert found.observed is None
    assert not found.asymptotic_valid
    assert "use toys" in found.warnings[0]


def test_backend_is_put_back():
    before = pyhf.get_backend()
    with engine() as pyhf_inside:
        assert pyhf_inside.get_backend()[1] is not before[1]
    assert pyhf.get_backend() == before


def test_wrong_requests_and_failed_fits_are_named(truth):
    model = truth(3000)
    with pytest.raises(bh.PyhfError, match="level is 95"):
        bh.limit_with_pyhf(model.spectrum(1), model.family, SIGNAL, 2500.0, level=95)
    with pytest.raises(bh.PyhfError, match="a fit of pyhf failed: no minimum"), engine():
        raise pyhf.exceptions.FailedMinimization(type("Result", (), {"message": "no minimum"}))

from __future__ import annotations

import logging
from dataclasses import replace

import dijethunt.bumphunt as bh
import numpy as np
import pyhf
import pytest
from dijethunt.bumphunt.background import BinnedBackground
from dijethunt.bumphunt.pyhf_export import Export
from dijethunt.bumphunt.pyhf_limit import engine
from dijethunt.bumphunt.pyhf_sample import constrained_sample, tangent_sample

pytestmark = pytest.mark.filterwarnings("ignore:jsonschema.RefResolver:DeprecationWarning")  # of pyhf 0.7.6

SIGNAL = bh.Gaussian(0.05)
MASS = 2500.0
LOG = logging.getLogger(__name__)


def cls(workspace, strength):
    """Return observed and expected CLs of pyhf, in order, at a number of times the signal."""
    with engine():
        model, data = bh.pyhf_model(workspace)
        observed, expected = pyhf.infer.hypotest(strength, data, model, return_expected_set=True)
    return np.array([float(observed), *map(float, expected)])


def double_use(spectrum, family, mass):
    """Constrain the parameters to the fit of the spectrum that is tested: what `to_pyhf` refuses."""
    export = Export.on(spectrum, family, SIGNAL, mass)
    background = constrained_sample(export.search.basis, 1.0)
    return export, replace(export, samples=(export.samples[0], *background))


def joint(model, spectrum, measured):
    """Fit the spectrum and the measured data at once: two channels with the same free parameters."""
    export = Export.on(spectrum, model.family, SIGNAL, MASS, events=400)
    single = model.background
    twice = BinnedBackground(*(np.concatenate([one, one]) for one in (single.design, single.weights)))
    (background,) = tangent_sample(twice.whitened(model.theta))
    n = len(spectrum.counts)
    both = replace(export.samples[0], events=np.concatenate([export.samples[0].events, np.zeros(n)]))
    bins = {"spectrum": slice(n), "measured": slice(n, None)}
    return {
        **export.workspace,
        "channels": [
            {"name": name, "samples": [sample.content(one) for sample in (both, background)]}
            for name, one in bins.items()
        ],
        "observations": [
            {"name": "spectrum", "data": spectrum.counts.tolist()},
            {"name": "measured", "data": measured.counts.tolist()},
        ],
    }


def test_disjoint_workspace_needs_nothing_of_ours(truth):
    model = truth(3000)
    workspace = bh.to_pyhf(
        model.spectrum(1), model.family, SIGNAL, MASS, style="disjoint", measured=model.spectrum(2)
    )
    pyhf.schema.validate(workspace, "workspace.json")
    plain = pyhf.Workspace(workspace).model()
    assert plain.config.npars == 5
    assert len(plain.config.auxdata) == 4


def test_disjoint_measurement_is_as_good_as_a_fit_of_both(truth):
    model = truth(200_000)
    spectrum, measured = model.spectrum(1), model.spectrum(2)
    workspace = bh.to_pyhf(
        spectrum, model.family, SIGNAL, MASS, style="disjoint", measured=measured, events=400
    )
    wanted, found = cls(joint(model, spectrum, measured), 0.8), cls(workspace, 0.8)
    alone = cls(bh.to_pyhf(spectrum, model.family, SIGNAL, MASS, events=400), 0.8)
    assert found == pytest.approx(wanted, rel=0.02, abs=1e-4)
    assert np.abs(alone / wanted - 1).max() > 0.2


def test_transfer_scales_the_background(truth):
    small, large = truth(3000), truth(30_000)
    export = Export.on(
        small.spectrum(1),
        small.family,
        SIGNAL,
        MASS,
        style="disjoint",
        measured=large.spectrum(2),
        transfer=0.1,
    )
    background = export.samples[1]
    assert background.events.sum() == pytest.approx(3000, rel=0.02)
    down, up = background.shifts["phi0"]
    assert (down + up) / 2 == pytest.approx(background.events, rel=0.05)


def test_using_the_data_twice_is_refused_because_it_is_optimistic(truth):
    """At a strength 8% below the limit of the free background, the naive export claims exclusion already."""
    model = truth(200_000)
    spectrum = model.spectrum(4)
    honest, naive = double_use(spectrum, model.family, MASS)
    limit = bh.limit(spectrum, model.family, SIGNAL, MASS)
    strengths = np.array([limit.observed, *limit.expected]) / honest.events
    median = 0.92 * strengths[3]
    assert cls(honest.workspace, median)[3] > 0.05 > cls(naive.workspace, median)[3]
    observed = 0.92 * strengths[0]
    assert cls(honest.workspace, observed)[0] > 0.05 > cls(naive.workspace, observed)[0]
    with pytest.raises(bh.PyhfError, match="the spectrum itself: its events would be used twice"):
        bh.to_pyhf(spectrum, model.family, SIGNAL, MASS, style="disjoint", measured=spectrum)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n_events", "mass"), [(3000, 2500.0), (200_000, 2500.0), (200_000, 3000.0), (200_000, 4500.0)]
)
def test_using_the_data_twice_makes_limits_a_tenth_too_strong(truth, n_events, mass):
    model = truth(n_events)
    spectrum = model.spectrum(4)
    honest, naive = double_use(spectrum, model.family, mass)
    limits = []
    for export in (honest, naive):
        with engine():
            opened, data = bh.pyhf_model(export.workspace)
            observed, expected = pyhf.infer.intervals.upper_limits.upper_limit(data, opened, rtol=1e-3)
        limits.append(np.array([float(observed), *map(float, expected)]))
    ratio = limits[1] / limits[0]
    LOG.info("%g events, %g GeV: %s", n_events, mass, np.round(ratio, 3))
    assert ((ratio > 0.80) & (ratio < 0.95)).all()


def test_measured_data_that_do_not_fit_are_named(truth):
    model = truth(3000)
    spectrum, other = model.spectrum(1), model.spectrum(2)
    export = {"style": "disjoint", "mass": MASS, "signal": SIGNAL, "background": model.family}
    with pytest.raises(bh.PyhfError, match="2 measured spectra for 1 categories"):
        bh.to_pyhf(spectrum, measured=[other, other], **export)
    with pytest.raises(bh.PyhfError, match="has other bins than the spectrum between 1460 and 6800 GeV"):
        bh.to_pyhf(spectrum, measured=other.restricted(1530, None), **export)
    inside = bh.to_pyhf(spectrum, measured=other, fit_range=(1530, None), **export)
    assert len(inside["observations"][0]["data"]) == 34

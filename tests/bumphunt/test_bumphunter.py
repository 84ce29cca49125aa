from __future__ import annotations

import logging

import dijethunt.bumphunt as bh
import numpy as np
import pyBumpHunter
import pytest
from dijethunt.bumphunt.bumpbackground import Slices
from dijethunt.bumphunt.bumpstatistic import largest
from dijethunt.bumphunt.bumpwindow import Axis, BumpWindows
from scipy.stats import kstest

LOG = logging.getLogger(__name__)


def theirs(counts, expected, n_toys=300, **arguments):
    """Return pyBumpHunter after its scan, and the toys that it drew."""
    hunter = pyBumpHunter.BumpHunter1D(
        npe=n_toys, nworker=1, seed=1, bins=np.arange(len(counts) + 1), **arguments
    )
    hunter.bump_scan(counts, expected, is_hist=True)
    np.random.seed(1)  # noqa: NPY002  as pyBumpHunter does
    return hunter, np.random.poisson(expected[:, None], (len(expected), n_toys)).T.astype(float)  # noqa: NPY002


@pytest.mark.parametrize("n_events", [300, 3000, 200_000])
@pytest.mark.parametrize(
    "choice",
    [
        {},
        {"mode": "deficit"},
        {"width_min": 2, "width_max": 9, "width_step": 3, "scan_step": 2},
        {"scan_step": "full"},
        {"scan_step": "half"},
        {"use_sideband": True, "sideband_width": 3, "width_max": 6},
    ],
    ids=str,
)
def test_statistic_and_window_are_those_of_pybumphunter(truth, n_events, choice):
    model = truth(n_events)
    spectrum = model.spectrum(1, strength=2 * n_events**0.5)
    hunter, toys = theirs(spectrum.counts, model.expected, **choice)
    found = bh.bumphunter(
        spectrum,
        model.expected,
        widths=(choice.get("width_min", 1), choice.get("width_max")),
        width_step=choice.get("width_step", 1),
        step=choice.get("scan_step", 1),
        sidebands=choice.get("sideband_width"),
        deficits=choice.get("mode") == "deficit",
    )
    assert found.statistic == pytest.approx(hunter.t_ar[0], rel=1e-6)
    edges = spectrum.edges[hunter.min_loc_ar[0] + np.array([0, hunter.min_width_ar[0]])]
    assert [found.bump.low, found.bump.high] == edges.tolist()
    assert found.bump.observed - found.bump.expected == pytest.approx(hunter.signal_eval)
    axis = Axis(
        35,
        (hunter.width_min, hunter.width_max),
        hunter.width_step,
        hunter.scan_step,
        hunter.sideband_width or 0,
    )
    t = largest(
        BumpWindows.on([axis]),
        toys,
        model.expected[None],
        deficits=hunter.mode == "deficit",
        normalised=hunter.use_sideband,
    ).statistic
    assert t == pytest.approx(hunter.t_ar[1:], rel=1e-6, abs=1e-6)


def test_a_bump_is_found_where_it_is_and_recorded(truth):
    model = truth(20_000)
    spectrum = model.spectrum(2, strength=300, mass=3000.0)
    rule = bh.FTest(tuple(bh.families.dijet(n) for n in (2, 3)))
    done = []
    found = bh.bumphunter(
        spectrum, rule, n_toys=600, seed=3, fit_range=(1530, None), progress=lambda *n: done.append(n)
    )
    assert found.bump.low < 3000 < found.bump.high
    assert found.bump.p_local == pytest.approx(np.exp(-found.statistic))
    assert found.p < 0.02
    assert found.p_low <= found.p <= found.p_high
    assert found.edges[0] == 1530
    assert done == [(500, 600), (600, 600)]
    assert (found.n_toys, found.n_failed, len(found.toys), found.warnings) == (600, 0, 600, ())
    assert sum(t >= found.statistic for t in found.toys) == found.n_larger
    assert bh.BumpHunt.from_json(found.to_json()) == found


@pytest.mark.parametrize(
    "background",
    [
        bh.families.family("modexp", 3),
        bh.Envelope((bh.families.dijet(3), bh.families.family("atlas", 3))),
        bh.FTest.published(tuple(bh.families.dijet(n) for n in (2, 3))),
    ],
    ids=["curve", "envelope", "published"],
)
def test_every_kind_of_background_is_refitted(truth, background):
    found = bh.bumphunter(truth(20_000).spectrum(1), background, widths=(1, 6), n_toys=100, seed=1)
    assert found.n_failed == 0
    assert 0.01 < found.p < 1
    assert sum(found.expected) == pytest.approx(sum(found.observed), rel=0.01)


def test_an_expectation_may_be_given_and_follows_the_range(truth):
    model = truth(3000)
    spectrum = model.spectrum(1)
    whole = bh.bumphunter(spectrum, model.expected, widths=(1, 5), n_toys=50, seed=1)
    assert whole.function == "given"
    part = bh.bumphunter(spectrum, list(model.expected), widths=(1, 5), fit_range=(2037, 4010))
    cut = spectrum.restricted(2037, 4010)
    first = int(np.searchsorted(spectrum.edges, 2037))
    direct = bh.bumphunter(cut, model.expected[first : first + len(cut.counts)], widths=(1, 5))
    assert part.statistic == direct.statistic
    assert part.p is None
    with pytest.raises(bh.CountsError, match=r"shape \(3,\), the counts \(35,\)"):
        bh.bumphunter(spectrum, [1.0, 2.0, 3.0])
    with pytest.raises(bh.CountsError, match="1 bins expect 0 events"):
        bh.bumphunter(spectrum, np.where(np.arange(35) == 3, 0, model.expected))
    with pytest.raises(ValueError, match="n_toys is -1"):
        bh.bumphunter(spectrum, model.expected, n_toys=-1)


def test_a_refitted_background_follows_the_toys(truth):
    """With the fitted expectation frozen the toys fluctuate more, and the same data seem less unusual."""
    model = truth(3000)
    spectrum = model.spectrum(4)
    found = bh.bumphunter(spectrum, model.family, n_toys=1000, seed=1)
    frozen = bh.bumphunter(spectrum, found.expected, n_toys=1000, seed=1)
    assert frozen.statistic == found.statistic
    assert np.mean(frozen.toys) > 1.1 * np.mean(found.toys)


def test_the_published_spectrum_has_no_bump(cms_path):
    rule = bh.FTest(tuple(bh.families.dijet(n) for n in (2, 3, 4)))
    found = bh.bumphunter(bh.read_csv(cms_path), rule, n_toys=1000, seed=1)
    assert (found.bump.low, found.bump.high, found.bump.observed) == (4509, 5058, 2450)
    assert found.statistic == pytest.approx(3.43, abs=0.01)
    assert found.p == pytest.approx(0.82, abs=0.05)


def test_failed_toys_count_as_larger(truth, monkeypatch):
    model = truth(3000)
    refit = Slices.refit

    def broken(self, counts):
        expected, converged = refit(self, counts)
        converged[:7] = False
        return expected, converged

    monkeypatch.setattr(Slices, "refit", broken)
    found = bh.bumphunter(model.spectrum(1, strength=300), model.family, n_toys=100, seed=1)
    assert (found.n_failed, found.n_larger, found.p, len(found.toys)) == (7, 7, 0.07, 93)


def global_p_values(model, family, n_spectra, n_toys):
    return [bh.bumphunter(model.spectrum(s), family, n_toys=n_toys, seed=s).p for s in range(n_spectra)]


def test_global_p_is_uniform_over_background_spectra(truth):
    model = truth(3000)
    assert kstest(global_p_values(model, model.family, 60, 200), "uniform").pvalue > 0.01


@pytest.mark.slow
@pytest.mark.parametrize("n_events", [300, 3000, 200_000])
def test_global_p_covers(truth, n_events):
    """With the function chosen anew in data and toys."""
    model = truth(n_events)
    ladder = (2, 3) if n_events == 300 else (2, 3, 4)
    rule = bh.FTest(tuple(bh.families.dijet(n) for n in ladder))
    p = np.array(global_p_values(model, rule, 400, 400))
    LOG.info(
        "N = %d: P(p <= 0.05) = %.3f, KS %.3f", n_events, (p <= 0.05).mean(), kstest(p, "uniform").pvalue
    )
    assert kstest(p, "uniform").pvalue > 0.005
    assert (p <= 0.05).mean() == pytest.approx(0.05, abs=0.035)

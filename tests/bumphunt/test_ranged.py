from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.masstest import at_mass
from dijethunt.bumphunt.rangesearch import RangeSearch
from scipy.stats import kstest

SIGNAL = bh.Gaussian(0.05)
LOOP = bh.RangeLoop()


def with_turn_on(model, n_bins, seed=3):
    """Return a spectrum that lacks a fifth of the events in its first bins."""
    counts = model.toys(1, seed)[0]
    counts[:n_bins] *= 0.8
    return bh.Spectrum(model.edges, np.round(counts))


def test_a_good_fit_keeps_the_whole_range(truth):
    model = truth(20_000)
    spectrum = model.spectrum(2)
    narrowed = bh.fit(spectrum, model.family, SIGNAL, 3000.0, LOOP)
    (only,) = narrowed.history
    assert (only.low, only.high, only.passed, only.p_signal) == (1460, 6800, True, None)
    assert only.p_background == pytest.approx(bh.fit(spectrum, model.family).p_value)
    plain = bh.fit(spectrum, model.family, SIGNAL, 3000.0)
    assert plain.history == ()
    assert "history" not in plain.as_dict()
    assert narrowed.values == plain.values


def test_the_range_leaves_a_turn_on_behind(truth):
    model = truth(20_000)
    result = bh.fit(with_turn_on(model, 3), model.family, SIGNAL, 3000.0, LOOP)
    assert [tried.passed for tried in result.history] == [False] * (len(result.history) - 1) + [True]
    assert len(result.history) > 2
    assert result.history[0].p_background < 0.05
    assert result.history[0].p_signal < 0.01
    assert result.edges[0] == result.history[-1].low >= 1687
    assert result.p_value > 0.01
    assert not result.warnings
    assert bh.FitResult.from_json(result.to_json()) == result


def test_an_imprecise_background_is_a_reason_too_and_the_loop_ends(truth):
    model = truth(300)
    strict = bh.RangeLoop(largest_uncertainty=0.01)
    result = bh.fit(model.spectrum(1), model.family, SIGNAL, 3000.0, strict)
    assert not any(tried.passed for tried in result.history)
    assert all(tried.uncertainty > 0.01 for tried in result.history)
    ranges = [(tried.low, tried.high) for tried in result.history]
    assert len(set(ranges)) == len(ranges) > 5
    assert f"none of the {len(ranges)} fit ranges passes" in result.warnings[0]
    assert (result.edges[0], result.edges[-1]) == ranges[0]
    rows = at_mass([model.spectrum(1)], bh.Fixed(model.family), SIGNAL, 3000.0, strict)
    r, _, _ = rows.roots(model.spectrum(1).counts[None, :])
    plain = bh.scan([([3000.0], model.spectrum(1))], model.family, SIGNAL).points[0]
    assert r[0, 0] == pytest.approx(plain.r, abs=1e-4)


def test_toys_take_the_ranges_that_they_would_take_as_data(truth):
    model = truth(20_000)
    rule = bh.FTest.published(tuple(bh.families.dijet(n) for n in (2, 3)))
    search = RangeSearch.on([model.spectrum(2)], rule, SIGNAL, 3000.0, LOOP)
    rows = [with_turn_on(model, n, seed) for seed, n in enumerate((0, 0, 1, 2, 3, 3, 4))]
    r, strength, valid = search.roots(np.array([spectrum.counts for spectrum in rows]))
    taken = set()
    for row, spectrum in enumerate(rows):
        fit = bh.fit(spectrum, rule, SIGNAL, 3000.0, LOOP)
        taken.add(fit.edges[0])
        (point,) = bh.scan([([3000.0], spectrum)], rule, SIGNAL, LOOP).points
        assert r[row, 0] == pytest.approx(point.r, abs=1e-4)
        assert strength[row, 0] == pytest.approx(fit.values[-1], rel=1e-3, abs=1e-3)
        assert valid[row, 0]
    assert len(taken) >= 3


def test_scan_toys_limit_and_asimov_use_the_rule(truth):
    model = truth(20_000)
    spectrum = with_turn_on(model, 3)
    groups = [([2600.0, 3000.0], spectrum)]
    scan = bh.scan(groups, model.family, SIGNAL, LOOP)
    first = bh.global_p(scan, groups, model.family, SIGNAL, n_toys=60, seed=1, fit_range=LOOP)
    assert first == bh.global_p(scan, groups, model.family, SIGNAL, n_toys=60, seed=1, fit_range=LOOP)
    assert first.n_failed == 0
    fit = bh.fit(spectrum, model.family, SIGNAL, 3000.0, LOOP)
    ends = fit.edges[0], fit.edges[-1]
    limit = bh.limit(spectrum, model.family, SIGNAL, 3000.0, fit_range=LOOP)
    assert limit == bh.limit(spectrum, model.family, SIGNAL, 3000.0, fit_range=ends)
    asimov = [
        bh.asimov_significance(spectrum, model.family, SIGNAL, 3000.0, strength=100, fit_range=fit_range)
        for fit_range in (LOOP, ends)
    ]
    assert asimov[0] == pytest.approx(asimov[1], rel=0.05)


def test_toys_are_drawn_in_all_bins_from_the_function_of_the_last_range(truth):
    model = truth(20_000)
    test = at_mass([with_turn_on(model, 3)], bh.Fixed(model.family), SIGNAL, 3000.0, LOOP)
    assert len(test.expected) == len(model.edges) - 1
    columns = test.narrowed.taken.columns
    assert test.expected[columns] == pytest.approx(test.search.expected, rel=1e-9)
    assert test.expected[:3] == pytest.approx(model.expected[:3], rel=0.15)


def test_ranges_with_too_few_bins_for_a_signal_are_left_out(truth):
    model = truth(20_000)
    spectrum = model.spectrum(1).restricted(3000, 4600)
    tested = at_mass(
        [spectrum], bh.ftest.rule(model.family), SIGNAL, 3700.0, bh.RangeLoop(below=100, above=100)
    )
    n_bins = [ranged.search.counts.shape[1] for ranged in tested.narrowed.steps]
    assert n_bins[0] > min(n_bins) > model.family.n_shape + 1


def test_without_a_mass_the_rule_is_an_error(truth):
    with pytest.raises(bh.SignalError, match="give a signal and a mass"):
        bh.fit(truth(3000).spectrum(1), bh.families.dijet(3), fit_range=LOOP)


@pytest.mark.slow
def test_global_p_is_uniform_when_function_and_range_are_chosen_anew(truth):
    """The spread over 40 background spectra, with 50 toys each; F-test and fit range by the published rules."""
    model = truth(3000)
    rule = bh.FTest.published(tuple(bh.families.dijet(n) for n in (2, 3)))
    p = []
    for seed in range(40):
        groups = [([2600.0, 3200.0], model.spectrum(seed))]
        scan = bh.scan(groups, rule, SIGNAL, LOOP)
        found = bh.global_p(scan, groups, rule, SIGNAL, n_toys=50, seed=seed, fit_range=LOOP)
        assert found.n_failed == 0
        p.append(found.p if found.r > 0 else np.nan)
    some = np.array(p)[~np.isnan(p)]
    none = np.isnan(p).mean()
    assert none < 0.45
    assert kstest(some / (1 - none), "uniform").pvalue > 0.005

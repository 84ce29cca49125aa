from __future__ import annotations

import logging
from dataclasses import replace

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt import toys
from dijethunt.bumphunt.toys import poisson, toy_roots
from dijethunt.bumphunt.window import prepared
from scipy.stats import kstest

LOG = logging.getLogger(__name__)
SIGNAL = bh.Gaussian(0.05)
MASSES = (2000.0, 2300.0, 2600.0, 2900.0, 3200.0)


def chance(groups, family, n_toys=400, seed=1):
    scan = bh.scan(groups, family, SIGNAL)
    return bh.global_p(scan, groups, family, SIGNAL, n_toys=n_toys, seed=seed)


def test_same_seed_same_answer_and_first_toys_do_not_depend_on_how_many_follow(truth):
    model = truth(3000)
    windows = prepared([(MASSES, model.spectrum(1))], model.family, SIGNAL)
    short = np.concatenate(list(toy_roots(windows, 100, 5)))
    long = np.concatenate(list(toy_roots(windows, 700, 5)))
    assert (short.shape, long.shape) == ((100,), (700,))
    assert long[:100] == pytest.approx(short, abs=1e-6)
    assert np.concatenate(list(toy_roots(windows, 100, 6))) != pytest.approx(short, abs=1e-6)


def test_global_p_is_uniform_over_background_spectra(truth):
    model = truth(3000)
    p = [chance([(MASSES, model.spectrum(seed))], model.family, 250, seed).p for seed in range(60)]
    assert kstest(p, "uniform").pvalue > 0.01


def test_a_signal_is_found_and_looking_in_more_places_costs(truth):
    model = truth(3000)
    spectrum = model.spectrum(1, strength=60, mass=2600.0)
    one, many = chance([([2600.0], spectrum)], model.family), chance([(MASSES, spectrum)], model.family)
    assert one.p < 0.05
    assert one.p < many.p
    assert many.low <= many.p <= many.high
    assert (many.n_toys, many.n_failed) == (400, 0)


def test_different_spectra_are_drawn_independently_and_all_counted(truth):
    model = truth(3000)
    spectrum = model.spectrum(4)
    other = bh.Spectrum(model.edges, spectrum.counts + (np.arange(35) == 3))
    p_one = chance([(MASSES, spectrum)], model.family, 1000).p
    groups = [(MASSES, spectrum), (MASSES, other)]
    top = bh.scan(groups[:1], model.family, SIGNAL).largest.r
    largest = np.concatenate(list(toy_roots(prepared(groups, model.family, SIGNAL), 1000, 1)))
    p_two = bh.p_of_toys(top, largest, 1).p
    assert p_two == pytest.approx(1 - (1 - p_one) ** 2, abs=0.06)


def test_one_spectrum_in_two_groups_is_drawn_once(truth):
    model = truth(3000)
    spectrum = model.spectrum(4)
    one, two = [(MASSES, spectrum)], [(MASSES[:2], spectrum), (MASSES[2:], spectrum)]
    assert chance(one, model.family, 500) == chance(two, model.family, 500)


def test_the_function_is_chosen_again_in_every_toy(truth):
    model = truth(3000)
    rule = bh.FTest(tuple(bh.families.dijet(n) for n in (2, 3)), alpha=0.3)
    windows = prepared([([2600.0], model.spectrum(1))], rule, SIGNAL)
    choice = windows[0].search.refit(poisson(windows[0].search.expected, 400, 1)).choice
    assert 0.1 < choice.mean() < 0.6
    assert 0 <= chance([([2600.0], model.spectrum(1))], rule).p <= 1


def test_failed_toys_count_as_larger(truth, monkeypatch):
    model = truth(3000)
    groups = [(MASSES, model.spectrum(1, strength=200))]
    scan = bh.scan(groups, model.family, SIGNAL)
    largest = toys.largest_of_block

    def broken(*arguments):
        r = largest(*arguments)
        r[:7] = np.nan
        return r

    monkeypatch.setattr(toys, "largest_of_block", broken)
    result = bh.global_p(scan, groups, model.family, SIGNAL, n_toys=100, seed=1)
    assert (result.n_failed, result.n_larger, result.p) == (7, 7, 0.07)


def test_without_any_excess_the_global_p_is_one(truth):
    model = truth(200_000)
    deficit = np.array(model.expected)
    deficit[14:18] *= 0.9
    result = chance([([2800.0], bh.Spectrum(model.edges, np.round(deficit)))], model.family, 100)
    assert result.r < 0
    assert result.p == 1


def test_binomial_interval_covers():
    assert bh.binomial_interval(0, 10) == (0, pytest.approx(1 - 0.15865 ** (1 / 10), rel=1e-4))
    assert bh.binomial_interval(10, 10)[1] == 1
    rng = np.random.default_rng(1)
    intervals = {k: bh.binomial_interval(k, 50) for k in range(51)}
    covered = [intervals[k][0] <= 0.2 <= intervals[k][1] for k in rng.binomial(50, 0.2, 4000)]
    assert 0.68 <= np.mean(covered) < 0.80


@pytest.mark.parametrize("compute", [bh.global_p, bh.local_p, bh.gross_vitells])
@pytest.mark.parametrize(
    ("seed", "masses", "names", "message"),
    [
        (
            9,
            MASSES,
            ("a", "b"),
            r"2000 GeV with a of group 0 has r = .* in the scan and .* in the groups; give",
        ),
        (1, (*MASSES, 3500.0), ("a", "b"), "3500 GeV with a of group 0 is only in the scan"),
        (1, MASSES[1:], ("a", "b"), "2000 GeV with a of group 0 is only in the groups"),
        (
            1,
            MASSES,
            ("a",),
            "2000 GeV with b of group 0 is only in the groups",
        ),
    ],
)
def test_scans_of_others_are_refused(truth, compute, seed, masses, names, message):
    model = truth(3000)
    shapes = {"a": bh.Gaussian(0.05), "b": bh.Gaussian(0.1)}
    other = bh.scan([(masses, model.spectrum(seed))], model.family, {name: shapes[name] for name in names})
    with pytest.raises(bh.ScanError, match=message):
        compute(other, [(MASSES, model.spectrum(1))], model.family, shapes, n_toys=1, seed=1)


def test_a_scan_read_back_and_one_whose_fit_failed_are_the_scan(truth):
    model = truth(3000)
    groups = [(MASSES, model.spectrum(1))]
    scan = bh.scan(groups, model.family, SIGNAL)
    read = bh.ScanResult.from_json(scan.to_json())
    failed = replace(scan, points=(replace(scan.points[0], r=-9.0, valid=False), *scan.points[1:]))
    chances = [
        bh.global_p(one, groups, model.family, SIGNAL, n_toys=10, seed=1) for one in (scan, read, failed)
    ]
    assert chances == [chances[0]] * 3


def test_no_toys_is_an_error(truth):
    windows = prepared([(MASSES, truth(3000).spectrum(1))], bh.families.dijet(3), SIGNAL)
    with pytest.raises(ValueError, match="at least one toy"):
        next(toy_roots(windows, 0, 1))


def local(model, spectrum, masses, n_toys, seed, background=None):
    groups, rule = [(masses, spectrum)], background or model.family
    scan = bh.scan(groups, rule, SIGNAL)
    return bh.local_p(scan, groups, rule, SIGNAL, n_toys=n_toys, seed=seed)


def test_local_p_is_the_asymptotic_one_where_there_are_many_events(truth):
    model = truth(200_000)
    scan = local(model, model.spectrum(1, strength=150), MASSES, 2000, 1)
    expected = [
        float(bh.p_local(point.r)) if point.r > 0 else 1 - float(bh.p_local(-point.r))
        for point in scan.points
    ]
    assert [point.p_toys.p for point in scan.points] == pytest.approx(expected, abs=0.03)
    assert [point.p_toys.r for point in scan.points] == [point.r for point in scan.points]
    assert all(point.p_toys.low <= point.p_toys.p <= point.p_toys.high for point in scan.points)
    assert max(point.p_toys.p for point in scan.points) > 0.5


def test_local_p_is_uniform_with_the_function_chosen_again_in_every_toy(truth):
    model = truth(3000)
    rule = bh.FTest(tuple(bh.families.dijet(n) for n in (2, 3)), alpha=0.1)
    p = [
        local(model, model.spectrum(seed), [2600.0], 200, seed, rule).points[0].p_toys.p for seed in range(50)
    ]
    assert kstest(p, "uniform").pvalue > 0.01


def test_local_and_global_p_of_a_single_mass_are_the_same(truth):
    model = truth(3000)
    groups = [([2600.0], model.spectrum(1, strength=30, mass=2600.0))]
    scan = bh.scan(groups, model.family, SIGNAL)
    whole = bh.global_p(scan, groups, model.family, SIGNAL, n_toys=500, seed=3)
    single = bh.local_p(scan, groups, model.family, SIGNAL, n_toys=500, seed=3).points[0].p_toys
    assert scan.points[0].r > 0
    assert single.as_dict() == whole.as_dict()


def test_signals_of_several_widths_are_all_counted(truth):
    model = truth(3000)
    shapes = {"narrow": bh.Gaussian(0.02), "wide": bh.Gaussian(0.1)}
    groups = [(MASSES, model.spectrum(1, strength=60, mass=2600.0))]
    scan = bh.scan(groups, model.family, shapes)
    assert [(point.mass, point.signal) for point in scan.points][:3] == [
        (2000.0, "narrow"),
        (2000.0, "wide"),
        (2300.0, "narrow"),
    ]
    for name, shape in shapes.items():
        alone = bh.scan(groups, model.family, shape)
        some = [point.r for point in scan.points if point.signal == name]
        assert some == pytest.approx([point.r for point in alone.points], abs=1e-6)
    both = bh.global_p(scan, groups, model.family, shapes, n_toys=500, seed=1)
    narrow = np.concatenate(list(toy_roots(prepared(groups, model.family, shapes["narrow"]), 500, 1)))
    assert both.p >= bh.p_of_toys(scan.largest.r, narrow, 1).p


@pytest.mark.slow
@pytest.mark.parametrize(("n_events", "n_spectra"), [(300, 150), (3000, 150), (200_000, 150)])
def test_local_and_global_p_are_uniform(truth, n_events, n_spectra):
    """Over background spectra, in a scan of 43 masses with an F-test that every toy repeats."""
    model, masses = truth(n_events), np.arange(1800.0, 6001.0, 100.0)
    rule = bh.FTest(tuple(bh.families.dijet(n) for n in (2, 3, 4)))
    everywhere, at_one = [], []
    for seed in range(n_spectra):
        groups = [(masses, model.spectrum(seed))]
        scan = bh.scan(groups, rule, SIGNAL)
        everywhere.append(bh.global_p(scan, groups, rule, SIGNAL, n_toys=200, seed=seed).p)
        at_one.append(local(model, model.spectrum(seed), [2600.0], 200, seed, rule).points[0].p_toys.p)
    for p in (np.array(everywhere), np.array(at_one)):
        LOG.info(
            "%d events: KS %.3f, below 0.05: %.3f", n_events, kstest(p, "uniform").pvalue, (p <= 0.05).mean()
        )
        assert kstest(p, "uniform").pvalue > 0.005
        assert (p <= 0.05).mean() == pytest.approx(0.05, abs=0.04)

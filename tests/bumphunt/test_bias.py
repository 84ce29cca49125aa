from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.measurement import Measurement

SIGNAL = bh.Gaussian(0.05)


@pytest.mark.parametrize("n_events", [3000, 200_000])
def test_the_true_family_finds_what_was_injected(truth, n_events):
    model = truth(n_events)
    result = bh.bias(model.spectrum(1), model.family, [model.family], SIGNAL, 2500, n_toys=1000, seed=1)
    assert result.passed
    assert not result.warnings
    assert [point.deviations for point in result.points] == [0, 2, 5]
    for point in result.points:
        assert abs(point.pull) < 0.1
        assert point.width == pytest.approx(1, abs=0.08)
        assert abs(point.median - point.pull) < 0.1
        assert point.pull_error == pytest.approx(point.width / np.sqrt(1000))
        assert abs(point.fitted - point.injected) < 4 * point.error
    line = result.slope("dijet3", 2500.0)
    assert abs(line.slope - 1) < max(4 * line.error, 0.03)


def test_a_function_with_too_few_parameters_is_biased_and_more_of_them_are_not(truth):
    spectrum = truth(200_000).spectrum(7)
    few, enough = (
        bh.bias(
            spectrum,
            bh.families.dijet(n),
            [bh.families.ua2(3), bh.families.ua2(4)],
            SIGNAL,
            [2500, 4000],
            seed=1,
        )
        for n in (2, 4)
    )
    assert len(few.points) == 12
    assert not few.passed
    assert few.largest.pull < -0.5
    assert not few.largest.passed
    assert enough.passed
    assert abs(enough.largest.pull) < 0.3


def test_without_fluctuations_the_bias_is_the_spurious_signal(truth):
    spectrum = truth(200_000).spectrum(7)
    expected = bh.Expected.fitted(spectrum, bh.families.ua2(3))
    family = bh.families.dijet(2)
    toys = bh.bias(spectrum, family, [bh.families.ua2(3)], SIGNAL, 2500, strengths=[0], n_toys=2000, seed=1)
    (point,) = bh.spurious_signal(expected, family, SIGNAL, 2500).points
    assert toys.points[0].pull == pytest.approx(point.ratio, abs=4 * toys.points[0].pull_error)


def test_the_function_is_chosen_again_in_every_toy(truth):
    spectrum = truth(20_000).spectrum(2)
    rule = bh.FTest(tuple(bh.families.dijet(n) for n in (2, 3)), alpha=0.3)
    widths = {
        name: bh.bias(spectrum, tested, [bh.families.dijet(2)], SIGNAL, 2500, strengths=[2], seed=1)
        .points[0]
        .fitted
        for name, tested in (("rule", rule), ("small", rule.families[0]), ("large", rule.families[1]))
    }
    assert len({round(value, 6) for value in widths.values()}) == 3


def test_toys_depend_on_the_seed_and_a_truth_not_on_those_after_it(truth):
    spectrum = truth(3000).spectrum(1)
    family = bh.families.dijet(3)
    one = bh.bias(spectrum, family, [family, bh.families.ua2(3)], SIGNAL, [2500, 3000], n_toys=20, seed=1)
    part = bh.bias(spectrum, family, [family], SIGNAL, [2500], n_toys=20, seed=1)
    other = bh.bias(spectrum, family, [family], SIGNAL, [2500], n_toys=20, seed=2)
    assert [p.pull for p in part.points] == pytest.approx([p.pull for p in one.points[:3]], abs=1e-6)
    assert abs(part.points[0].pull - other.points[0].pull) > 1e-3
    assert len({round(point.pull, 9) for point in one.points}) == 12


def test_expected_counts_are_a_truth_and_the_range_cuts_them(truth):
    model = truth(3000)
    given = bh.Expected(model.edges, model.expected, "mine")
    result = bh.bias(
        model.spectrum(1), model.family, [given], SIGNAL, 2500, strengths=[0], seed=1, fit_range=(1687, 5300)
    )
    whole = bh.bias(model.spectrum(1), model.family, [given], SIGNAL, 2500, strengths=[0], seed=1)
    assert result.points[0].truth == "mine"
    assert result.points[0].pull != pytest.approx(whole.points[0].pull, abs=1e-4)


def test_failed_fits_are_counted_and_do_not_pass(truth, monkeypatch):
    model = truth(3000)
    root = Measurement.root

    def broken(self, strength):
        values, valid = root(self, strength)
        valid[:7] = False
        return values, valid

    monkeypatch.setattr(Measurement, "root", broken)
    result = bh.bias(model.spectrum(1), model.family, [model.family], SIGNAL, 2500, strengths=[0, 2], seed=1)
    assert [point.n_failed for point in result.points] == [7, 7]
    assert not result.passed
    assert result.warnings[0] == "dijet3, 2500 GeV, 0 events: 7 of 200 fits failed"
    few = bh.bias(
        model.spectrum(1), model.family, [model.family], SIGNAL, 2500, strengths=[0], n_toys=8, seed=1
    )
    assert (few.points[0].pull, few.points[0].passed) == (None, False)
    assert bh.Bias.from_json(few.to_json()) == few


def test_progress_and_record(truth):
    model = truth(3000)
    seen = []
    result = bh.bias(
        model.spectrum(1),
        model.family,
        [model.family],
        SIGNAL,
        [2500, 3000],
        strengths=[0, 2],
        n_toys=10,
        seed=1,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(10, 40), (20, 40), (30, 40), (40, 40)]
    assert bh.Bias.from_json(result.to_json()) == result


def test_a_line_needs_two_strengths(truth):
    model = truth(3000)
    result = bh.bias(
        model.spectrum(1), model.family, [model.family], SIGNAL, 2500, strengths=[2], n_toys=5, seed=1
    )
    for name in ("dijet3", "other"):
        with pytest.raises(ValueError, match="needs two different ones"):
            result.slope(name, 2500.0)


@pytest.mark.parametrize(
    ("truths", "masses", "strengths", "n_toys"),
    [(0, [2500], [0], 10), (2, [2500], [0], 10), (1, [], [0], 10), (1, [2500], [], 10), (1, [2500], [0], 1)],
)
def test_what_cannot_be_tested_is_an_error(truth, truths, masses, strengths, n_toys):
    model = truth(3000)
    with pytest.raises(bh.SignalError, match="at least one of each, names that differ, and two toys"):
        bh.bias(
            model.spectrum(1),
            model.family,
            [model.family] * truths,
            SIGNAL,
            masses,
            strengths=strengths,
            n_toys=n_toys,
            seed=1,
        )


def test_errors_are_plain_numbers(truth):
    model = truth(3000)
    (point,) = bh.bias(
        model.spectrum(1),
        model.family,
        [model.family],
        bh.Gaussian(0.05),
        3000.0,
        strengths=(0.0,),
        n_toys=3,
        seed=1,
    ).points
    assert {type(getattr(point, name)) for name in ("error", "pull_error", "width_error")} == {float}

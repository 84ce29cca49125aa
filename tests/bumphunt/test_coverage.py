from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.coverage import observed_cls
from dijethunt.bumphunt.measurement import Measurement
from dijethunt.bumphunt.trial import Trial
from scipy.stats import binom

SIGNAL = bh.Gaussian(0.05)
LADDER = tuple(bh.families.dijet(n) for n in (2, 3))


def expected(model):
    return bh.Expected(model.edges, model.expected, "true")


def test_intervals_and_limits_cover(truth):
    result = bh.coverage(expected(truth(200_000)), truth(1).family, SIGNAL, 2500, n_toys=2000, seed=1)
    assert not result.warnings
    for point in result.points:
        for shares in (point.likelihood, point.wald):
            for share, level in zip(shares, (0.6827, 0.95), strict=True):
                assert 1e-4 < binom.cdf(share.n, 2000, level) < 1 - 1e-4
                assert share.low < share.value < share.high
        assert binom.cdf(point.limit.n, 2000, 0.95) > 1e-4
    assert result.points[0].limit.value == 1
    assert abs(result.slope.slope - 1) < 4 * result.slope.error


def test_a_wrong_function_does_not_cover(truth):
    model = truth(200_000)
    result = bh.coverage(
        expected(model), bh.families.dijet(2), SIGNAL, 5500, strengths=[0], n_toys=500, seed=1
    )
    assert result.points[0].likelihood[0].high < 0.6


def test_the_interval_holds_the_strengths_within_its_ends(truth):
    """The count against the ends of the intervals, found by root finding on one fit after the other."""
    model = truth(3000)
    trial = Trial.on(expected(model), bh.Fixed(model.family), SIGNAL, 3000)
    injected = 2 * trial.unit
    (measured,) = trial.measurements(injected, 40, 1, (0,))
    root, _ = measured.root(injected)
    covered = [
        abs(one - injected) <= error
        for one, error in zip(measured.best.strength, measured.best.error, strict=True)
    ]
    result = bh.coverage(expected(model), model.family, SIGNAL, 3000, strengths=[2], n_toys=40, seed=1)
    assert result.points[0].injected == pytest.approx(injected)
    assert result.points[0].likelihood[0].n == (np.abs(root) <= 1).sum()
    assert result.points[0].wald[0].n == sum(covered)


@pytest.mark.parametrize("mass", [2500.0, 3500.0])
@pytest.mark.parametrize("rule", [bh.FTest(LADDER, alpha=0.3), bh.Envelope((*LADDER, bh.families.ua2(2)))])
def test_cls_of_all_rows_is_that_of_the_limits(truth, rule, mass):
    model = truth(20_000)
    counts = model.toys(12, 4, strength=60, mass=mass)
    for row in counts:
        spectrum = bh.Spectrum(model.edges, row)
        upper = bh.limit(spectrum, rule, SIGNAL, mass).observed
        trial = Trial.on(expected(model), rule, SIGNAL, mass)
        cls, valid = observed_cls(Measurement.of(trial.search, trial.template, row[None, :]), upper)
        assert valid[0]
        assert cls[0] == pytest.approx(0.05, rel=2e-3)


def test_a_longer_run_begins_with_a_shorter_one(truth):
    model = truth(3000)
    short, long = (
        bh.coverage(expected(model), model.family, SIGNAL, 3000, strengths=[0], n_toys=n, seed=1)
        for n in (499, 500)
    )
    assert 0 <= long.points[0].likelihood[0].n - short.points[0].likelihood[0].n <= 1


def test_failed_fits_count_as_not_covering(truth, monkeypatch):
    model = truth(3000)
    root = Measurement.root

    def broken(self, strength):
        values, valid = root(self, strength)
        return values, valid & False

    monkeypatch.setattr(Measurement, "root", broken)
    result = bh.coverage(expected(model), model.family, SIGNAL, 3000, strengths=[0], n_toys=50, seed=1)
    (point,) = result.points
    assert (point.n_failed, point.likelihood[0].n, point.wald[1].n, point.limit.n) == (50, 0, 0, 0)
    assert result.warnings == ("0 events: 50 of 50 fits failed",)


def test_progress_record_and_range(truth):
    model = truth(3000)
    seen = []
    result = bh.coverage(
        expected(model),
        model.family,
        SIGNAL,
        3000,
        strengths=[0, 2],
        n_toys=20,
        seed=1,
        fit_range=(1687, 5300),
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(20, 40), (40, 40)]
    assert bh.Coverage.from_json(result.to_json()) == result
    one = bh.coverage(expected(model), model.family, SIGNAL, 3000, strengths=[2], n_toys=20, seed=1)
    assert one.points[0].injected != pytest.approx(result.points[1].injected, rel=1e-3)
    with pytest.raises(ValueError, match="needs two different ones"):
        _ = one.slope


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"strengths": []}, bh.SignalError, "strengths are zero or more"),
        ({"strengths": [-1]}, bh.SignalError, "strengths are zero or more"),
        ({"levels": [95]}, bh.SignalError, "levels between 0 and 1"),
        ({"limit_level": 1}, bh.SignalError, "levels between 0 and 1"),
        ({"n_toys": 0}, ValueError, "at least one toy"),
        ({"mass": 900}, bh.SignalError, "outside"),
    ],
)
def test_what_cannot_be_tested_is_an_error(truth, change, error, message):
    model = truth(3000)
    with pytest.raises(error, match=message):
        bh.coverage(
            **{
                "truth": expected(model),
                "background": model.family,
                "signal": SIGNAL,
                "mass": 3000,
                "n_toys": 5,
            }
            | {"seed": 1}
            | change
        )


def test_a_strength_that_is_not_determined_is_an_error():
    """The background can do what the signal does."""
    truth = bh.Expected(np.linspace(2000, 2800, 9), np.full(8, 500.0))

    def terms(x):
        return np.exp(-(((13_000 * x - 2400) / 240) ** 2) / 2)[..., None]

    same = bh.Family("same", "a Gaussian", terms, n_shape=1)
    with pytest.raises(bh.SignalError, match="not determined in 'expected'"):
        bh.coverage(truth, same, bh.Gaussian(0.1), 2400, n_toys=5, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n_events", "mass", "likelihood", "wald", "limits"),
    [
        (300, 2500, (0.688, 0.684, 0.688), (0.682, 0.682, 0.686), (0.978, 0.940)),
        (300, 4000, (0.714, 0.665, 0.676), (0.830, 0.698, 0.674), (0.985, 0.961)),
        (3000, 2500, (0.683, 0.677, 0.675), (0.683, 0.678, 0.675), (0.973, 0.941)),
        (3000, 4000, (0.663, 0.674, 0.679), (0.667, 0.674, 0.680), (0.983, 0.955)),
        (200_000, 2500, (0.689, 0.678, 0.686), (0.689, 0.678, 0.686), (0.971, 0.947)),
        (200_000, 4000, (0.687, 0.692, 0.681), (0.688, 0.693, 0.682), (0.977, 0.951)),
    ],
)
def test_coverage_from_few_to_many_events(truth, n_events, mass, likelihood, wald, limits):
    """The table of the documentation; asymptotic limits undercover by a percent where the signal is large."""
    model = truth(n_events)
    result = bh.coverage(expected(model), model.family, SIGNAL, mass, n_toys=10_000, seed=1)
    assert not result.warnings
    assert [p.likelihood[0].value for p in result.points] == pytest.approx(list(likelihood), abs=0.003)
    assert [p.wald[0].value for p in result.points] == pytest.approx(list(wald), abs=0.003)
    assert [p.limit.value for p in result.points[1:]] == pytest.approx(list(limits), abs=0.003)
    assert result.slope.slope == pytest.approx(1, abs=0.03)

from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest

SIGNAL = bh.Gaussian(0.05)


def test_a_fit_expects_what_its_result_says(truth):
    model = truth(3000)
    spectrum = model.spectrum(1)
    expected = bh.Expected.fitted(spectrum, model.family, (1687, 5300))
    result = bh.fit(spectrum, model.family, fit_range=(1687, 5300))
    assert expected.counts == pytest.approx(np.array(result.expected))
    assert (expected.edges[0], expected.edges[-1], expected.name) == (1687, 5300, "dijet3")


def test_a_curve_is_integrated_over_bins(truth):
    model = truth(3000)
    values = np.exp(model.theta[0]), *model.theta[1:]
    curve = bh.Expected.of(model.edges, lambda mass: model.family.density(mass, values), "true")
    assert curve.counts == pytest.approx(model.expected)
    assert curve.scaled(200_000).counts == pytest.approx(truth(200_000).expected)
    assert (curve.scaled(10).name, curve.scaled(10).total) == ("true", pytest.approx(10))


def test_a_range_keeps_the_counts_of_its_bins(truth):
    model = truth(3000)
    inside = bh.Expected(model.edges, model.expected).restricted(1700, 2500)
    first, last = np.searchsorted(model.edges, [1770, 2438])
    assert inside.edges == pytest.approx(model.edges[first : last + 1])
    assert inside.counts == pytest.approx(model.expected[first:last])


def test_a_signal_is_added_and_may_be_taken_away_as_far_as_there_are_events(truth):
    model = truth(3000)
    expected = bh.Expected(model.edges, model.expected)
    template = SIGNAL.template(model.edges, 3000)
    assert expected.with_signal(SIGNAL, 3000, -20).counts == pytest.approx(model.expected - 20 * template)
    with pytest.raises(
        bh.SignalError, match="a signal of -900 events at 3000 GeV makes expected counts negative"
    ):
        expected.with_signal(SIGNAL, 3000, -900)
    with pytest.raises(bh.SignalError, match="mass 900 GeV is outside the bins, 1460-6800 GeV"):
        expected.with_signal(SIGNAL, 900, 1)


def test_toys_fluctuate_around_it(truth):
    model = truth(3000)
    toys = bh.Expected(model.edges, model.expected).toys(4000, 1)
    deviation = (toys.mean(0) - model.expected) / np.sqrt(model.expected / 4000)
    assert np.abs(deviation).max() < 4
    assert toys.var(0) == pytest.approx(model.expected, rel=0.12)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([1.5, -0.1], "which is negative"),
        ([np.nan, 1.0], "which is not finite"),
        ([1.0, 2.0, 3.0], r"3 edges need shape \(2,\)"),
    ],
)
def test_wrong_counts_are_errors(counts, message):
    with pytest.raises(bh.SpectrumError, match=message):
        bh.Expected([1000, 1100, 1200], counts)


def test_nothing_cannot_be_scaled():
    with pytest.raises(bh.CountsError, match="no events are expected between 1000 and 1100 GeV"):
        bh.Expected([1000, 1100], [0.0]).scaled(5)


def test_counts_cannot_be_changed():
    given = np.array([1.5, 2.5])
    expected = bh.Expected([1000, 1100, 1200], given)
    given[0] = 7
    assert expected.counts[0] == 1.5
    with pytest.raises(ValueError, match="read-only"):
        expected.counts[0] = 3

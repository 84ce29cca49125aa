from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.measurement import Measurement

SIGNAL = bh.Gaussian(0.05)
MASSES = np.arange(1800.0, 6001.0, 100.0)


@pytest.fixture(scope="module")
def other(truth):
    """UA2 function with four shape parameters, fitted to 200,000 events."""
    return bh.Expected.fitted(truth(200_000).spectrum(7), bh.families.ua2(4))


def test_three_parameters_are_too_few_for_ua2_and_four_are_enough(other):
    three = [bh.spurious_signal(other.scaled(n), bh.families.dijet(3), SIGNAL, MASSES) for n in (2e5, 2e6)]
    four = [bh.spurious_signal(other.scaled(n), bh.families.dijet(4), SIGNAL, MASSES) for n in (2e5, 2e6)]
    assert [abs(result.largest.ratio) for result in three] == pytest.approx([0.62, 1.96], abs=0.01)
    assert [abs(result.largest.ratio) for result in four] == pytest.approx([0.09, 0.29], abs=0.01)
    assert [result.passed for result in (*three, *four)] == [False, False, True, False]


def test_the_ratio_grows_with_the_root_of_the_number_of_events(other):
    small, large = (
        bh.spurious_signal(other.scaled(n), bh.families.dijet(2), SIGNAL, 3000) for n in (1e5, 4e5)
    )
    assert large.points[0].ratio == pytest.approx(2 * small.points[0].ratio, rel=0.02)
    assert large.points[0].error == pytest.approx(2 * small.points[0].error, rel=0.02)


@pytest.mark.parametrize("n_events", [300, 200_000])
def test_the_family_itself_has_none(truth, n_events):
    model = truth(n_events)
    result = bh.spurious_signal(bh.Expected(model.edges, model.expected), model.family, SIGNAL, MASSES)
    assert result.passed
    assert abs(result.largest.ratio) < 1e-3
    assert [point.mass for point in result.points] == list(MASSES)


def test_neighbours_hide_no_zero(other):
    near = bh.spurious_signal(other, bh.families.dijet(2), SIGNAL, MASSES, around=0.1)
    alone = bh.spurious_signal(other, bh.families.dijet(2), SIGNAL, MASSES)
    for point, same in zip(near.points, alone.points, strict=True):
        assert point.ratio == pytest.approx(same.ratio)
        assert same.largest == same.ratio
        inside = [abs(p.ratio) for p in alone.points if abs(p.mass - point.mass) <= 0.1 * point.mass]
        assert abs(point.largest) == pytest.approx(max(inside))
    least = min(near.points, key=lambda point: abs(point.ratio))
    assert abs(least.largest) > 10 * abs(least.ratio)


def test_an_envelope_has_a_smaller_one_than_its_smallest_family(other):
    rule = bh.Envelope([bh.families.dijet(n) for n in (2, 3, 4)])
    sizes = [
        abs(bh.spurious_signal(other, tested, SIGNAL, MASSES).largest.ratio)
        for tested in (rule.families[0], rule)
    ]
    assert sizes[1] < 0.5 * sizes[0]


def test_a_failed_fit_does_not_pass(other, monkeypatch):
    monkeypatch.setattr(Measurement, "_error", lambda *_: np.array([np.nan]))
    result = bh.spurious_signal(other, bh.families.dijet(4), SIGNAL, [2500, 3000])
    assert [(point.error, point.ratio, point.valid) for point in result.points] == [(None, None, False)] * 2
    assert not result.passed
    assert bh.SpuriousSignal.from_json(result.to_json()) == result


def test_record_progress_and_range(other):
    seen = []
    result = bh.spurious_signal(
        other,
        bh.families.dijet(3),
        SIGNAL,
        [3000, 2500],
        fit_range=(1687, 5300),
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(1, 2), (2, 2)]
    assert [point.mass for point in result.points] == [2500, 3000]
    assert bh.SpuriousSignal.from_json(result.to_json()) == result
    with pytest.raises(bh.SignalError, match="outside"):
        bh.spurious_signal(other, bh.families.dijet(3), SIGNAL, 5500, fit_range=(1687, 5300))
    with pytest.raises(bh.SignalError, match="no masses to test"):
        bh.spurious_signal(other, bh.families.dijet(3), SIGNAL, [])

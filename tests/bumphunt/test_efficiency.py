from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest

CURVE = bh.EfficiencyCurve((40.0, 10.0, 20.0), (0.30, 0.05, 0.20), (0.03, 0.02, 0.02))


def test_the_curve_goes_through_its_points_in_any_order():
    assert CURVE.cross_section == (10.0, 20.0, 40.0)
    assert CURVE.at([10.0, 20.0, 40.0]) == pytest.approx([0.05, 0.20, 0.30], abs=1e-15)
    assert CURVE.error_at([10.0, 20.0, 40.0]) == pytest.approx([0.02, 0.02, 0.03])
    assert CURVE.error_at(20 * np.sqrt(2)) == pytest.approx(0.025)


def test_between_the_points_it_neither_oscillates_nor_overshoots():
    rising_and_falling = bh.EfficiencyCurve((1, 2, 4, 8, 16, 32), (0.0, 0.0, 0.3, 0.31, 0.1, 0.1))
    sigma = np.geomspace(1, 32, 500)
    values = rising_and_falling.at(sigma)
    top = int(np.argmax(values))
    assert (np.diff(values[: top + 1]) >= -1e-15).all()
    assert (np.diff(values[top:]) <= 1e-15).all()
    assert (values.min(), values.max()) == pytest.approx((0.0, 0.31), abs=1e-5)


def test_a_turn_on_with_injections_a_factor_two_apart_is_known_to_1_2_percent_of_its_plateau():
    def turn_on(sigma):
        return 0.2 / (1 + (sigma / 26.0) ** -2.5)

    knots, sigma = 2.0 ** np.arange(1, 10), np.geomspace(2, 512, 500)
    curve = bh.EfficiencyCurve(tuple(knots), tuple(turn_on(knots)))
    assert np.abs(curve.at(sigma) - turn_on(sigma)).max() < 0.012 * 0.2


@pytest.mark.parametrize("value", [9.99, 40.01, float("nan")])
def test_there_is_no_extrapolation(value):
    for method in (CURVE.at, CURVE.error_at):
        with pytest.raises(
            bh.EfficiencyError, match=f"no efficiency at {value:g} fb: injections go from 10 to 40"
        ):
            method([20.0, value])


def test_without_errors_the_error_is_zero():
    assert (bh.EfficiencyCurve((1.0, 2.0), (0.1, 0.2)).error_at([1.0, 1.5]) == 0).all()


def test_curves_survive_json():
    for curve in (CURVE, bh.EfficiencyCurve((1.0, 2.0), (0.1, 0.2))):
        assert bh.EfficiencyCurve.from_json(curve.to_json()) == curve


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((1.0,), (0.1,)), "at least two injections"),
        (((1.0, 2.0), (0.1,)), r"shapes \[\(2,\), \(1,\)\]"),
        (((1.0, 2.0), (0.1, 0.2), (0.1,)), "one for each"),
        (((0.0, 2.0), (0.1, 0.2)), "positive, each once"),
        (((2.0, 2.0), (0.1, 0.2)), "positive, each once"),
        (((1.0, np.inf), (0.1, 0.2)), "positive, each once"),
        (((1.0, 2.0), (0.1, 1.2)), "between 0 and 1"),
        (((1.0, 2.0), (np.nan, 0.2)), "between 0 and 1"),
        (((1.0, 2.0), (0.1, 0.2), (0.1, -0.1)), "not negative"),
    ],
)
def test_impossible_curves_are_refused(arguments, message):
    with pytest.raises(bh.EfficiencyError, match=message):
        bh.EfficiencyCurve(*arguments)

from __future__ import annotations

import dijethunt.bumphunt as bh
import pytest


def found(sigma, z, **options):
    return bh.discovery_from_injections(sigma, z, **options)


def test_straight_lines_between_injections_in_any_order():
    result = found((40.0, 10.0, 20.0), (8.0, 1.0, 4.0))
    assert result.cross_sections == pytest.approx((10 + 10 * 2 / 3, 25.0))
    assert (result.events, result.warnings) == (None, ())


def test_significances_that_are_noise_are_dropped():
    assert found((10, 15, 20), (1.0, 0.05, 4.0)).cross_sections[0] == pytest.approx(10 + 10 * 2 / 3)
    assert found((10, 15, 20), (1.0, 0.11, 4.0)).cross_sections[0] == pytest.approx(15 + 5 * 2.89 / 3.89)


def test_between_four_and_five_it_goes_on_by_15_percent_once():
    result = found((10.0, 20.0), (2.0, 4.6))
    assert result.cross_sections[1] == pytest.approx(20 + 3 * 0.4 / (0.15 * 4.6))
    assert result.warnings == (
        "5 standard deviations: extrapolated by up to 15% beyond the largest injection",
    )
    assert found((10.0, 20.0), (2.0, 4.2)).cross_sections[1] is None


def test_it_goes_on_from_the_last_injection_even_if_another_is_more_significant():
    sigma = (5.0, 10.0, 20.0, 40.0)
    assert found(sigma, (1.0, 4.5, 2.0, 4.2)).cross_sections[1] is None
    result = found(sigma, (1.0, 4.6, 2.0, 4.4))
    assert result.cross_sections[1] == pytest.approx(40 + 6 * 0.6 / (0.15 * 4.4))
    assert "beyond the largest injection" in result.warnings[0]


def test_below_four_there_is_none():
    result = found((10.0, 20.0), (2.0, 3.99))
    assert result.cross_sections == (pytest.approx(10 + 10 / 1.99), None)
    assert result.warnings == ("5 standard deviations: injections stay far below; inject more",)


def test_the_smallest_cross_section_that_reaches_it_is_taken():
    assert found((10, 20, 30, 40), (1.0, 6.0, 2.0, 7.0)).cross_sections[1] == pytest.approx(18.0)


def test_nothing_is_said_below_the_smallest_injection():
    result = found((10.0, 20.0), (4.0, 6.0))
    assert result.cross_sections == (None, pytest.approx(15.0))
    assert "the smallest injection, 10 fb, is above already; inject less" in result.warnings[0]


def test_no_significance_at_all_gives_none():
    assert found((10.0, 20.0), (0.0, 0.05)).cross_sections == (None, None)


@pytest.mark.parametrize(
    ("sigma", "z"),
    [
        ((1.0,), (1.0, 2.0)),
        ((0.0, 1.0), (1.0, 2.0)),
        ((1.0, 2.0), (1.0, float("nan"))),
        ((5.0, 10.0, float("inf")), (1.0, 4.5, 6.0)),
    ],
)
def test_impossible_injections_are_refused(sigma, z):
    with pytest.raises(bh.EfficiencyError, match="they match, are finite and positive"):
        found(sigma, z)

"""The working points of a configuration."""

from __future__ import annotations

import numpy as np
import pytest
from dijethunt.datasets.table import FeatureTable
from dijethunt.taggers.error import ParameterError, SelectionError
from dijethunt.taggers.selector import (
    AbsoluteThreshold,
    CentralEfficiency,
    FixedEfficiency,
    OverallEfficiency,
)
from dijethunt.taggers.workingpoint import working_point


@pytest.fixture(scope="module")
def table() -> FeatureTable:
    """Scores that rise with mass, on another scale in each of two folds, and an excess in the signal region."""
    rng = np.random.default_rng(1)
    n = 20_000
    mjj = rng.uniform(2000, 4000, n)
    region = np.select([mjj < 2600, mjj < 3200, mjj < 3800], [-1, 0, 1], 2).astype(np.int8)
    fold = rng.integers(0, 2, n)
    score = (rng.normal(size=n) + mjj / 2000 + 2 * ((region == 0) & (rng.random(n) < 0.1))) * (fold + 1)
    return FeatureTable({"score": score, "region": region, "fold": fold, "mjj": mjj})


def fractions(table: FeatureTable, settings, rows) -> list[float]:
    """Return the fraction of the events ``rows`` that is selected, in each fold."""
    selected = working_point(settings, 0.05, folds=2).fit(table).select(table) == 0
    return [float(np.mean(selected[rows & (table["fold"] == fold)])) for fold in (0, 1)]


def test_the_default_is_a_fraction_of_the_sidebands():
    for settings in (None, {}, {"kind": "sideband"}):
        assert working_point(settings, 0.05, 3, "B3") == FixedEfficiency(
            efficiency=0.05, folds=3, window="B3"
        )


def test_overall_is_a_fraction_of_all_events_at_any_mass(table):
    everything = np.ones(len(table), dtype=bool)
    assert fractions(table, {"kind": "overall"}, everything) == pytest.approx([0.05, 0.05], abs=2e-4)
    assert isinstance(working_point({"kind": "overall"}, 0.05), OverallEfficiency)


def test_central_is_a_fraction_of_the_events_in_a_band(table):
    band = (table["mjj"] >= 2100) & (table["mjj"] < 2300)
    settings = {"kind": "central", "band": [2100, 2300]}
    assert fractions(table, settings, band) == pytest.approx([0.05, 0.05], abs=1e-3)
    changed = table.with_columns(score=np.where(band, table["score"], 1e9))
    points = [working_point(settings, 0.05, 2).fit(t).thresholds for t in (table, changed)]
    assert np.array_equal(*points)
    assert isinstance(working_point(settings, 0.05), CentralEfficiency)


def test_the_kinds_differ_in_what_a_signal_does_to_them(table):
    """An excess in the signal region raises the threshold on all events, and not those on others."""
    more = table.with_columns(score=np.where(table["region"] == 0, table["score"] + 1, table["score"]))
    for settings, moves in (
        ({}, False),
        ({"kind": "overall"}, True),
        ({"kind": "central", "band": [3300, 3500]}, False),
    ):
        before, after = (working_point(settings, 0.05, 2).fit(t).thresholds for t in (table, more))
        assert np.all(after > before) if moves else np.array_equal(after, before)


def test_an_absolute_threshold_is_the_same_in_all_folds(table):
    point = working_point({"kind": "absolute", "threshold": 3}, 0.05, 2).fit(table)
    assert isinstance(point, AbsoluteThreshold)
    assert point.thresholds.tolist() == [3.0, 3.0]
    assert np.array_equal(point.select(table) == 0, table["score"] >= 3)
    assert point.achieved[0] < point.achieved[1]
    assert point.nominal == pytest.approx(point.achieved.mean())


def test_a_band_without_events_is_an_error(table):
    point = working_point({"kind": "central", "band": [5000, 6000]}, 0.05, 2, "B3")
    with pytest.raises(SelectionError, match="window B3, fold 0: no events of the band"):
        point.fit(table)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "sidebands"}, r"working_point: no kind 'sidebands'; did you mean 'sideband'\?"),
        ({"kind": 1}, "no kind '1'"),
        ({"kind": "central"}, "needs a band"),
        ({"kind": "absolute"}, "needs a threshold"),
        ({"band": [1, 2]}, "of kind 'sideband': no key 'band'"),
        ({"kind": "absolute", "treshold": 1.0}, r"no key 'treshold'; did you mean 'threshold'\?"),
        ({"kind": "absolute", "threshold": "high"}, "threshold is 'high'"),
        ({"kind": "central", "band": [3000]}, "band is .3000."),
        ({"kind": "central", "band": [3000, "x"]}, "high edge of band is 'x'; allowed: a number"),
        (
            {"kind": "central", "band": [3000, 2000]},
            r"band is \[3000.0, 2000.0\] GeV; allowed: .* low < high",
        ),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(ParameterError, match=message):
        working_point(settings, 0.05)


def test_a_wrong_efficiency_is_refused():
    for kind in ({}, {"kind": "overall"}, {"kind": "central", "band": [1, 2]}):
        with pytest.raises(ParameterError, match="above 0 and at most 1"):
            working_point(kind, 1.5)

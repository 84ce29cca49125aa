"""Efficiencies of b tags are of flavours and bins with enough jets."""

from __future__ import annotations

import numpy as np
import pytest
from dijethunt.analysis.tagging import EDGES, LEAST, binned, efficiencies, enough


def test_efficiencies_of_a_score_are_shares_of_the_weight() -> None:
    score, pt = np.array([0.9] * 30 + [0.0] * 30), np.full(60, 500.0)
    found = efficiencies(score, np.full(60, 5), pt, np.ones(60))
    assert set(found) == {"b"}
    for one in found["b"].values():
        assert one["value"] == 0.5
        assert one["error"] == pytest.approx(0.5 / 60**0.5)
        assert [(row["low"], row["high"], row["jets"]) for row in one["bins"]] == [(400.0, 600.0, 60)]


def test_a_flavour_that_is_in_no_bin_has_no_panel() -> None:
    middles = (np.array(EDGES[1:]) + np.array(EDGES[:-1])) / 2
    few = np.tile(middles, 3)
    pt = np.concatenate([few, np.full(LEAST, 500.0)])
    flavour = np.concatenate([np.full(len(few), 4), np.zeros(LEAST)])
    found = efficiencies(np.full(len(pt), 0.5), flavour, pt, np.ones(len(pt)))
    assert set(found) == {"c", "light"}
    assert set(binned(found)) == {"light"}


@pytest.mark.parametrize(
    ("weight", "told"), [([1.0] * 20, True), ([1.0] * 19, False), ([1.0] * 19 + [9.0], False)]
)
def test_the_effective_number_counts(weight: list[float], told: bool) -> None:
    assert enough(weight) is told

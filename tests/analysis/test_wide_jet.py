"""Other jets are added to the nearer of the two leading ones, if they are near enough."""

from __future__ import annotations

from typing import Any

import awkward as ak
import numpy as np
import pytest
from dijethunt.analysis.wide_jet import wide_dijets
from dijethunt.selections.dijet import Dijet


def widened(*others: tuple[float, float]) -> dict[str, Any]:
    """Widen two massless jets of 1000 GeV at eta 0.5 and -0.5, phi 0 and pi, with others of 300 GeV."""
    eta, phi = np.array([(0.5, 0.0), (-0.5, np.pi), *others]).T
    pt = np.array([1000.0, 1000.0, *[300.0] * len(others)])
    jets = ak.zip({"pt": [pt], "eta": [eta], "phi": [phi], "mass": [np.zeros(len(pt))]})
    pair = Dijet(np.array([0]), np.array([[0, 1]]), np.ones(1), np.ones(1))
    return wide_dijets(ak.zip({"FatJet": jets}, depth_limit=1), pair)


def test_two_jets_stay_what_they_are() -> None:
    found = widened()
    assert found["mjj_wide"] == pytest.approx(np.sqrt(2e6 * (np.cosh(1) + 1)))
    assert found["deta_wide"] == pytest.approx(1)


def test_a_near_jet_is_added_and_a_far_one_is_not() -> None:
    alone = widened()["mjj_wide"]
    assert widened((0.5, 1.0))["mjj_wide"] > 1.02 * alone
    assert widened((-0.5, -np.pi + 1.0))["mjj_wide"] > 1.02 * alone  # across phi = pi
    assert widened((0.5, 1.2))["mjj_wide"] == pytest.approx(alone)


def test_distance_is_that_of_the_wide_jets() -> None:
    assert widened((1.4, 0.0))["deta_wide"] > 1.1

"""Peaks and widths are of enough jets, and know nothing of tails."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from dijethunt.analysis.campaign_sample import CampaignSample, Origin
from dijethunt.analysis.containment import LEAST, LEAST_HEAVY, heavy_jets, summary
from dijethunt.analysis.substructure_figure import MOST, groups
from dijethunt.datasets.catalogue import Dataset
from dijethunt.datasets.table import FeatureTable

CUT = {"mjj_min": 1200.0, "deta_max": None, "pt_min": 300.0}


def sample(columns: dict[str, Any], number: int) -> CampaignSample:
    """Events at 3 TeV that pass all cuts, with more columns."""
    kinematics = {"mjj": 3000.0, "j1_pt": 1400.0, "j2_pt": 1400.0, "deta": 0.5, "weight": 1.0}
    table = {name: np.full(number, value) for name, value in kinematics.items()} | columns
    origin = Origin({"process": {"name": "ttbar"}, "cut": CUT}, "toy")
    return CampaignSample(Dataset("tt", ("a.root",), "background"), origin, {}, FeatureTable(table))


def with_tops(number: int, tail: int) -> CampaignSample:
    """Jets j1 that are tops of 173 GeV with a resolution of 10 GeV, some of them far above; no jet is a W."""
    msd = np.random.default_rng(1).normal(173, 10, number)
    msd[:tail] = np.linspace(300, 900, tail)
    no = np.zeros(number, bool)
    columns = {"j1_msd": msd, "j2_msd": msd, "j1_top": ~no, "j2_top": no, "j1_w": no, "j2_w": no}
    return sample(columns, number)


def test_a_tail_does_not_widen_a_peak() -> None:
    found = heavy_jets(with_tops(4000, 1000))
    assert found["top"]["jets"] == 4000
    assert found["top"]["peak"] == pytest.approx(173, abs=3)
    assert found["top"]["width"] == pytest.approx(10, abs=1)
    assert found["w"] == {"jets": 0, "peak": None, "width": None}


def test_few_jets_have_no_peak() -> None:
    assert heavy_jets(with_tops(LEAST_HEAVY, 0))["top"]["peak"] is not None
    few = heavy_jets(with_tops(LEAST_HEAVY - 1, 0))["top"]
    assert few == {"jets": LEAST_HEAVY - 1, "peak": None, "width": None}


@pytest.mark.parametrize(("number", "peak"), [(LEAST, 3000.0), (LEAST - 1, None)])
def test_few_events_have_no_peak(number: int, peak: float | None) -> None:
    found = summary(sample({}, number))
    assert (found["peaks"]["mjj"], found["median_mjj"]) == (peak, peak)


@pytest.mark.parametrize(
    ("number", "sizes"), [(1, [1]), (5, [5]), (6, [3, 3]), (10, [5, 5]), (11, [4, 4, 3])]
)
def test_a_figure_shows_few_signals(number: int, sizes: list[int]) -> None:
    signals = [sample({}, 1) for _ in range(number)]
    found = groups(signals)
    assert [len(group) for group in found] == sizes
    assert max(sizes) <= MOST
    assert [one for group in found for one in group] == signals

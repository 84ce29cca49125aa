"""Which stored events count as selected, and the sums of their weights."""

from __future__ import annotations

import numpy as np
import pytest
from dijethunt.datasets.part import measure, passes
from dijethunt.datasets.process import QCD, DijetCut
from dijethunt.datasets.process_contract import JetCut
from dijethunt.datasets.production import simulate_part
from dijethunt.datasets.recipe import Recipe


def jets(pt: list[float], eta: list[float]) -> dict[str, np.ndarray]:
    """One event of two massless jets, back to back."""
    columns = {"pt": [pt], "eta": [eta], "phi": [[0.0, np.pi]], "mass": [[0.0, 0.0]]}
    return {name: np.array(values) for name, values in columns.items()}


@pytest.mark.parametrize(
    ("pt", "eta", "cut", "expected"),
    [
        ([600, 600], [0, 0], DijetCut(1199.0), True),
        ([600, 600], [0, 0], DijetCut(1201.0), False),
        ([600, 600], [0.6, -0.6], DijetCut(1400.0), True),  # 1200 cosh(0.6) = 1422.6
        ([600, 600], [0.7, -0.7], DijetCut(1200.0), False),
        ([600, 600], [0.7, -0.7], DijetCut(1200.0, None), True),
        ([600, 600], [0.7, -0.7], DijetCut(1200.0, 5.0, deta_min=1.39), True),
        ([600, 600], [0.6, -0.6], DijetCut(1200.0, 5.0, deta_min=1.4), False),
        ([2000, 299], [0, 0], DijetCut(1000.0), False),
        ([1100, 600], [0, 0], DijetCut(0.0, None, 200.0, leading_pt_min=1200.0), False),
        ([1300, 600], [0, 0], DijetCut(0.0, None, 200.0, leading_pt_min=1200.0), True),
        ([1300, 600], [0, 2.6], DijetCut(0.0, None, 200.0), False),
        ([700, 600], [0, 0], JetCut(550.0, 650.0), True),
        ([700, 680], [0, 0], JetCut(550.0, 650.0), False),
        ([700, 600], [0, 2.1], JetCut(550.0, 650.0), False),
    ],
)
def test_cuts(pt: list[float], eta: list[float], cut: DijetCut | JetCut, expected: bool) -> None:
    assert passes(jets(pt, eta), cut).tolist() == [expected]


def test_weights_of_selected_events_are_summed(tmp_path: object) -> None:
    process = QCD(mjj_min=2100.0, bias=4.5)
    recipe = Recipe(process, process.cut, events=30, seed=2, mpi=False)
    part = measure(simulate_part(recipe, 0, f"{tmp_path}/part.root"), recipe, 0)
    effective = part.sumw_selected**2 / part.sumw2_selected
    assert part.selected == 30
    assert 5 < effective < 29
    assert part.sumw_selected < part.sumw

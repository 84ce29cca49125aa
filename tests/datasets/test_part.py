"""Which stored events count as selected, and the sums of their weights."""

from __future__ import annotations

from dijethunt.datasets.part import measure
from dijethunt.datasets.process import QCD
from dijethunt.datasets.production import simulate_part
from dijethunt.datasets.recipe import Recipe


def test_weights_of_selected_events_are_summed(tmp_path: object) -> None:
    process = QCD(mjj_min=2100.0, bias=4.5)
    recipe = Recipe(process, process.cut, events=30, seed=2, mpi=False)
    part = measure(simulate_part(recipe, 0, f"{tmp_path}/part.root"), recipe, 0)
    effective = part.sumw_selected**2 / part.sumw2_selected
    assert part.selected == 30
    assert 5 < effective < 29
    assert part.sumw_selected < part.sumw

"""What is kept of a process: cuts that contain one another."""

from __future__ import annotations

import pytest
from dijethunt.datasets.process import QCD, DijetCut, JetCut


@pytest.mark.parametrize(
    ("cut", "covered"),
    [
        (DijetCut(2100.0), True),
        (DijetCut(2500.0, 1.0, 400.0), True),
        (DijetCut(2000.0), False),
        (DijetCut(2100.0, 1.4), False),
        (DijetCut(2100.0, None), False),
        (DijetCut(2100.0, 1.3, 200.0), False),
        (DijetCut(2100.0, 1.3, deta_min=0.5), True),
        (DijetCut(2100.0, 1.3, leading_pt_min=1200.0), True),
        (JetCut(300.0, 400.0), False),
    ],
)
def test_generation_covers_tighter_cuts_only(cut: DijetCut | JetCut, covered: bool) -> None:
    assert QCD(2100.0).cut.contains(cut) is covered


@pytest.mark.parametrize(
    ("cut", "covered"),
    [
        (JetCut(550.0, 650.0), True),
        (JetCut(580.0, 600.0, 1.5), True),
        (JetCut(500.0, 650.0), False),
        (JetCut(550.0, 700.0), False),
        (JetCut(550.0, 650.0, 2.4), False),
        (DijetCut(3000.0), False),
    ],
)
def test_jets_cover_tighter_windows_only(cut: DijetCut | JetCut, covered: bool) -> None:
    assert JetCut(550.0, 650.0, 2.0).contains(cut) is covered

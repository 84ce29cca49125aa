"""What is kept of a process: cuts that contain one another."""

from __future__ import annotations

import pytest
from dijethunt.datasets.process import QCD, DijetCut


@pytest.mark.parametrize(
    ("cut", "covered"),
    [
        (DijetCut(2100.0), True),
        (DijetCut(2500.0, 1.0, 400.0), True),
        (DijetCut(2000.0), False),
        (DijetCut(2100.0, 1.4), False),
        (DijetCut(2100.0, None), False),
        (DijetCut(2100.0, 1.3, 200.0), False),
    ],
)
def test_generation_covers_tighter_cuts_only(cut: DijetCut, covered: bool) -> None:
    assert QCD(2100.0).cut.contains(cut) is covered

"""What signals have in common: where a resonance is cut off, and what a process keeps."""

from __future__ import annotations

from dijethunt.datasets.process import XYY, ZTT, DijetCut, QStar


def test_a_resonance_is_cut_off_where_nothing_can_be_selected() -> None:
    assert "5100039:mMin = 2250" in XYY().settings()  # 25 widths
    assert "5100039:mMin = 840" in XYY(width=0.1).settings()  # 0.7 of the smallest m_jj
    assert "5100039:mMin = 800" in XYY(width=0.1, m_y=400.0, m_y_prime=400.0, mjj_min=1000.0).settings()
    assert "4000002:mMin = 500" in QStar(1000.0, width=0.1).settings()  # half the mass


def test_cut_is_that_of_the_parameters() -> None:
    assert ZTT(mjj_min=1000.0, deta_max=None).cut == DijetCut(1000.0, None)

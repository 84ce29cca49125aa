"""Backgrounds: the range that is allowed, and the limits and vetoes that follow from it."""

from __future__ import annotations

from math import cosh

import pytest
from dijethunt.datasets.process import QCD, DijetVeto, ProcessError


@pytest.mark.parametrize(
    ("mjj_min", "deta_max"), [(100.0, 1.3), (12_000.0, 1.3), (2100.0, 0.1), (2100.0, 6.0)]
)
def test_impossible_background_is_refused(mjj_min: float, deta_max: float) -> None:
    with pytest.raises(ProcessError, match="allowed"):
        QCD(mjj_min, deta_max)


def test_hard_process_begins_below_the_selection() -> None:
    at_the_edge = 2100 / (2 * cosh(0.65))
    assert QCD(2100.0, 1.3).pt_hat_min() == pytest.approx(0.67 * at_the_edge)
    assert QCD(2100.0, 1.0).pt_hat_min() == QCD(2100.0, 1.3).pt_hat_min() > QCD(2100.0, 1.5).pt_hat_min()
    assert QCD(2100.0, None).pt_hat_min() == pytest.approx(0.67 * 300)
    assert QCD(4200.0, 1.3).pt_hat_min() == pytest.approx(2 * QCD(2100.0, 1.3).pt_hat_min())


def test_vetoes_follow_the_parameters() -> None:
    narrow, wide = QCD(2100.0, 1.3).veto, QCD(2100.0, None).veto
    assert isinstance(narrow, DijetVeto)
    assert isinstance(wide, DijetVeto)
    assert 0.8 * 2100 < narrow.mjj_min < 2100
    assert narrow.deta_max is not None
    assert narrow.deta_max > 1.3
    assert wide.deta_max is None

"""Backgrounds: the range that is allowed, and the limits and vetoes that follow from it."""

from __future__ import annotations

from math import cosh

import pytest
from dijethunt.datasets.process import QCD, DijetCut, DijetVeto, ProcessError, make_process


@pytest.mark.parametrize(
    ("mjj_min", "deta_max"), [(100.0, 1.3), (12_000.0, 1.3), (2100.0, 0.1), (2100.0, 6.0)]
)
def test_impossible_background_is_refused(mjj_min: float, deta_max: float) -> None:
    with pytest.raises(ProcessError, match="allowed"):
        QCD(mjj_min, deta_max)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"deta_min": 1.4}, "deta_min of qcd is 1.4; allowed: 0 to 0.8, which is deta_max - 0.5"),
        ({"deta_min": -1.0}, "deta_min of qcd is -1"),
        ({"deta_min": 4.8, "deta_max": None}, "allowed: 0 to 4.5"),
        ({"deta_max": 6.0}, "deta_max of qcd is 6; allowed: 0.5 to 5, the widest"),
    ],
)
def test_empty_sideband_is_refused(parameters: dict[str, float | None], message: str) -> None:
    with pytest.raises(ProcessError, match=message):
        make_process("qcd", **parameters)


@pytest.mark.parametrize("name", ["qcd", "ttbar", "singletop", "vjets"])
def test_sideband_is_generated_as_such(name: str) -> None:
    process = make_process(name, mjj_min=1950.0, deta_min=1.4, deta_max=5.0)
    assert process.cut == DijetCut(1950.0, 5.0, deta_min=1.4)
    veto = process.veto
    assert isinstance(veto, DijetVeto)
    assert (veto.deta_min, veto.deta_max) == pytest.approx((1.28, 5.12))
    assert "PhaseSpace:mHatMin = 1170" in process.settings()


def test_hard_process_begins_below_the_selection() -> None:
    at_the_edge = 2100 / (2 * cosh(0.65))
    assert QCD(2100.0, 1.3).pt_hat_min() == pytest.approx(0.67 * at_the_edge)
    assert QCD(2100.0, 1.0).pt_hat_min() == QCD(2100.0, 1.3).pt_hat_min() > QCD(2100.0, 1.5).pt_hat_min()
    assert QCD(2100.0, None).pt_hat_min() == pytest.approx(0.67 * 300)
    assert QCD(2100.0, 5.0).pt_hat_min() == QCD(2100.0, None).pt_hat_min()
    assert QCD(4200.0, 1.3).pt_hat_min() == pytest.approx(2 * QCD(2100.0, 1.3).pt_hat_min())


def test_vetoes_follow_the_parameters() -> None:
    narrow, wide = QCD(2100.0, 1.3).veto, QCD(2100.0, None).veto
    assert isinstance(narrow, DijetVeto)
    assert isinstance(wide, DijetVeto)
    assert 0.8 * 2100 < narrow.mjj_min < 2100
    assert narrow.deta_max is not None
    assert narrow.eta_max is not None
    assert narrow.eta_max > 2.5
    assert narrow.deta_min == wide.deta_min == 0.0
    assert narrow.deta_max > 1.3
    assert wide.deta_max is None

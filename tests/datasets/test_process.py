"""Processes: parameters that are allowed, what they turn into, and the registry."""

from __future__ import annotations

import json
from dataclasses import asdict
from math import cosh

import pytest
from dijethunt.datasets.error import UnknownNameError
from dijethunt.datasets.process import (
    PROCESSES,
    QCD,
    XYY,
    AngleVeto,
    DijetCut,
    DijetVeto,
    Process,
    ProcessError,
    X,
    make_process,
)
from pydantic import TypeAdapter


def test_registry_makes_processes_by_name() -> None:
    assert set(PROCESSES) == {"qcd", "xyy"}
    assert make_process("qcd", mjj_min=1800.0) == QCD(1800.0)
    assert make_process("xyy", mass=5000.0, m_y=25.0).name == "xyy"


def test_unknown_process_names_the_allowed_ones() -> None:
    with pytest.raises(UnknownNameError, match=r"no process 'qdc'; did you mean 'qcd'.*known: qcd, xyy"):
        make_process("qdc")


@pytest.mark.parametrize("kind", PROCESSES.values(), ids=lambda kind: kind.name)
def test_process_survives_configuration(kind: type[Process]) -> None:
    process = kind()
    text = json.dumps(asdict(process), allow_nan=False)
    assert TypeAdapter(kind).validate_json(text) == process


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"mass": 200.0}, "X of 200 GeV cannot decay to Y of 80 and Y' of 170 GeV"),
        ({"mass": 14_000.0}, "allowed: 0 to 13000"),
        ({"m_y": 5.0}, "too light"),
        ({"width": 0.0}, "relative width"),
        ({"angle": "cos2"}, "'sin2', 'flat'"),
    ],
)
def test_impossible_signal_is_refused(parameters: dict[str, float | str], message: str) -> None:
    with pytest.raises(ProcessError, match=message):
        make_process("xyy", **parameters)


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
    assert XYY().veto == AngleVeto(X, 2)
    assert XYY(angle="flat").veto is None


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

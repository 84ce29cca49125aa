"""Signals of light quarks: what they refuse, and what they ask of Pythia."""

from __future__ import annotations

import pytest
from dijethunt.datasets.process import XYY, AngleVeto, ProcessError, QStar, X, make_process


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"mass": 100.0}, "Q\\* of 100 GeV cannot decay to W' of 170 GeV; choose daughters that are lighter"),
        ({"mass": 13_000.0}, "Q\\* of 13000 GeV cannot be made; allowed: 0 to 13000 GeV"),
        ({"m_w_prime": 5.0}, "W' of 5 GeV is too light to decay to jets of quarks; allowed: 10 GeV or more"),
        ({"width": 0.3}, "relative width of qstar is 0.3; allowed: above 0, up to 0.2"),
    ],
)
def test_impossible_signal_is_refused(parameters: dict[str, float], message: str) -> None:
    with pytest.raises(ProcessError, match=message):
        make_process("qstar", **parameters)


def test_scale_of_the_excited_quark_is_its_mass() -> None:
    assert "ExcitedFermion:Lambda = 5000" in QStar(5000.0).settings()


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
def test_impossible_pair_of_daughters_is_refused(parameters: dict[str, float | str], message: str) -> None:
    with pytest.raises(ProcessError, match=message):
        make_process("xyy", **parameters)


def test_angle_of_two_scalars_is_shaped() -> None:
    assert XYY().veto == AngleVeto(X, 2)
    assert XYY(angle="flat").veto is None

"""Signals through W, Z and top: what they refuse, and what they ask of Pythia."""

from __future__ import annotations

import pytest
from dijethunt.datasets.process import WKK, ZTT, AngleVeto, ProcessError, make_process
from dijethunt.datasets.process_contract import TransverseVeto


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        (
            "wbt",
            {"m_b_prime": 19.0},
            "B' of 19 GeV is too light to decay to b and Z; allowed: 20 GeV or more",
        ),
        ("wbt", {"mass": 500.0}, "W' of 500 GeV cannot decay to B' of 400 and t of 173 GeV"),
        ("wbt", {"angle": "sin2"}, "angle of wbt is 'sin2'; allowed: 'matrix', 'flat'"),
        ("wkk", {"m_r": 80.0}, "R of 80 GeV is too light to decay to two W; allowed: 100 GeV or more"),
        ("wkk", {"width": 0.0}, "relative width of wkk is 0; allowed: above 0, up to 0.2"),
        ("ztt", {"m_t_prime": 170.0}, "T' of 170 GeV is too light to decay to t and Z"),
        (
            "ztt",
            {"m_t_prime": 1500.0},
            "Z' of 3000 GeV cannot decay to T' of 1500 and another T' of 1500 GeV",
        ),
        ("yhh", {"m_h": 300.0}, "H of 300 GeV is too light to decay to two t; allowed: 350 GeV or more"),
        ("yhh", {"bosons": "leptonic"}, "bosons of yhh is 'leptonic'; allowed: 'inclusive', 'hadronic'"),
    ],
)
def test_impossible_signal_is_refused(name: str, parameters: dict[str, float | str], message: str) -> None:
    with pytest.raises(ProcessError, match=message):
        make_process(name, **parameters)


def test_angles_are_shaped_where_pythia_has_none() -> None:
    assert make_process("yhh").veto == AngleVeto(5100039, 4)
    assert make_process("wkk").veto == TransverseVeto(34)
    assert all(make_process(name, angle="flat").veto is None for name in ("wbt", "wkk", "yhh"))
    assert make_process("wbt").veto is None


def test_hadronic_bosons_are_an_option() -> None:
    added = set(ZTT(bosons="hadronic").settings()) - set(ZTT().settings())
    assert added == {
        f"{boson}:{rule}" for boson in (23, 24) for rule in ("onMode = off", "onIfAny = 1 2 3 4 5")
    }


def test_a_radion_is_cut_off_ten_widths_away() -> None:
    new = next(line for line in WKK(m_r=400.0, width=0.01).settings() if ":new" in line)
    assert new == "9000003:new = R void 1 0 0 400 4 360 440 0."

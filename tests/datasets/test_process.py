"""The registry of processes: names, what they make, and that samples made earlier stay valid."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest
from dijethunt.datasets.error import UnknownNameError
from dijethunt.datasets.process import PROCESSES, QCD, XYY, Process, ProcessError, make_process
from dijethunt.datasets.provenance import configuration_hash
from dijethunt.datasets.recipe import Recipe
from pydantic import TypeAdapter


def test_registry_makes_processes_by_name() -> None:
    assert set(PROCESSES) == {
        *("qcd", "ttbar", "singletop", "vjets"),
        *("xyy", "qstar", "wbt", "wkk", "ztt", "yhh", "svj"),
        *("qcd_jets", "top_jets", "boson_jets", "aachen_jets", "heidelberg_jets"),
        *("lhco_qcd", "lhco_signal"),
    }
    assert make_process("qcd", mjj_min=1800.0) == QCD(1800.0)
    assert make_process("xyy", mass=5000.0, m_y=25.0).name == "xyy"


def test_unknown_process_names_the_allowed_ones() -> None:
    with pytest.raises(
        UnknownNameError,
        match=r"no process 'qdc'; did you mean 'qcd'.*known: aachen_jets, .*qcd, qcd_jets, qstar",
    ):
        make_process("qdc")


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("wkk_3500_170", {"mass": 3500.0, "m_r": 170.0}),
        ("xyy_2750.5_60_300", {"mass": 2750.5, "m_y": 60.0, "m_y_prime": 300.0}),
        ("ztt_4000_400", {"mass": 4000.0, "m_t_prime": 400.0}),
    ],
)
def test_any_masses_make_a_name(name: str, fields: dict[str, float]) -> None:
    assert make_process(name) == make_process(name.split("_", maxsplit=1)[0], **fields)
    assert make_process(name, width=0.1) == make_process(name.split("_", maxsplit=1)[0], **fields, width=0.1)


@pytest.mark.parametrize("name", ["wkk_3000", "wkk_3000_170_170", "wkk_3000_heavy"])
def test_incomplete_name_says_what_it_lacks(name: str) -> None:
    with pytest.raises(
        ProcessError, match=f"'{name}' is no name .*'wkk' come mass and m_r in GeV, as in 'wkk"
    ):
        make_process(name)


def test_masses_in_names_and_parameters_are_checked() -> None:
    with pytest.raises(ProcessError, match="R of 80 GeV is too light to decay to two W"):
        make_process("wkk_3000_80")
    with pytest.raises(
        UnknownNameError, match=r"process wkk_3000_170: no parameter 'm_w'; did you mean 'm_r'"
    ):
        make_process("wkk_3000_170", m_w=80.0)


def test_masses_are_in_the_name_or_in_the_parameters() -> None:
    message = "xyy_3000_80_170: its name fixes mass; use process xyy"
    with pytest.raises(ProcessError, match=message):
        make_process("xyy_3000_80_170", mass=2000)
    with pytest.raises(ProcessError, match="its name fixes m_y and m_y_prime"):
        make_process("xyy_3000_80_170", m_y_prime=80.0, m_y=80.0)


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("qcd", {"mjj_min": "high"}, "mjj_min of qcd is 'high'; allowed: a number such as 2100"),
        ("qcd", {"bias": True}, "bias of qcd is True; allowed: a number such as 0"),
        ("qcd", {"mjj_min": None}, "mjj_min of qcd is None; allowed: a number"),
        ("xyy", {"width": float("nan")}, "width of xyy is nan; allowed: a number"),
        (
            "xyy_3000_80_170",
            {"angle": 2.0},
            "angle of xyy_3000_80_170 is 2.0; allowed: a text such as 'sin2'",
        ),
    ],
)
def test_wrong_kind_of_value_names_the_parameter(name: str, parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ProcessError, match=message):
        make_process(name, **parameters)


def test_whole_numbers_are_numbers() -> None:
    process = make_process("qcd", mjj_min=2000, deta_max=None)
    assert process == QCD(2000.0, None)
    assert isinstance(vars(process)["mjj_min"], float)


@pytest.mark.parametrize(
    ("process", "identity"),
    [
        (QCD(), "cda029328c4ef432"),
        (XYY(), "66a317e8d9750b17"),
        (XYY(5000.0, 25.0, 400.0), "1307745bbad1f4f9"),
    ],
    ids=["qcd", "xyy", "xyy of 5 TeV"],
)
def test_samples_of_earlier_versions_stay_valid(process: Process, identity: str) -> None:
    """The parameters and settings of these processes are part of the identity of every sample made so far."""
    settings = Recipe(process, process.cut, events=50, seed=9).settings()
    assert configuration_hash([settings["process"], settings["pythia"]]) == identity


@pytest.mark.parametrize("kind", PROCESSES.values(), ids=lambda kind: kind.name)
def test_process_survives_configuration(kind: type[Process]) -> None:
    process = kind()
    text = json.dumps(asdict(process), allow_nan=False)
    assert TypeAdapter(kind).validate_json(text) == process

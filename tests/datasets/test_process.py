"""The registry of processes: names, what they make, and that samples made earlier stay valid."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from dijethunt.datasets.error import UnknownNameError
from dijethunt.datasets.process import PROCESSES, QCD, XYY, Process, make_process
from dijethunt.datasets.provenance import configuration_hash
from dijethunt.datasets.recipe import Recipe
from pydantic import TypeAdapter


def test_registry_makes_processes_by_name() -> None:
    assert set(PROCESSES) == {
        *("qcd", "ttbar", "singletop", "vjets"),
        *("xyy", "qstar", "wbt", "wkk", "ztt", "yhh", "svj"),
    }
    assert make_process("qcd", mjj_min=1800.0) == QCD(1800.0)
    assert make_process("xyy", mass=5000.0, m_y=25.0).name == "xyy"


def test_unknown_process_names_the_allowed_ones() -> None:
    with pytest.raises(
        UnknownNameError, match=r"no process 'qdc'; did you mean 'qcd'.*known: qcd, qstar, singletop"
    ):
        make_process("qdc")


def test_unknown_benchmark_names_those_of_its_process() -> None:
    with pytest.raises(
        UnknownNameError, match=r"no benchmark 'wkk_3000_80'; did you mean 'wkk_.*known: wkk_2000"
    ):
        make_process("wkk_3000_80")
    with pytest.raises(
        UnknownNameError, match=r"process wkk_3000_170: no parameter 'm_w'; did you mean 'm_r'"
    ):
        make_process("wkk_3000_170", m_w=80.0)


@pytest.mark.parametrize(
    ("process", "identity"),
    [
        (QCD(), "72198e2dddcf16ab"),
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

"""A user's own settings of Pythia as a process: what is read, what is refused, and in whose words."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from dijethunt.datasets.error import FileError, UnknownNameError
from dijethunt.datasets.generator import Generator
from dijethunt.datasets.process import DijetCut, Process, ProcessError, UserProcess, make_process
from dijethunt.datasets.recipe import Recipe, identity

SETTINGS = """! A Z' of 2.5 TeV
Main:numberOfEvents = 100
Print:quiet = off
Next:numberShowEvent = 1
/* HardQCD:al = on
HardQCD:all = on */
NewGaugeBoson:ffbar2gmZZprime = on   # the process

Zprime:gmZmode = 3
32:m0 = 2500 ! GeV
32:onMode = off
32:onIfAny = 1 2 3 4 5
TimeShower:alphaSvalue = 0.13
"""


def write(folder: Path, text: str, name: str = "mine.cmnd") -> str:
    (folder / name).write_text(text)
    return str(folder / name)


@pytest.fixture
def mine(tmp_path: Path) -> Process:
    return make_process(write(tmp_path, SETTINGS), mjj_min=1500, deta_max=2.0)


def test_settings_are_those_of_the_file(mine: Process) -> None:
    assert mine.settings() == (
        "NewGaugeBoson:ffbar2gmZZprime = on",
        "Zprime:gmZmode = 3",
        "32:m0 = 2500",
        "32:onMode = off",
        "32:onIfAny = 1 2 3 4 5",
        "TimeShower:alphaSvalue = 0.13",
    )
    assert mine.cut == DijetCut(1500.0, 2.0)
    assert (mine.veto, mine.weighting) == (None, None)


def test_settings_are_what_is_generated(mine: Process) -> None:
    generator = Generator(mine, 3, mpi=False)
    hard = generator.batch(40).hard
    assert np.median(np.sqrt(hard["x1"] * hard["x2"])) * 13_000 == pytest.approx(2500.0, rel=0.05)
    assert generator._pythia.settings.parm("TimeShower:alphaSvalue") == 0.13


def test_content_is_the_identity_and_not_the_path(tmp_path: Path, mine: Process) -> None:
    def sample(process: Process) -> str:
        return identity(Recipe(process, DijetCut(1500.0, 2.0), 10, 1).settings())

    moved = make_process(write(tmp_path, SETTINGS, "moved.cmnd"), mjj_min=1500.0, deta_max=2.0)
    changed = make_process(write(tmp_path, SETTINGS.replace("2500", "2600")), mjj_min=1500.0, deta_max=2.0)
    assert sample(moved) == sample(mine) != sample(changed)
    assert UserProcess(**asdict(mine)) == mine


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "HardQCD:al = on",
            r"line 2: Pythia refuses the setting 'HardQCD:al = on': PYTHIA Error: input string not",
        ),
        ("32:mm = 3000 ! GeV", r"line 2: .*'32:mm = 3000': PYTHIA Error: input property not found"),
        ("Random:seed = 3", r"line 2: 'Random:seed = 3' cannot be set here: seeds follow from"),
        ("PartonLevel:MPI = off", r"line 2: .* mpi = false or --no-mpi"),
        ("PhaseSpace:bias2Selection = on", r"line 2: .*cross section"),
        ("Main:subrun = 1", r"line 2: .*one run"),
        ("include = other.cmnd", r"line 2: .*write the settings into this file"),
    ],
)
def test_mistake_is_reported_with_its_line(tmp_path: Path, line: str, message: str) -> None:
    path = write(tmp_path, f"HardQCD:all = on\n{line}\nPhaseSpace:pTHatMin = 500\n")
    with pytest.raises(ProcessError, match=message) as caught:
        make_process(path)
    assert str(caught.value).startswith(f"{path}, line 2: ")


def test_nothing_to_generate_is_reported_in_the_words_of_pythia(tmp_path: Path) -> None:
    path = write(tmp_path, "PhaseSpace:pTHatMin = 500\n")
    with pytest.raises(
        ProcessError, match=r"mine\.cmnd: Pythia refuses .*PYTHIA Error.*no process switched on"
    ):
        make_process(path)


def test_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"cannot read the settings of Pythia .*no\.cmnd: No such file"):
        make_process(str(tmp_path / "no.cmnd"))
    (tmp_path / "binary.cmnd").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(FileError, match=r"binary\.cmnd is not a text file"):
        make_process(str(tmp_path / "binary.cmnd"))


def test_parameters_are_checked(tmp_path: Path) -> None:
    path = write(tmp_path, SETTINGS)
    with pytest.raises(UnknownNameError, match=r"no parameter 'text'; .*known: deta_max, mjj_min"):
        make_process(path, text="HardQCD:all = on")
    with pytest.raises(ProcessError, match=r"mjj_min of .*mine\.cmnd is 'high'; allowed: a number"):
        make_process(path, mjj_min="high")

"""The command that tests background functions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import dijethunt.bumphunt as bh
import pytest
from dijethunt.workflows.bias import CMS_EXO_22_026
from dijethunt.workflows.cli import app
from typer.testing import CliRunner, Result

Command = Callable[..., Result]
SIGNAL, BACKGROUND = bh.Gaussian(0.05), bh.families.dijet(2)
OPTIONS = ["--width", 0.05, "--parameters", 2, "--truth", "ua2:2", "--truth", "exponential:4"]
TRUTHS = [bh.families.ua2(2), bh.families.exponential(4)]


@pytest.fixture
def file(spectrum: Callable[..., Path]) -> Path:
    return spectrum(20_000)


def test_pulls_of_injected_signals(dijethunt: Command, file: Path, tmp_path: Path) -> None:
    numbers = ["--mass", 2600, "--mass", 3000, "--strength", 0, "--strength", 3, "--toys", 20, "--seed", 5]
    out = ["--json", tmp_path / "out.json", "--plot", tmp_path / "out.png"]
    shown = dijethunt("bias", file, *OPTIONS, *numbers, *out)
    read = bh.read_csv(file)
    expected = bh.bias(read, BACKGROUND, TRUTHS, SIGNAL, (2600, 3000), strengths=(0, 3), n_toys=20, seed=5)
    assert json.loads((tmp_path / "out.json").read_text()) == expected.as_dict()
    assert ("all mean pulls are below 0.5" in shown.stdout) == expected.passed
    assert shown.stdout.count("ua2_2") == 4
    assert (tmp_path / "out.png").stat().st_size > 10_000


def test_spurious_signals(dijethunt: Command, file: Path, tmp_path: Path) -> None:
    out = ["--json", tmp_path / "out.json", "--plot", tmp_path / "out.png"]
    dijethunt("bias", file, *OPTIONS, "--masses", 2400, 3600, 400, "--spurious", *out)
    read, masses = bh.read_csv(file), (2400, 2800, 3200, 3600)
    expected = {
        truth.name: bh.spurious_signal(bh.Expected.fitted(read, truth), BACKGROUND, SIGNAL, masses).as_dict()
        for truth in TRUTHS
    }
    assert json.loads((tmp_path / "out.json").read_text()) == expected
    assert (tmp_path / "out.png").stat().st_size > 10_000


def test_the_default_truths_are_families() -> None:
    made = [bh.families.family(*((name, int(n)))) for name, n in (one.split(":") for one in CMS_EXO_22_026)]
    assert [one.n_shape for one in made] == [4, 2, 3, 4]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--width", "0.05"], "give --mass or --masses, one of them"),
        (["--width", "0.05", "--mass", "3000", "--truth", "ua3"], "did you mean 'ua2'"),
        (["--width", "0.05", "--mass", "3000", "--toys", "1"], "Invalid value for '--toys'"),
    ],
)
def test_wrong_use_is_named(file: Path, words: list[str], message: str) -> None:
    shown = CliRunner().invoke(app, ["bias", str(file), *words])
    assert shown.exit_code == 2
    assert message in " ".join(shown.output.replace("│", " ").split())

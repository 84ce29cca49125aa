"""The command `simulate` with campaigns: made, checked, mended, and what goes with what."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from dijethunt.datasets.campaign import CampaignError
from dijethunt.datasets.error import UnknownNameError
from dijethunt.workflows.campaign import RECIPES
from dijethunt.workflows.config import ConfigError
from typer.testing import Result

Command = Callable[..., Result]
TEXT = """
title = "Small"
luminosity = 26.81
mpi = false
events_per_part = 10

[samples.qcd]
kind = "background"
process = "qcd"
events = 20

[samples.xyy]
kind = "signal"
process = "xyy"
events = 10
parameters = { mjj_min = 2000 }
"""


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("campaign") / "small.toml"
    path.write_text(TEXT)
    return path


def test_a_campaign_is_made_checked_and_mended(dijethunt: Command, campaign: Path, tmp_path: Path) -> None:
    made = dijethunt("simulate", campaign, "-o", tmp_path, "--fraction", 0.5)
    assert "2 samples, 20 events in 2 parts; 0 are there" in made.stdout
    assert "1/2" in made.stdout
    assert "less than the 26.81 fb-1 of the campaign: qcd" in made.stdout
    checked = dijethunt("simulate", campaign, "-o", tmp_path, "--fraction", 0.5, "--verify")
    assert (checked.exit_code, checked.stderr) == (0, "")
    part = tmp_path / "qcd/part-00000.root"
    part.write_bytes(part.read_bytes()[:-100])
    checked = dijethunt("simulate", campaign, "-o", tmp_path, "--verify")
    assert checked.exit_code == 1
    assert checked.stderr.count("\n") == 1
    assert str(part) in checked.stderr
    mended = dijethunt("simulate", campaign, "-o", tmp_path)
    assert str(part) in mended.stderr
    assert "1 are there, 1 damaged or gone, to be made again" in mended.stdout
    assert dijethunt("simulate", campaign, "-o", tmp_path, "--verify").exit_code == 0
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert {name: sample["selected"] for name, sample in summary["samples"].items()} == {"qcd": 20, "xyy": 10}


def test_some_samples_with_other_settings(dijethunt: Command, campaign: Path, tmp_path: Path) -> None:
    options = ["--only", "xyy", "--seed", 5, "--radius", 1.0]
    dijethunt("simulate", campaign, "-o", tmp_path, *options)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "campaign.json",
        "catalogue.toml",
        "summary.json",
        "xyy",
    ]
    record = json.loads((tmp_path / "campaign.json").read_text())["campaign"]
    assert (record["seed"], record["radius"], record["mpi"]) == (5, 1.0, False)
    with pytest.raises(CampaignError, match="made with other settings"):
        dijethunt("simulate", campaign, "-o", tmp_path, "--only", "xyy")
    checked = dijethunt("simulate", campaign, "-o", tmp_path, "--only", "xyy", "--verify")
    assert checked.exit_code == 1
    assert "1 of 1 parts" in checked.output
    assert "were made with other settings; verify with those" in checked.output
    assert "leave --verify out" not in checked.output


def test_a_process_with_a_radius(dijethunt: Command, tmp_path: Path) -> None:
    path = tmp_path / "x.root"
    dijethunt("simulate", "xyy", "-n", 5, "-o", path, "--radius", 1.0, "--no-mpi", "--set", "mjj_min=2000")
    from dijethunt.datasets.pfnano import read_provenance  # noqa: PLC0415  needs simulation

    settings = read_provenance(path)["settings"]
    assert (settings["radius"], settings["events"], settings["seed"], settings["mpi"]) == (1.0, 5, 1, False)


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_are_printed_as_they_are(dijethunt: Command, name: str, tmp_path: Path) -> None:
    text = dijethunt("simulate", name, "--print-config").stdout
    (tmp_path / "mine.toml").write_text(text)
    assert "[samples." in text
    assert dijethunt("simulate", tmp_path / "mine.toml", "--print-config").stdout == text


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (["mock-quick", "-n", "5", "-o", "x"], ConfigError, "--events does not go with a campaign"),
        (["mock-quick", "--set", "a=1", "-o", "x"], ConfigError, "--set does not go with a campaign"),
        (["mock-quick"], ConfigError, "give the folder of the campaign as --output"),
        (["qcd", "-n", "5"], ConfigError, "simulate qcd: give --events N and --output"),
        (["qcd", "-o", "x.root"], ConfigError, "simulate qcd: give --events N and --output"),
        (["qcd", "-n", "5", "-o", "x", "--only", "a"], ConfigError, "--only does not go with a process"),
        (
            ["qcd", "-n", "5", "-o", "x", "--fraction", "0.5"],
            ConfigError,
            "--fraction does not go with a process",
        ),
        (["qcd", "-n", "5", "-o", "x", "--verify"], ConfigError, "--verify does not go with a process"),
        (["mock-quik", "-o", "x"], UnknownNameError, "did you mean 'mock-quick'"),
        (["nowhere.toml", "-o", "x"], CampaignError, "cannot read the campaign nowhere.toml"),
        (["mock-quick", "-o", "x", "--fraction", "2"], CampaignError, "fraction = 2; give"),
        (["mock-quick", "-o", "x", "--only", "qdc"], UnknownNameError, "no sample 'qdc'"),
    ],
)
def test_what_does_not_go_together(
    dijethunt: Command, arguments: list[str], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        dijethunt("simulate", *arguments)

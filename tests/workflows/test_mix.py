"""The command `mix`: which samples it takes, and what it says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from dijethunt.datasets import store
from dijethunt.datasets.campaign import Campaign, Entry
from dijethunt.datasets.campaign_production import produce, verify
from dijethunt.datasets.campaign_summary import write_summary
from dijethunt.datasets.error import UnknownNameError
from dijethunt.datasets.fold import sample_id
from dijethunt.datasets.process import QCD, XYY
from dijethunt.workflows.config import ConfigError
from typer.testing import Result

Command = Callable[..., Result]
CAMPAIGN = Campaign(
    "small",
    (
        Entry("qcd", "background", QCD(), 40, k_factor=1.2),
        Entry("more", "background", QCD(), 10, role="independent"),
        Entry("xyy", "signal", XYY(mjj_min=2000.0), 20),
    ),
    mpi=False,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("campaign")
    produce(CAMPAIGN, made, verify(CAMPAIGN, made))
    write_summary(CAMPAIGN, made)
    return made


def test_backgrounds_for_data_are_mixed(dijethunt: Command, folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "mix.parquet"
    options = ["--luminosity", 0.002, "--signal", "xyy", "--events", 5, "--set", "quantities=['msd']"]
    said = dijethunt("mix", folder / "catalogue.toml", "-o", table, *options).stdout
    events = store.read(table)
    shares = json.loads((tmp_path / "mix.mixture.json").read_text())["mixture"]["shares"]
    assert list(shares) == ["qcd", "xyy"]
    made = json.loads((folder / "summary.json").read_text())["samples"]["qcd"]
    assert shares["qcd"]["cross_section"] == pytest.approx(made["selected_cross_section"], rel=1e-3)
    assert events["mjj"].min() >= 2100
    assert (events["sample"] == sample_id("xyy")).sum() == 5
    assert "m_jj > 2100 GeV, from where on sample 'qcd' is complete" in said
    assert f"{len(events)} events in {table}" in said


def test_samples_may_be_named_and_an_hdf5_file_written(
    dijethunt: Command, folder: Path, tmp_path: Path
) -> None:
    table = tmp_path / "mix.h5"
    dijethunt("mix", folder / "catalogue.toml", "-o", table, "--luminosity", 0.0005, "--samples", "more")
    assert list(json.loads((tmp_path / "mix.mixture.json").read_text())["mixture"]["shares"]) == ["more"]
    assert table.is_file()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (["--samples", "qdc"], UnknownNameError, "no sample 'qdc'; did you mean 'qcd'"),
        (["--signal", "xy", "--events", "5"], UnknownNameError, "no signal 'xy'; did you mean 'xyy'"),
        (["--signal", "xyy"], ConfigError, "one of --events and --cross-section"),
        (["--events", "5"], ConfigError, "needs --signal NAME"),
        (["--set", "selection.mjj_min=1500.0"], ConfigError, "sample 'qcd' is complete from 2100 on"),
    ],
)
def test_mistakes_are_named(
    dijethunt: Command, folder: Path, tmp_path: Path, options: list[str], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        dijethunt(
            "mix", folder / "catalogue.toml", "-o", tmp_path / "x.parquet", "--luminosity", 0.001, *options
        )

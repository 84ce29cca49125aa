"""The command that describes a campaign, on a campaign that is really simulated."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from dijethunt.datasets.campaign_file import parse_campaign
from dijethunt.datasets.campaign_production import produce, verify
from dijethunt.datasets.campaign_summary import write_summary
from dijethunt.datasets.error import FileError
from dijethunt.workflows.datasheet import app
from typer.testing import CliRunner


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with 40 events of a signal and 20 of ttbar."""
    folder = tmp_path_factory.mktemp("campaign")
    samples = {
        "xyy_3000_80_170": {"kind": "signal", "process": "xyy_3000_80_170", "events": 40},
        "ttbar": {"kind": "background", "process": "ttbar", "events": 20},
    }
    wanted = parse_campaign({"title": "Tiny", "seed": 1, "mpi": False, "samples": samples}, "tiny")
    produce(wanted, folder, verify(wanted, folder))
    write_summary(wanted, folder)
    return folder


def test_command_describes_a_campaign(campaign: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, [str(campaign), "-o", str(tmp_path)], catch_exceptions=False)
    assert done.exit_code == 0
    assert "datasheet.html" in done.output
    record = json.loads((tmp_path / "datasheet.json").read_text())
    assert record["title"] == "Tiny"
    assert record["label"] == "not for physics: no multiparton interactions"
    signal = record["signals"]["xyy_3000_80_170"]
    assert signal["truth"]["as_expected"] == 1.0
    assert signal["truth"]["contained"] > 0.7
    assert signal["truth"]["prongs"] == {"2+2": 1.0}
    assert signal["truth"]["daughters"] == [None, None]
    assert any("200" in note for note in record["notes"])
    assert signal["peaks"]["mjj"] is None
    assert record["samples"]["ttbar"]["cpu_hours"] > 0
    assert record["heavy_jets"]["ttbar"]["top"]["jets"] > 10
    assert "No QCD sample" in " ".join(record["notes"])


def test_named_samples_alone(campaign: Path, tmp_path: Path) -> None:
    arguments = [str(campaign), "-o", str(tmp_path), "--samples", "ttbar"]
    assert CliRunner().invoke(app, arguments, catch_exceptions=False).exit_code == 0
    assert list(json.loads((tmp_path / "datasheet.json").read_text())["samples"]) == ["ttbar"]


def test_a_wrong_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        FileError, match=r"no catalogue.toml in it; give the folder that a campaign was written to"
    ):
        CliRunner().invoke(app, [str(tmp_path)], catch_exceptions=False)

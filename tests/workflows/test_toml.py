from __future__ import annotations

from pathlib import Path

import pytest
from dijethunt.workflows.config import ConfigError
from dijethunt.workflows.toml import load, parse

SEARCH = Path(__file__).parents[2] / "workflows" / "search.toml"


def written(tmp_path: Path, old: str, new: str) -> Path:
    text = SEARCH.read_text()
    assert old in text
    path = tmp_path / "changed.toml"
    path.write_text(text.replace(old, new, 1))
    return path


def test_the_shipped_search_is_valid_and_survives_a_round_trip() -> None:
    config = load(SEARCH)
    assert config.searches["injected"].events == 250
    assert parse(config.plain()) == config


def test_an_override_reaches_its_key() -> None:
    config = load(
        SEARCH, ["scan.toys=7", "taggers.cwola.depth=2", "samples.qcd.simulation.mpi=true", "label=x y"]
    )
    assert config.scan.toys == 7
    assert config.taggers["cwola"] == {"depth": 2}
    assert config.samples["qcd"].simulation is not None
    assert config.samples["qcd"].simulation.mpi
    assert config.label == "x y"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "toys = 10000",
            "toyz = 10000",
            r"no key 'toyz'; did you mean 'toys'\? known: range, toys \(in 'scan.toyz'\)",
        ),
        ("events = 76000", "eventz = 76000", r"no key 'eventz'; did you mean 'events'\?"),
        ("deta_max = 1.3", "deta_mx = 1.3", r"no key 'deta_mx'; did you mean 'deta_max'\?"),
        ("[scan]", "[skan]", r"no key 'skan'; did you mean 'scan'\?"),
        ("outer = 5", 'outer = "five"', r"folds.outer: .*integer.*; got 'five'"),
        (
            'kind = "signal"',
            'kind = "sinal"',
            r"samples.xyy.kind: .*'data', 'background', 'signal', 'mixed' or 'auto'",
        ),
        ('signal = "xyy"', 'signal = "xxy"', r"searches.injected: no sample 'xxy'; did you mean 'xyy'\?"),
        (
            "range = [2231.0, 8000.0]",
            "range = [2000.0, 8000.0]",
            "fit.range starts at 2000 GeV, below selection.mjj_min 2100",
        ),
        (
            "[samples.xyy]",
            '[samples.xyy]\nfiles = ["a.root"]',
            "samples.xyy must have either files or a simulation",
        ),
        ("[scan]", "[scan", "not valid TOML"),
        (
            "[taggers.cwola]",
            "[taggers.cwolla]",
            r"taggers.cwolla: no tagger 'cwolla'; did you mean 'cwola'\?",
        ),
        (
            "events = 250",
            "events = 250\ncross_section = 5.0",
            "searches.injected: give either events, or cross_section",
        ),
        ("events = 250", "events = 250\ncross_section = 5.0\nluminosity = 10.0", "give either events, or"),
        ("deta_max = 1.3", "deta_max = 1.3\ndeta_min = 1.4", r"selection: deta_min = 1.4 is not below"),
    ],
)
def test_a_mistake_is_named_with_its_key(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load(written(tmp_path, old, new))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read the configuration .*nowhere.toml"):
        load(tmp_path / "nowhere.toml")


def test_file_names_are_relative_to_the_configuration(tmp_path: Path) -> None:
    text = SEARCH.read_text().split("[samples.qcd.simulation]")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.root").touch()
    path = tmp_path / "own.toml"
    path.write_text(
        text[0]
        + 'files = ["a/*.root", "root://there//b.root"]\n'
        + "[samples.xyy]"
        + text[1].split("[samples.xyy]")[1]
    )
    files = load(path).samples["qcd"].files
    assert files == (str(tmp_path / "a/*.root"), "root://there//b.root")


def test_samples_of_a_catalogue_join_those_of_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.root").touch()
    (tmp_path / "catalogue.toml").write_text(
        '[more]\nfiles = ["*.root"]\nkind = "data"\nluminosity = 26.81\n'
    )
    path = tmp_path / "own.toml"
    path.write_text('catalogue = "catalogue.toml"\n' + SEARCH.read_text())
    monkeypatch.chdir(tmp_path.parent)
    samples = load(path.relative_to(tmp_path.parent)).samples
    assert set(samples) == {"more", "qcd", "xyy"}
    assert samples["more"].files == (str(tmp_path / "a.root"),)
    assert samples["more"].luminosity == 26.81

"""The command that trains taggers again and again with more and less signal."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from dijethunt.analysis.independence import KINEMATICS
from dijethunt.datasets.store import write
from dijethunt.taggers.toy import toy

COLUMNS = frozenset({"j1_a", "j1_b", "j2_a", "j2_b"})
CONFIG = """
title = "Toy"
background = "background.parquet"
signal = "signal.parquet"
window = [2725.0, 3331.0]
sidebands = [[2230.0, 2725.0], [3331.0, 4071.0]]
injected = [0, 200]
trainings = 2
members = 1

[taggers.cwola]
features = ["a", "b"]
rounds = 20
"""


@pytest.fixture
def config(tmp_path) -> Path:
    write(tmp_path / "background.parquet", toy(COLUMNS, 3000, 0, 1), {})
    write(tmp_path / "signal.parquet", toy(COLUMNS, 0, 1000, 2), {})
    path = tmp_path / "study.toml"
    path.write_text(CONFIG)
    return path


def test_a_study_is_made_once(dijethunt, config, tmp_path):
    out = tmp_path / "out"
    shown = dijethunt("study", config, "-o", out)
    assert "4 trainings, 0 are there" in shown.output
    assert (out / "max_sic.png").stat().st_size > 10_000
    record = json.loads((out / "study.json").read_text())
    assert record["configuration"]["cwola"]["window"]["low"] == 2725
    assert record["provenance"]["seeds"] == {"seed": 1}
    assert [(p["tagger"], p["injected"]) for p in record["points"]] == [("cwola", 0), ("cwola", 200)]
    (path, *_) = (out / "trials").rglob("*.json")
    path.unlink()
    assert "4 trainings, 3 are there" in dijethunt("study", config, "-o", out).output
    assert json.loads((out / "study.json").read_text())["thresholds"] == record["thresholds"]


def test_figures_of_what_is_no_longer_studied_go(dijethunt, config, tmp_path):
    out = tmp_path / "out"
    dijethunt("study", config, "-o", out)
    (out / "own.png").write_bytes(b"of the user")
    before = {path.name for path in out.glob("*.png")}
    dijethunt("study", config, "-o", out, "--set", "injected=[0, 100]")
    after = {path.name for path in out.glob("*.png")}
    assert before - after == {"sic_200.png"}
    assert after - before == {"sic_100.png"}


def test_more_trainings_keep_those_there(dijethunt, config, tmp_path):
    out = tmp_path / "out"
    dijethunt("study", config, "-o", out)
    assert "6 trainings, 4 are there" in dijethunt("study", config, "-o", out, "--set", "trainings=3").output


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("injected=[200, 100]", "injected is [200, 100]; give rising numbers of events"),
        ("window=[3331.0, 2725.0]", "study.toml: window 'study': [3331.0, 2725.0) GeV is empty"),
        (
            'tested=["signal.parquet"]',
            "signal and tested name files ['signal', 'signal']; give each another name",
        ),
        ("trainings=0", "trainings is 0; allowed: 1 or more"),
        ("traning=3", "no key 'traning'; did you mean 'trainings'?"),
        ("taggers.cwola.depht=3", "taggers.cwola: "),
        ("taggers.idealized={}", "taggers.idealized: tagger idealized trains with simulated background"),
        ('background="gone.parquet"', "gone.parquet; correct its name, or make it with `dijethunt select`"),
        (
            "injected=[0, 600]",
            "600 signal events to hide, and the table of the signal has 1000; at most half",
        ),
        ('background="signal.parquet"', "1000 of its events are signal by their column 'truth'"),
        (
            "window=[9000.0, 9100.0]",
            "signal.parquet has no event in the window 9000 to 9100 GeV; give a signal",
        ),
        ('taggers.a/b={tagger="cwola"}', "the name 'a/b' cannot be part of that of a file"),
        ("taggers.cwola.efficiency=0.01", "taggers.cwola.efficiency has no effect in a study"),
        ('taggers.cwola.working_point={kind="absolute"}', "taggers.cwola.working_point has no effect"),
    ],
)
def test_mistakes_are_named(dijethunt, config, tmp_path, override, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        dijethunt("study", config, "-o", tmp_path / "out", "--set", override)


def test_background_that_is_not_independent_is_refused(dijethunt, config, tmp_path):
    write(tmp_path / "background.parquet", toy(COLUMNS | frozenset(KINEMATICS), 3000, 0, 1), {})
    message = r"extra\.parquet: 3000 of its 3000 events are also in \S+background\.parquet; simulate it"
    (tmp_path / "extra.parquet").write_bytes((tmp_path / "background.parquet").read_bytes())
    with pytest.raises(ValueError, match=message):
        dijethunt("study", config, "-o", tmp_path / "out", "--set", 'extra="extra.parquet"')


def test_a_training_that_fails_is_named(dijethunt, config, tmp_path):
    table = toy(COLUMNS, 3000, 0, 1)
    write(tmp_path / "background.parquet", table.with_columns(j1_a=np.full(3000, 0.5)), {})
    config.write_text(CONFIG.split("[taggers", maxsplit=1)[0] + '[taggers.cathode]\nfeatures = ["a"]\n')
    with pytest.raises(
        ValueError, match=r"cathode, 0 signal events, training 0: feature j1_a has the value 0\.5"
    ):
        dijethunt("study", config, "-o", tmp_path / "out")


@pytest.mark.parametrize("lacking", ["background", "signal", "extra"])
def test_columns_are_looked_up_before_the_first_training(dijethunt, config, tmp_path, lacking):
    tables = {"background": (3000, 0), "signal": (0, 1000), "extra": (3000, 0)}
    for i, (name, numbers) in enumerate(tables.items()):
        columns = COLUMNS if name == lacking else COLUMNS | {"j1_c", "j2_c"}
        write(tmp_path / f"{name}.parquet", toy(columns, *numbers, i), {})
    config.write_text('extra = "extra.parquet"\n' + CONFIG + '[taggers.idealized]\nfeatures = ["a", "c"]\n')
    message = rf"taggers\.idealized: \S+{lacking}\.parquet: no column 'j1_c'"
    with pytest.raises(ValueError, match=message):
        dijethunt("study", config, "-o", tmp_path / "out")
    assert not (tmp_path / "out").exists()

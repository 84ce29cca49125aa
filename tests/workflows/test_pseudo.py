"""The command that searches in pseudo-experiments."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from dijethunt.datasets.store import write
from dijethunt.datasets.table import FeatureTable

CONFIG = """
title = "Toy"
pool = ["pool.parquet"]
signal = "signal.parquet"
mass = 3000.0
windows = ["B3"]
events = 3000
injected = [0, 100]
experiments = 2
members = 1

[fit]
range = [2231.0, 6000.0]
parameters = 2
bin_width = 100.0

[taggers.inclusive]
efficiency = 1.0

[taggers.cwola]
features = ["a"]
rounds = 10
efficiency = 0.1
"""


@pytest.fixture
def config(tmp_path) -> Path:
    rng = np.random.default_rng(1)
    for name, mjj in (("pool", 2231 + rng.exponential(450, 8000)), ("signal", rng.normal(3000, 90, 500))):
        n = len(mjj)
        identity = {key: np.ones(n, np.uint64) for key in ("sample", "run", "lumi")} | {"event": np.arange(n)}
        features = {"j1_a": rng.normal(size=n), "j2_a": rng.normal(size=n)}
        truth = np.full(n, name == "signal", np.int8)
        write(
            tmp_path / f"{name}.parquet", FeatureTable(features | identity | {"mjj": mjj, "truth": truth}), {}
        )
    path = tmp_path / "pseudo.toml"
    path.write_text(CONFIG)
    return path


def test_pseudo_experiments_are_made_once(dijethunt, config, tmp_path):
    out = tmp_path / "out"
    shown = dijethunt("pseudo", config, "-o", out).output
    assert "8 searches, 0 are there" in shown
    assert "mean r and mean pull may be off by 0.61" in shown  # of 3000 events from a pool of 8000
    record = json.loads((out / "pseudo.json").read_text())
    assert len(record["points"]) == 2 * 2 * 3
    assert {"normal", "pull", "chance", "unbiased", "r"} <= set(record["points"][0])
    for name in ("significances_B3", "reach_B3"):
        assert (out / f"{name}.png").stat().st_size > 10_000
    (path, *_) = (out / "trials").rglob("*.json")
    path.unlink()
    assert "8 searches, 7 are there" in dijethunt("pseudo", config, "-o", out).output
    more = dijethunt("pseudo", config, "-o", out, "--set", "experiments=3")
    assert "12 searches, 8 are there" in more.output


def test_a_spread_needs_no_warning(dijethunt, config, tmp_path):
    few = ("--set", "spread=0.1", "--set", "experiments=1", "--set", "injected=[0]")
    assert "may be off" not in dijethunt("pseudo", config, "-o", tmp_path / "out", *few).output


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ('windows=["C3"]', "windows is ['C3']; give some of A1, B1"),
        ("windows=[]", "windows is []; give some of"),
        ("mass=9000.0", "mass is 9000 GeV; give that of the signal, inside of fit.range, 2231 to 6000 GeV"),
        ("pool=[]", "pool is empty; give at least one table"),
        ("spread=1.5", "spread is 1.5; allowed: 0 to 1, relative to the mass of an event"),
        ("events=0", "events is 0; allowed: 1 or more"),
        ("experimets=3", "no key 'experimets'; did you mean 'experiments'?"),
        ("injected=[100, 0]", "injected is [100, 0]; give rising numbers"),
        ("taggers.supervised={}", "taggers.supervised: tagger supervised trains with simulated background"),
        ('taggers.cwola.features=["a", "c"]', "pool.parquet: no column 'j1_c'; did you mean 'j1_a'?"),
        ("events=5000", " GeV for pseudo-experiments of 5"),
        ("injected=[0, 300]", "300 signal events to hide, and the table of the signal has 500"),
    ],
)
def test_mistakes_are_named(dijethunt, config, tmp_path, override, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        dijethunt("pseudo", config, "-o", tmp_path / "out", "--set", override)

"""Parts of trainings are made once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from dijethunt.taggers import scratch
from dijethunt.taggers.anode import Anode
from dijethunt.taggers.base import Run, Sample
from dijethunt.taggers.blind import view
from dijethunt.taggers.cathode import Cathode
from dijethunt.taggers.flow import Flow
from dijethunt.taggers.schedule import Schedule
from dijethunt.taggers.scratch import kept
from dijethunt.taggers.toy import WINDOW

FLOW = Flow(1, 1, blocks=1, hidden=4, depth=1, bins=0, schedule=Schedule(1, 10, 0.1))
EVENTS = (np.arange(5.0),)
QUICK = {"features": ("j1_a", "j1_b"), "flow_epochs": 2, "flow_hidden": 8, "flow_kept": 1}


class Counted:
    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> dict[str, np.ndarray]:
        self.times += 1
        return {"a": np.arange(3), "b/c": np.ones(2, dtype=np.float32)}


def test_it_is_made_once_and_is_the_same(tmp_path):
    make, run = Counted(), Run(seed=1, scratch=tmp_path / "new")
    first, again = (kept(run, FLOW, EVENTS, make) for _ in range(2))
    assert make.times == 1
    assert set(first) == set(again)
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert again["b/c"].dtype == np.float32


@pytest.mark.parametrize(
    ("run", "flow", "events"),
    [
        ({"seed": 2}, FLOW, EVENTS),
        ({"threads": 2}, FLOW, EVENTS),
        ({}, replace(FLOW, hidden=5), EVENTS),
        ({}, replace(FLOW, schedule=Schedule(2, 10, 0.1)), EVENTS),
        ({}, FLOW, (np.arange(6.0),)),
        ({}, FLOW, (np.arange(5.0) + 1,)),
    ],
)
def test_what_decides_it_makes_another(tmp_path, run, flow, events):
    make, base = Counted(), Run(seed=1, scratch=tmp_path)
    kept(base, FLOW, EVENTS, make)
    kept(replace(base, **run), flow, events, make)
    assert make.times == 2


def test_another_version_makes_another(tmp_path, monkeypatch):
    make, run = Counted(), Run(scratch=tmp_path)
    kept(run, FLOW, EVENTS, make)
    monkeypatch.setattr(scratch, "VERSION", scratch.VERSION + 1)
    kept(run, FLOW, EVENTS, make)
    assert make.times == 2


def test_a_damaged_file_is_made_again(tmp_path):
    make, run = Counted(), Run(scratch=tmp_path)
    kept(run, FLOW, EVENTS, make)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:40])
    assert set(kept(run, FLOW, EVENTS, make)) == {"a", "b/c"}
    assert make.times == 2


def test_without_a_folder_it_is_made_every_time():
    make = Counted()
    for _ in range(2):
        kept(Run(), FLOW, EVENTS, make)
    assert make.times == 2


def test_methods_share_the_density_of_the_sidebands(lr_toy, tmp_path):
    """With and without scratch, and whoever comes first, scores are the same to the bit."""
    cathode, anode = Cathode(**QUICK, classifiers=1), Anode(**QUICK)
    sample = Sample(view(lr_toy(500, 50, 1), cathode, WINDOW), window=WINDOW)
    test, run = lr_toy(100, 10, 2), Run(seed=1, scratch=tmp_path)
    anode.fit(sample, run)
    assert len(list(tmp_path.iterdir())) == 1
    shared = cathode.fit(sample, run)
    assert len(list(tmp_path.iterdir())) == 1
    alone = cathode.fit(sample, Run(seed=1))
    assert np.array_equal(shared.score(test), alone.score(test))
    assert set(shared.history) == set(alone.history)

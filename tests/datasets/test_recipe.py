"""Recipes: what they refuse, and that everything that decides the events has its say in the identity."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from dijethunt.datasets.detector import Detector
from dijethunt.datasets.process import QCD, XYY, DijetCut
from dijethunt.datasets.recipe import (
    NOT_FOR_PHYSICS,
    PYTHIA_SEEDS,
    ProductionError,
    Recipe,
    identity,
    origin,
)

PROCESS = XYY(mjj_min=2000.0)
RECIPE = Recipe(PROCESS, PROCESS.cut, events=50, seed=9, mpi=False, events_per_part=20)


def test_parts_add_up() -> None:
    assert [RECIPE.size(part) for part in range(RECIPE.parts)] == [20, 20, 10]
    assert replace(RECIPE, events=40).parts == 2


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 10},
        {"mpi": True},
        {"cut": DijetCut(2100.0)},
        {"process": XYY(mjj_min=2000.0, m_y=90.0)},
        {"process": QCD(2000.0)},
        {"detector": Detector(jet_constant=0.05)},
        {"events_per_part": 10},
    ],
)
def test_identity_knows_what_decides_the_events(change: dict[str, object]) -> None:
    assert identity(replace(RECIPE, **change).settings(0)) != identity(RECIPE.settings(0))  # type: ignore[arg-type]


def test_identity_of_a_part_does_not_know_the_size_of_the_sample() -> None:
    larger = replace(RECIPE, events=5000)
    assert identity(larger.settings(0)) == identity(RECIPE.settings(0))
    assert identity(larger.settings(2)) != identity(RECIPE.settings(2))
    assert identity(larger.settings()) != identity(RECIPE.settings())


def test_identity_survives_json() -> None:
    assert identity(json.loads(json.dumps(RECIPE.settings(1)))) == identity(RECIPE.settings(1))


def test_label_says_what_is_missing() -> None:
    assert origin(RECIPE.settings())["label"] == NOT_FOR_PHYSICS
    assert "label" not in origin(replace(RECIPE, mpi=True).settings())


def test_detector_has_random_numbers_of_its_own_in_each_part() -> None:
    drawn = {float(RECIPE.rng(part).random()) for part in range(100)}
    assert len(drawn) == 100
    assert float(np.random.default_rng(np.random.SeedSequence(9, spawn_key=(3,))).random()) in drawn


def test_pythia_never_repeats_a_seed_within_a_sample() -> None:
    sample = replace(RECIPE, seed=5)
    seeds = {sample.pythia_seed(part) for part in range(50_000)}
    assert len(seeds) == 50_000
    assert min(seeds) >= 1
    assert max(seeds) <= PYTHIA_SEEDS
    assert replace(RECIPE, seed=6).pythia_seed(0) not in seeds


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cut": DijetCut(1900.0)}, "does not cover"),
        ({"events": 0}, "give 1 or more"),
        ({"events_per_part": 0}, "give 1 or more"),
    ],
)
def test_senseless_recipe_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ProductionError, match=message):
        replace(RECIPE, **change)  # type: ignore[arg-type]

"""The chain: what it makes of a batch does not depend on how many events are asked for at a time."""

from __future__ import annotations

from typing import Any

import awkward as ak
import numpy as np
import pytest
from dijethunt.datasets.chain import Chain, complete
from dijethunt.datasets.content import event_columns
from dijethunt.datasets.detector import simulate_detector
from dijethunt.datasets.generator import Generator
from dijethunt.datasets.process import XYY
from dijethunt.datasets.process_contract import DijetCut
from dijethunt.datasets.recipe import Recipe
from dijethunt.datasets.reconstruction import reconstruct

PROCESS = XYY(mjj_min=2000.0)
RECIPE = Recipe(PROCESS, PROCESS.cut, events=50, seed=9, mpi=False)
DRAWN = "btagDeepB"  # scores are drawn after the cut


def equal(one: Any, two: Any) -> bool:
    """Compare branches, but for those that are drawn at random."""
    fields = [name for name in ak.fields(one) if not name.startswith(DRAWN)]
    return (
        all(ak.array_equal(one[name], two[name]) for name in fields) if fields else ak.array_equal(one, two)
    )


def test_counts_are_those_of_the_batches() -> None:
    chain = Chain(RECIPE, 0)
    batches = [chain.batch(30), chain.batch(12)]
    assert chain.selected == 42
    assert chain.generated == chain.sumw > 42
    numbers = np.concatenate([batch["event"] for batch in batches])
    assert numbers.tolist() == list(range(1, len(numbers) + 1))


def test_same_recipe_same_events() -> None:
    one, two = (Chain(RECIPE, 1).batch(20) for _ in range(2))
    assert set(one) == set(two)
    assert all(ak.array_equal(one[name], two[name], dtype_exact=True) for name in one)
    assert not ak.array_equal(one["FatJet"].btagDeepB, Chain(RECIPE, 2).batch(20)["FatJet"].btagDeepB)


def test_events_cut_away_do_not_change_the_others() -> None:
    collisions = Generator(PROCESS, 4, mpi=False).batch(60)
    flow = simulate_detector(collisions.particles, RECIPE.detector, np.random.default_rng(1))
    kept = reconstruct(flow, RECIPE.cut, RECIPE.detector, np.random.default_rng(1))
    contents = [
        complete(collisions, part, np.zeros(60, np.int64), RECIPE, np.random.default_rng(1))
        for part in (kept, kept.until(15)[0])
    ]
    whole, some = (event_columns(content, 1, 1) for content in contents)
    number = len(some["event"])
    assert 15 <= number < len(whole["event"])
    for name, values in some.items():
        assert equal(whole[name][:number], values), name


@pytest.mark.parametrize("cut", [DijetCut(12_000.0)])
def test_batch_without_events(cut: DijetCut) -> None:
    """Branches keep their types, so that the batch can be joined with others."""
    chain = Chain(Recipe(PROCESS, cut, events=1, seed=9, mpi=False), 0)
    empty, full = chain.batch(1), Chain(RECIPE, 0).batch(5)
    assert chain.selected == len(empty["event"]) == 0
    for name, values in full.items():
        joined = ak.concatenate([empty[name], values])
        assert ak.array_equal(joined, values, dtype_exact=True), name
        assert str(ak.type(joined).content) == str(ak.type(ak.Array(values)).content)

"""The conformance suite, run over all registered taggers, and its own power to find violations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pytest
from dijethunt.datasets.table import Array, FeatureTable
from dijethunt.taggers import registry, testing
from dijethunt.taggers.base import Run, Sample, Tagger, Traits, learned
from dijethunt.taggers.error import BlindnessError, ConformanceError

READ_ARRAYS = {"tnt", "vae_qr"}  # in their own tests, with toys that have images or constituents
FLOW = {"flow_blocks": 3, "flow_hidden": 32, "flow_epochs": 6, "flow_batch": 64, "flow_kept": 2}
DENSITIES = {"flow_blocks": 2, "flow_hidden": 16, "flow_depth": 1, "flow_epochs": 2}
BAG = FLOW | {"classifiers": 2}
QUICK = {
    "anode": FLOW,
    "cathode": BAG,
    "cathode_b": BAG,
    "cwola_network": {"epochs": 6},
    "lacathode": BAG,
    "quak": DENSITIES,
    "quak_ms": DENSITIES,
    "ranode": FLOW | {"resamplings": 1, "signal_epochs": 10, "signal_batch": 64},
}


@pytest.mark.parametrize("check", testing.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", sorted({*registry.names()} - READ_ARRAYS))
def test_registered_taggers_conform(name, check):
    check(maker(name, learns=check is testing.check_learns))


@cache
def maker(name: str, *, learns: bool) -> Callable[[], Tagger]:
    """Return one function for all checks, which share what they train."""
    return partial(registry.make, name, settings(name, learns=learns))


def settings(name: str, *, learns: bool) -> dict[str, Any]:
    """Settings for a quick training; an epoch suffices where it need not have learned anything."""
    quick = QUICK.get(name, {})
    return quick if learns else quick | {key: 1 for key in quick if key.endswith(("epochs", "kept"))}


@dataclass(frozen=True, kw_only=True)
class Centroid(Tagger):
    """Projects on the difference of means between signal region and sidebands: the least that learns."""

    name: ClassVar[str] = "centroid"
    traits: ClassVar[Traits] = Traits(
        level="event", region="signal", window=True, folds=True, trains_on=frozenset({"data"})
    )
    features: tuple[str, ...] = ("x", "y")
    direction: tuple[Any, ...] = learned(tuple)

    @property
    def inputs(self) -> frozenset[str]:
        return frozenset(self.features)

    def fit(self, sample: Sample, run: Run) -> Self:
        x, inside = sample.data.events(*self.features), sample.data["region"] == 0
        return self.learn(direction=x[inside].mean(axis=0) - x[~inside].mean(axis=0))

    def score(self, table: FeatureTable) -> Array:
        if not len(self.direction):
            raise self.unfitted()
        return np.sum(table.events(*self.features) * self.direction, axis=1)

    def state(self) -> Mapping[str, Array]:
        return {"direction": self.direction}

    def restore(self, state: Mapping[str, Array]) -> Self:
        return self.learn(direction=state["direction"])


def test_a_tagger_of_someone_else_conforms(monkeypatch):
    testing.worker.cache_clear()
    monkeypatch.syspath_prepend(Path(__file__).parents[2])  # where a worker finds this module
    testing.check_tagger(Centroid)


def test_a_tagger_that_another_process_cannot_receive_is_found():
    testing.worker.cache_clear()
    with pytest.raises(ConformanceError, match="centroid: another process cannot receive it"):
        testing.check_worker(Centroid)


class Reads(Centroid):
    """Uses truth where it is handed over."""

    def fit(self, sample: Sample, run: Run) -> Self:
        fitted = super().fit(sample, run)
        return fitted.learn(direction=np.ones(2)) if "truth" in sample.data else fitted


class AsksForTruth(Centroid):
    @property
    def inputs(self) -> frozenset[str]:
        return frozenset({*self.features, "truth"})


class Ranks(Centroid):
    """The score depends on the other events."""

    def score(self, table: FeatureTable) -> Array:
        return np.argsort(np.argsort(super().score(table))) / max(len(table), 1)


class Random(Centroid):
    def fit(self, sample: Sample, run: Run) -> Self:
        return self.learn(direction=np.random.default_rng().normal(size=2))


class Constant(Centroid):
    def score(self, table: FeatureTable) -> Array:
        return 0.0 * super().score(table)


class Infinite(Centroid):
    def score(self, table: FeatureTable) -> Array:
        return np.where(super().score(table) > 0, np.inf, 0)


class Forgets(Centroid):
    def restore(self, state: Mapping[str, Array]) -> Self:
        return self.learn(direction=np.round(state["direction"], 2))


class Remembers(Centroid):
    """Fit changes the tagger that it is called on."""

    def fit(self, sample: Sample, run: Run) -> Self:
        fitted = super().fit(sample, run)
        object.__setattr__(self, "direction", fitted.direction)
        return fitted


class Unsendable(Centroid):
    def fit(self, sample: Sample, run: Run) -> Self:
        return super().fit(sample, run).learn(hook=lambda: None)


class Nameless(Centroid):
    name: ClassVar[str] = ""


@pytest.mark.parametrize(
    ("tagger", "check", "message"),
    [
        (Nameless, testing.check_declarations, "has no name"),
        (Reads, testing.check_truth_unused, "with and without a column truth"),
        (Ranks, testing.check_chunks, "in pieces differ"),
        (Random, testing.check_same_seed, "same seed"),
        (Constant, testing.check_learns, "ROC curve on the toy is 0.5"),
        (Infinite, testing.check_scores, "not finite"),
        (Forgets, testing.check_save, "after loading"),
        (Remembers, testing.check_error_before_fit, "fit must return a new tagger"),
        (Unsendable, testing.check_worker, "cannot be sent to another process"),
    ],
)
def test_violations_are_found(tagger, check, message):
    with pytest.raises(ConformanceError, match=message):
        check(tagger)


def test_truth_among_the_inputs_is_found():
    with pytest.raises(BlindnessError, match="no tagger may see it"):
        testing.check_declarations(AsksForTruth)


@pytest.mark.parametrize("scores", [[1.0, 1.0, 1.0, 1.0], [4.0, 3.0, 2.0, 1.0]])
def test_auc_of_ties_and_of_reversed_order(scores):
    truth = np.array([0, 0, 1, 1])
    assert testing.auc(np.array(scores), truth) == (0.5 if len(set(scores)) == 1 else 0.0)

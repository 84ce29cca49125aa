"""Folds, members, seeds, and what a tagger is shown."""

from __future__ import annotations

import random
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import Any, ClassVar, Self

import numpy as np
import pytest
from dijethunt.datasets.table import Array, FeatureTable, concatenate
from dijethunt.datasets.window import Window
from dijethunt.taggers.base import Run, Sample, Tagger, Traits, learned
from dijethunt.taggers.crossfit import CrossFit, CrossFitModel
from dijethunt.taggers.cwola import CWoLa
from dijethunt.taggers.division import Division, unit_seed
from dijethunt.taggers.error import BlindnessError, ParameterError, TrainingError
from dijethunt.taggers.inclusive import Inclusive
from dijethunt.taggers.spy import Spy
from dijethunt.taggers.toy import WINDOW, toy

TAGGER = CWoLa(features=("a", "b", "c", "d"), rounds=15)


@dataclass(frozen=True, kw_only=True)
class Recorder(Tagger):
    """Remembers what it was trained on; its score is the number of the training."""

    name: ClassVar[str] = "recorder"
    columns: tuple[str, ...] = ("event",)
    window: bool = True
    folds: bool = True
    samples: tuple[str, ...] = ("data",)
    trained: tuple[Any, ...] = learned(tuple)

    @property
    def traits(self) -> Traits:
        return Traits(
            level="event",
            region="signal",
            window=self.window,
            folds=self.folds,
            trains_on=frozenset(self.samples),
        )

    @property
    def inputs(self) -> frozenset[str]:
        return frozenset(self.columns)

    def fit(self, sample: Sample, run: Run) -> Self:
        return self.learn(trained=(sample, run))

    def score(self, table: FeatureTable) -> Array:
        return np.full(len(table), self.trained[1].seed % 1000, dtype=float)

    def state(self) -> Mapping[str, Array]:
        return {}

    def restore(self, state: Mapping[str, Array]) -> Self:
        return self


@pytest.fixture(scope="module")
def sample(lr_toy) -> Sample:
    return Sample(lr_toy(2500, 60, 1), window=WINDOW)


@pytest.fixture(scope="module")
def model(sample) -> CrossFitModel:
    return CrossFit(TAGGER, seed=4, folds=3, members=2).fit(sample)


def test_units_are_folds_times_members():
    assert CrossFit(TAGGER, seed=0).units() == [(f, m) for f in range(5) for m in range(4)]
    assert CrossFit(Inclusive(), seed=0).units() == [(0, 0)]
    assert CrossFit(Recorder(folds=False), seed=0, members=3).units() == [(0, 0), (0, 1), (0, 2)]


def test_training_validation_and_held_out_events_are_disjoint_and_complete(sample):
    division = Division(Recorder(), folds=5, members=4)
    inside = sample.data.where(WINDOW.region(sample.data["mjj"]) != 2)
    for fold in range(5):
        held_out = set(inside.where(division.outer(inside) == fold)["event"])
        validated = []
        for member in range(4):
            part = division.training(sample, fold, member)
            training, validation = set(part.data["event"]), set(part.validation["event"])
            assert not training & validation
            assert not held_out & (training | validation)
            assert training | validation | held_out == set(inside["event"])
            assert len(validation) == pytest.approx(len(inside) / 5, rel=0.2)
            validated.append(validation)
        assert set.union(*validated) == set(inside["event"]) - held_out
        assert sum(map(len, validated)) == len(inside) - len(held_out)


@pytest.mark.parametrize("members", [1, 2])
def test_few_members_still_train_on_three_quarters(sample, members):
    part = Division(Recorder(), folds=5, members=members).training(sample, 0, 0)
    assert len(part.validation) / (len(part.data) + len(part.validation)) == pytest.approx(0.25, abs=0.03)


def test_inner_and_outer_folds_are_independent(sample):
    table = np.zeros((5, 4))
    np.add.at(table, (sample.data.fold(5, "outer"), sample.data.fold(4, "inner")), 1)
    expected = len(sample.data) / 20
    assert np.sum((table - expected) ** 2 / expected) < 50


def test_a_tagger_sees_its_inputs_and_the_side_of_the_window(sample):
    part = Division(Recorder(columns=("j1_a", "event")), 5, 4).training(sample, 0, 0)
    assert set(part.data.columns) == {"j1_a", "event", "region"}
    assert part.data["region"].dtype == np.int8
    mjj = sample.data["mjj"][np.searchsorted(sample.data["event"], part.data["event"])]
    assert np.array_equal(part.data["region"], WINDOW.region(mjj))


def test_mjj_is_shown_only_to_a_tagger_that_lists_it(sample):
    division = Division(Recorder(columns=("mjj",), window=False), 5, 4)
    assert set(division.training(sample, 0, 0).data.columns) == {"mjj"}


def test_events_outside_window_and_sidebands_are_not_trained_on(sample):
    narrow = Window(2800, 3200, ((2600, 2800), (3200, 3400)))
    part = Division(Recorder(columns=("mjj",)), 5, 4).training(replace(sample, window=narrow), 0, 0)
    assert part.data["mjj"].min() >= 2600
    assert part.data["mjj"].max() < 3400


def test_only_declared_samples_are_shown_and_simulation_is_folded(sample, lr_toy):
    simulated = lr_toy(500, 0, 77)
    division = Division(Recorder(samples=("signal",)), 5, 4)
    part = division.training(replace(sample, signal=simulated, background=simulated), 2, 1)
    assert len(part.data) == 0
    assert part.background is None
    outside = simulated["event"][division.outer(simulated) != 2]
    training, validation = set(part.signal["event"]), set(part.signal_validation["event"])
    assert training | validation == set(outside)
    assert not training & validation
    assert len(validation) == pytest.approx(len(outside) / 4, rel=0.3)


def test_simulated_signal_is_scored_by_models_that_did_not_see_it(sample, lr_toy):
    """Injected or not, an event has its own fold: the spy raises at an event that it was trained on."""
    signal = lr_toy(0, 400, 55)
    injected = signal.where(np.arange(len(signal)) < 200)
    data = concatenate([sample.data, injected])
    spied = CrossFit(Spy(tagger=TAGGER), seed=1, folds=3, members=2).fit(replace(sample, data=data))
    assert np.isfinite(spied.score(signal)).all()
    wrong = replace(spied, models=spied.models[::-1])
    with pytest.raises(AssertionError, match="were used in training"):
        wrong.score(signal)


def test_truth_and_region_cannot_be_inputs():
    for name in ("truth", "region"):
        with pytest.raises(BlindnessError, match=f"lists '{name}' among its inputs"):
            CrossFit(Recorder(columns=("event", name)), seed=0)


def test_calibration_sees_only_sidebands(sample):
    shown = Division(TAGGER, 5, 4).held_out(sample, 1)
    assert set(np.unique(shown["region"])) == {-1, 1}
    assert set(shown.columns) == TAGGER.inputs | {"region"}


def test_ranks_are_uniform_on_the_sidebands_of_each_fold(model, sample):
    region, fold = WINDOW.region(sample.data["mjj"]), model.fold(sample.data)
    for ranks in model.diagnostics(sample.data).values():
        for k in range(3):
            side = ranks[(fold == k) & (np.abs(region) == 1)]
            assert np.mean(side) == pytest.approx(0.5, abs=0.02)
            assert np.mean(side > 0.8) == pytest.approx(0.2, abs=0.05)


def test_everything_is_known_of_one_evaluation(model, sample):
    found = model.evaluate(sample.data)
    assert np.array_equal(found.pop("score"), model.score(sample.data))
    ranks = model.diagnostics(sample.data)
    assert set(found) == set(ranks) == {"j1", "j2"}
    assert all(np.array_equal(found[name], ranks[name]) for name in ranks)


def test_the_order_of_the_units_does_not_matter(model, sample):
    crossfit = model.crossfit
    units = crossfit.units()
    random.Random(1).shuffle(units)
    shuffled = crossfit.assemble({unit: crossfit.fit_unit(sample, *unit) for unit in units}, sample)
    assert np.array_equal(shuffled.score(sample.data), model.score(sample.data))


def test_the_process_of_a_unit_does_not_matter(model, sample):
    crossfit = model.crossfit
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        there = pool.submit(crossfit.fit_unit, sample, 2, 1).result()
    here = crossfit.fit_unit(sample, 2, 1)
    assert all(np.array_equal(a, b) for a, b in zip(there.models, here.models, strict=True))


def test_the_order_of_the_events_does_not_change_their_scores(model, sample):
    order = np.random.default_rng(2).permutation(len(sample.data))
    assert np.array_equal(model.score(sample.data.where(order)), model.score(sample.data)[order])


def test_a_score_does_not_depend_on_the_other_events(model, sample):
    some = sample.data.where(np.arange(7))
    assert np.array_equal(model.score(some), model.score(sample.data)[:7])


def test_seeds_differ_between_units_windows_and_roots():
    windows = [None, WINDOW, replace(WINDOW, high=3300.0)]
    seeds = {unit_seed(r, w, f, m) for r in (0, 1) for w in windows for f in range(5) for m in range(4)}
    assert len(seeds) == 2 * 3 * 20
    assert unit_seed(3, WINDOW, 1, 2) == unit_seed(3, replace(WINDOW, name="other"), 1, 2)


def test_the_unit_decides_the_seed(sample):
    crossfit = CrossFit(Recorder(), seed=8)
    _, run = crossfit.fit_unit(sample, 3, 1, Run(seed=99, threads=2)).trained
    assert run == Run(unit_seed(8, WINDOW, 3, 1), unit_seed(8, WINDOW, 3), threads=2)


def test_a_tagger_without_folds_is_trained_once_on_all_events(sample):
    model = CrossFit(Recorder(folds=False, window=False), seed=8, members=1).fit(sample)
    part, _ = model.models[4].members[0].trained
    assert len(part.data) + len(part.validation) == len(sample.data)
    assert len(model.models) == 5


def test_state_restores_the_model(model, sample):
    again = model.crossfit.restore(model.state())
    assert np.array_equal(again.score(sample.data), model.score(sample.data))
    assert set(again.history) == set(model.history)
    assert "fold2/member1/j2/loss" in model.history


def test_inclusive_needs_no_training(sample):
    model = CrossFit(Inclusive(), seed=0).fit(sample)
    assert np.array_equal(model.score(sample.data), np.zeros(len(sample.data)))


class Reporter(Recorder):
    """Tells of its epochs, as the trainer of networks does."""

    name: ClassVar[str] = "reporter"

    def fit(self, sample: Sample, run: Run) -> Self:
        if run.progress is not None:
            run.progress(1, 7)
        return super().fit(sample, run)


def test_progress_is_told_of_each_unit(sample):
    told = []
    run = Run(progress=lambda done, total: told.append((done, total)))
    for tagger in (Recorder(), Reporter()):
        told.clear()
        CrossFit(tagger, seed=0, folds=2, members=2).fit(sample, run)
        assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_missing_units_are_listed(sample):
    crossfit = CrossFit(Recorder(), seed=0, folds=2, members=2)
    models = {unit: crossfit.fit_unit(sample, *unit) for unit in [(0, 0), (1, 1)]}
    with pytest.raises(TrainingError, match=r"units \[\(0, 1\), \(1, 0\)\] .* are missing"):
        crossfit.assemble(models, sample)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"window": None}, "tagger recorder is trained per window; give Sample.window"),
        (
            {"window": Window(100, 200, ((50, 100),), name="A9")},
            r"window A9 .*0 events in the signal region and 0",
        ),
        (
            {"window": Window(2725, 3331, ((50, 100),), name="A9")},
            r"window A9 .*, training of fold 0, member 0: .* 0 in the side",
        ),
    ],
)
def test_what_is_missing_for_training_is_named(sample, change, message):
    with pytest.raises(TrainingError, match=message):
        CrossFit(Recorder(), seed=0).fit(replace(sample, **change))


def test_a_missing_sample_or_column_is_named(sample):
    with pytest.raises(TrainingError, match=r"trains on signal; give Sample.signal"):
        CrossFit(Recorder(samples=("signal",)), seed=0).fit(sample)
    with pytest.raises(TrainingError, match=r"tagger cwola needs columns \['j1_lsf3', 'j2_lsf3'\]"):
        CrossFit(CWoLa(features=("a", "lsf3")), seed=0).fit(sample)
    with pytest.raises(TrainingError, match=r"no unit \(fold 5, member 0\)"):
        CrossFit(Recorder(), seed=0).fit_unit(sample, 5, 0)


def test_a_fold_without_sidebands_is_named(sample):
    fold, region = sample.data.fold(5, "outer"), WINDOW.region(sample.data["mjj"])
    data = sample.data.where((fold != 3) | (region == 0))
    with pytest.raises(TrainingError, match=r"window toy .*, fold 3: no sideband events"):
        CrossFit(Recorder(), seed=0).fit(replace(sample, data=data))


@pytest.mark.parametrize(
    "change", [{"folds": 1}, {"members": 0}, {"members": 2.0}, {"members": "3"}, {"seed": -1}]
)
def test_impossible_divisions_are_refused(change):
    with pytest.raises(ParameterError, match=r"CrossFit: .* allowed"):
        CrossFit(Recorder(), **{"seed": 0, **change})


def test_no_events_have_no_scores(model):
    nothing = toy(TAGGER.inputs, 0, 0, 1)
    assert model.score(nothing).shape == (0,)

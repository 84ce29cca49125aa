"""Searches in pseudo-experiments: no bump of nothing, one of a signal, and a test that notices a method that cheats."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from dijethunt.analysis import pseudo_summary as summary
from dijethunt.analysis.hidden import Others
from dijethunt.analysis.hunt import Hunt
from dijethunt.analysis.pseudo import PseudoExperiments, Trial, results, run_trial
from dijethunt.datasets.atomic import read_json
from dijethunt.datasets.store import write
from dijethunt.datasets.table import FeatureTable

LOG = logging.getLogger(__name__)
FEATURES = ("a", "b")
HUNT = Hunt((2231.0, 6000.0), "dijet", 2, 50.0, (2231.0, 6000.0), toys=0, seed=1)


def events(background: int, signal: int, seed: int) -> FeatureTable:
    """Background falls with m_jj, the signal is a peak at 3 TeV whose features differ."""
    rng = np.random.default_rng(seed)
    truth = np.arange(background + signal) >= background
    n = len(truth)
    mjj = np.where(truth, rng.normal(3000, 90, n), 2231 + rng.exponential(450, n))
    columns = {
        f"{jet}_{name}": np.where(truth, 1.8, 0) + np.where(truth, 0.4, 1) * rng.normal(size=n)
        for jet in ("j1", "j2")
        for name in FEATURES
    }
    ones = np.ones(n, dtype=np.uint32)
    identity = {"sample": np.full(n, seed, np.uint64), "run": ones, "lumi": ones, "event": np.arange(n)}
    return FeatureTable(columns | identity | {"mjj": mjj, "truth": truth.astype(np.int8)})


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> PseudoExperiments:
    folder = tmp_path_factory.mktemp("tables")
    write(folder / "pool.parquet", events(40_000, 0, 1), {})
    write(folder / "signal.parquet", events(0, 2000, 2), {})
    return PseudoExperiments(
        (folder / "pool.parquet",),
        folder / "signal.parquet",
        mass=3000.0,
        windows=("B3",),
        hunt=HUNT,
        events=12_000,
        taggers={
            "inclusive": {"efficiency": 1.0},
            "cwola": {"features": list(FEATURES), "rounds": 30, "efficiency": 0.02},
        },
        injected=(0, 150),
        experiments=3,
        members=1,
    )


@pytest.fixture(scope="module")
def done(study, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pseudo")
    for trial in study.trials(folder):
        run_trial(trial)
    return folder


@pytest.fixture(scope="module")
def points(study, done) -> dict[tuple[str, int], summary.Point]:
    found = summary.central(study, summary.points(study, results(study, done)))
    return {(point.tagger, point.injected): point for point in found}


def test_a_signal_is_found_by_the_tagger(points):
    assert np.median(points["cwola", 150].r) > np.median(points["inclusive", 150].r) + 2
    assert abs(np.median(points["cwola", 0].r)) < 2.5
    assert points["cwola", 150].signal > 30


def test_all_masses_of_the_window_are_tested(study, done):
    (first, *_) = results(study, done)
    assert [point["mass"] for point in first["points"]] == [2900, 3000, 3100]
    assert len(summary.points(study, results(study, done))) == 2 * 2 * 3


def test_selected_fractions_are_those_of_the_working_point(points):
    fractions = points["cwola", 0].fractions
    assert (fractions["low"] + fractions["high"]) / 2 == pytest.approx(0.02, rel=0.15)
    assert points["inclusive", 0].fractions["signal"] == 1


def test_background_is_the_same_for_all_taggers_and_signals(study, tmp_path):
    masses = [
        Trial(study, tmp_path, "B3", tagger, injected, 0).data()[0]
        for tagger, injected in (("cwola", 0), ("inclusive", 150))
    ]
    background = [np.sort(table["mjj"][table["truth"] == 0]) for table in masses]
    assert np.array_equal(*background)
    other = Trial(study, tmp_path, "B3", "cwola", 0, 1).data()[0]
    assert not np.array_equal(np.sort(other["mjj"]), background[0])


def test_events_used_twice_are_in_one_fold(study, tmp_path):
    data, _ = Trial(study, tmp_path, "B3", "cwola", 0, 0).data()
    folds = study.crossfit("cwola", 0).division.outer(data)
    parents, first = np.unique(data["event"], return_inverse=True)
    assert len(parents) < len(data)
    assert all(len(set(folds[first == i])) == 1 for i in np.flatnonzero(np.bincount(first) > 1)[:50])


def test_the_same_experiment_has_the_same_result_but_for_the_time(study, done, tmp_path):
    trial = Trial(study, tmp_path, "B3", "cwola", 150, 1)
    run_trial(trial)
    again, first = (read_json(replace(trial, folder=folder).place) for folder in (tmp_path, done))
    assert again | {"cpu_seconds": 0} == first | {"cpu_seconds": 0}
    (counts,) = again["counts"]
    assert 0 < sum(counts) == again["selected"]


def test_categories_are_fitted_as_in_a_search(study, tmp_path):
    """Slices of CWoLa's score, and QUAK with the signal that is hidden among its priors."""
    slices = {"kind": "quantile", "efficiencies": [0.02, 0.1], "learner": "trees"}
    quak = {"features": ["a"], "flow_epochs": 1, "flow_blocks": 1, "flow_hidden": 8, "efficiency": 0.1}
    taggers = {
        "slices": {**study.taggers["cwola"], "tagger": "cwola", "working_point": slices},
        "quak": quak,
    }
    taggers["slices"].pop("efficiency", None)
    others = Others(extra=study.pool[0], priors=(study.signal,))
    made = replace(study, taggers=taggers, injected=(150,), experiments=1, others=others)
    for trial in made.trials(tmp_path):
        run_trial(trial)
    first, second = results(made, tmp_path)
    assert (len(first["counts"]), len(second["counts"])) == (2, 1)
    assert first["selected"] == sum(map(sum, first["counts"])) > sum(first["counts"][0]) > 0
    assert (first["fractions"]["low"] + first["fractions"]["high"]) / 2 == pytest.approx(0.1, rel=0.3)
    assert len(first["points"]) == len(second["points"]) == 3


def test_a_spectrum_that_is_too_thin_does_not_end_the_others(study, done, tmp_path):
    nothing = {"inclusive": {"working_point": {"kind": "absolute", "threshold": 9.0}}}
    thin = replace(study, experiments=1, injected=(0,), taggers=nothing)
    run_trial(Trial(thin, tmp_path, "B3", "inclusive", 0, 0))
    found = results(thin, tmp_path)
    assert found[0]["points"] == []
    assert summary.points(thin, found) == []
    assert summary.too_thin(found + results(study, done)) == 1


def test_features_that_know_the_mass_are_noticed(study, tmp_path):
    for name, numbers in {"pool": (40_000, 0, 1), "signal": (0, 2000, 2)}.items():
        table = events(*numbers)
        distance = abs(table["mjj"] - 3000) + np.random.default_rng(3).normal(0, 50, len(table))
        write(tmp_path / f"{name}.parquet", table.with_columns(j1_a=distance, j2_a=distance), {})
    paths = {"pool": (tmp_path / "pool.parquet",), "signal": tmp_path / "signal.parquet"}
    made = replace(study, **paths, taggers={"cwola": study.taggers["cwola"]}, injected=(0,), experiments=1)
    run_trial(Trial(made, tmp_path, "B3", "cwola", 0, 0))
    (point,) = summary.central(made, summary.points(made, results(made, tmp_path)))
    assert abs(point.r[0]) > 5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rise", "experiments", "unbiased"),
    [(0.0, 50, True), (0.3, 20, False)],
    ids=["that fall with the mass", "that rise at 3 TeV"],
)
def test_categories_at_quantiles_of_scores(study, tmp_path, rise, experiments, unbiased):
    """Mean pulls measured: -0.06, 0.03 and 0.13 (p > 0.2); with the rise 0.74, 0.98 and 0.71."""
    for name, numbers in {"pool": (400_000, 0, 1), "signal": (0, 2000, 2)}.items():
        table = events(*numbers)
        x = np.log(table["mjj"] / 3000)
        score = 2 * table["truth"] - 0.4 * x + rise * np.exp(-((x / 0.06) ** 2) / 2)
        score += np.random.default_rng(3).normal(size=len(table))
        write(tmp_path / f"{name}.parquet", table.with_columns(score=score), {})
    paths = {"pool": (tmp_path / "pool.parquet",), "signal": tmp_path / "signal.parquet"}
    point = {"kind": "quantile", "efficiencies": [0.01, 0.05, 0.1], "learner": "trees"}
    made = replace(
        study,
        **paths,
        taggers={"stored": {"working_point": point}},
        events=40_000,
        injected=(0,),
        experiments=experiments,
        spread=0.1,
    )
    for trial in made.trials(tmp_path):
        run_trial(trial)
    found = summary.points(made, results(made, tmp_path))
    LOG.info("pulls %s", [(round(one.pull, 2), round(one.normal, 3)) for one in found])
    assert [one.unbiased for one in found] == 3 * [unbiased]


@pytest.mark.parametrize(
    ("shift", "unbiased"), [(0.0, True), (1.5, False)], ids=["a normal distribution", "a shifted one"]
)
def test_bumps_of_nothing_are_judged(study, shift, unbiased):
    r = np.random.default_rng(1).normal(shift, 1, 60)
    found = [
        {
            "window": "B3",
            "tagger": "cwola",
            "injected": 0,
            "points": [
                {"mass": 3000, "r": x, "p_local": 0.5 if x < 2.33 else 0.005, "strength": x, "error": 1.0}
            ],
            "fractions": {"low": 0.01, "signal": 0.01, "high": None},
            "signal_selected": 0,
            "cpu_seconds": 1.0,
        }
        for x in r
    ]
    (point,) = summary.points(replace(study, taggers={"cwola": {}}, injected=(0,)), found)
    assert point.unbiased is unbiased
    assert point.plain()["experiments"] == 60
    assert "high" not in point.fractions


def test_fits_without_an_error_have_no_pull():
    point = summary.Point("B3", "cwola", 0, 3000.0, np.zeros(3), np.nan, 0.5, 0.0, 1.0, {}, 0.0, 1.0)
    assert not point.unbiased
    assert point.plain()["pull"] is None

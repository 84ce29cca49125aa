"""Studies: trainings with more and less signal, what they are tested on, and what is kept of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from dijethunt.analysis import study_signals as signals
from dijethunt.analysis import study_summary as summary
from dijethunt.analysis.hidden import Others, StudyError, halves, read_others, sample, with_noise
from dijethunt.analysis.study import FOLDS, Study, Trial, measure, results, run_trial
from dijethunt.datasets.atomic import read_json
from dijethunt.datasets.store import read, write
from dijethunt.datasets.table import FeatureTable
from dijethunt.taggers.crossfit import CrossFit
from dijethunt.taggers.toy import WINDOW, toy
from scipy.stats import kstest

COLUMNS = frozenset({"j1_a", "j1_b", "j2_a", "j2_b"})
FEATURES = {"features": ["a", "b"], "rounds": 40}


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Study:
    folder = tmp_path_factory.mktemp("tables")
    tables = {"background": (6000, 0, 1), "signal": (0, 2000, 2), "extra": (6000, 0, 3)}
    for name, numbers in tables.items():
        table = toy(COLUMNS, *numbers)
        unlabelled = table.with_columns(truth=np.zeros(len(table), np.int8))  # as they are selected
        write(folder / f"{name}.parquet", unlabelled, {})
    return Study(
        folder / "background.parquet",
        folder / "signal.parquet",
        WINDOW,
        injected=(0, 300),
        taggers={"cwola": FEATURES, "idealized": FEATURES, "supervised": FEATURES | {"efficiency": 0.01}},
        trainings=2,
        members=1,
        others=Others(extra=folder / "extra.parquet"),
    )


@pytest.fixture(scope="module")
def done(study, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    for trial in study.trials(folder):
        run_trial(trial)
    return folder


def by_tagger(study, done, tagger: str, injected: int) -> list[dict]:
    return [r for r in results(study, done) if (r["tagger"], r["injected"]) == (tagger, injected)]


def test_every_trial_leaves_a_result(study, done):
    assert len(results(study, done)) == 3 * 2 * 2
    assert {"auc", "max_sic", "sic", "cpu_seconds", "provenance"} <= set(results(study, done)[0])


def test_signal_is_what_makes_the_difference(study, done):
    with_signal, without = (np.mean([r["auc"] for r in by_tagger(study, done, "cwola", n)]) for n in (300, 0))
    assert with_signal > 0.8
    assert without < 0.75
    assert np.mean([r["auc"] for r in by_tagger(study, done, "supervised", 0)]) > 0.95


def test_events_are_counted_in_the_signal_region(study, done):
    for result in by_tagger(study, done, "cwola", 300):
        assert result["signal"] == 300
        assert result["background"] + result["sidebands"] == 6000


def test_other_signal_events_are_hidden_in_each_training(study, tmp_path):
    trials = [Trial(study, tmp_path, "cwola", 300, i) for i in range(2)]
    hidden = [set(t.data()[0].where(t.data()[0]["truth"] == 1)["event"].tolist()) for t in trials]
    assert len(hidden[0] & hidden[1]) < 100
    data, left = trials[0].data()
    assert not hidden[0] & set(left["event"].tolist())
    assert np.sum(data["truth"]) == 300


def test_more_signal_contains_the_less(study, tmp_path):
    few, many = (Trial(study, tmp_path, "cwola", n, 0).data()[0] for n in (100, 300))
    events = [set(data.where(data["truth"] == 1)["event"].tolist()) for data in (few, many)]
    assert events[0] < events[1]


def test_results_have_the_name_that_a_tagger_has_now(study, tmp_path):
    run_trial(Trial(study, tmp_path, "cwola", 0, 0))
    same = {name: {"tagger": "cwola", **study.taggers["cwola"]} for name in ("renamed", "twin")}
    found = results(replace(study, taggers=same), tmp_path)
    assert [result["tagger"] for result in found] == ["renamed", "twin"]


@pytest.mark.parametrize("tagger", ["cwola", "idealized", "supervised"])
def test_no_event_is_tested_that_was_trained_on(study, tmp_path, monkeypatch, tagger):
    seen, fit_unit = [], CrossFit.fit_unit

    def watched(self, sample, fold, member, run):
        for part in (sample.data, sample.background, sample.signal):
            if part is not None:
                outside = self.division.outer(part) != fold
                seen.append(part.where(outside if self.tagger.traits.folds else slice(None)))
        return fit_unit(self, sample, fold, member, run)

    monkeypatch.setattr(CrossFit, "fit_unit", watched)
    tested = []
    score = "dijethunt.taggers.ensemble.Ensemble.score"
    monkeypatch.setattr(score, lambda self, table: tested.append(table) or np.zeros(len(table)))
    run_trial(Trial(study, tmp_path, tagger, 300, 1))
    known = {tuple(row) for part in seen for row in part.events(*sorted(COLUMNS))}
    assert known
    assert not known & {tuple(row) for table in tested for row in table.events(*sorted(COLUMNS))}


def test_a_prior_that_is_searched_for_is_trained_on_with_what_is_not_tested(study, tmp_path):
    quak = {"features": ["a", "b"], "flow_epochs": 1}
    others = replace(study.others, priors=(study.signal,))
    made = replace(study, others=others, taggers={"quak": quak})
    data, left = Trial(made, tmp_path, "quak", 300, 0).data()
    training, testing = halves(left)
    plan = made.crossfit("quak", 0)
    tables = read_others(plan, others, made.columns("quak"))
    given = sample(plan, data, training, [data, testing], tables, WINDOW)
    known, used, tested = (set(table["event"].tolist()) for table in (given.priors, training, testing))
    assert known == used
    assert not known & tested
    assert not known & set(data.where(data["truth"] == 1)["event"].tolist())
    assert given.signal is None


def test_other_signals_are_tested_with_events_of_priors_that_were_not_trained_on(
    study, tmp_path, monkeypatch
):
    seen, fit_unit = [], CrossFit.fit_unit

    def watched(self, sample, fold, member, run):
        seen.append(sample.priors)
        return fit_unit(self, sample, fold, member, run)

    monkeypatch.setattr(CrossFit, "fit_unit", watched)
    quak = {"features": ["a", "b"], "flow_epochs": 1}
    other, strange = tmp_path / "other.parquet", tmp_path / "strange.parquet"
    write(other, toy(COLUMNS, 0, 1000, 7).with_columns(event=np.arange(90_000, 91_000)), {})
    table = toy(COLUMNS, 1000, 0, 8)  # like background
    write(strange, table.with_columns(event=np.arange(95_000, 95_000 + len(table))), {})
    made = replace(
        study,
        others=replace(study.others, priors=(other,)),
        taggers={"quak": quak},
        injected=(0,),
        trainings=1,
        tested=(other, strange),
    )
    (trial,) = made.trials(tmp_path)
    run_trial(trial)
    trained, tested = set(seen[0]["event"].tolist()), set(trial.tested()[0]["event"].tolist())
    assert len(trained) + len(tested) == 1000
    assert not trained & tested
    found = signals.by_signal(made, results(made, tmp_path))
    assert [one.signal for one in found] == ["signal", "other", "strange"]
    area = {one.signal: one.bands["auc"][1] for one in found}
    assert min(area["signal"], area["other"]) > 0.9
    assert area["strange"] == pytest.approx(0.5, abs=0.06)
    names = [name for name, _ in signals.figures(made, found, "")]
    assert names == ["signals_max_sic_0", "signals_auc_0"]


def test_without_other_signals_there_is_no_table_of_them(study, done):
    assert signals.by_signal(study, results(study, done)) == []


def test_folds_and_seeds_go_round(study, tmp_path):
    trials = [Trial(study, tmp_path, "cwola", 0, i) for i in range(7)]
    assert [trial.fold for trial in trials] == [0, 1, 2, 3, 4, 0, 1]
    seeds = {study.crossfit(tagger, i).seed for tagger in study.taggers for i in range(7)}
    assert len(seeds) == 7
    assert FOLDS == 5


def test_the_same_trial_has_the_same_result_but_for_the_time(study, done, tmp_path):
    trial = Trial(study, tmp_path, "idealized", 300, 0)
    run_trial(trial)
    again, first = (read_json(replace(trial, folder=folder).place) for folder in (tmp_path, done))
    assert again | {"cpu_seconds": 0} == first | {"cpu_seconds": 0}


@pytest.mark.parametrize("change", [{"seed": 2}, {"members": 2}, {"noise": 1}])
def test_what_decides_a_result_changes_its_place(study, tmp_path, change):
    places = [Trial(s, tmp_path, "cwola", 0, 0).place for s in (study, replace(study, **change))]
    assert places[0] != places[1]


def test_what_a_tagger_reads_changes_its_place(study, tmp_path):
    table = read(study.background)
    places = []
    for i, name in enumerate(("deta", "j1_a")):
        path = tmp_path / f"{i}.parquet"
        write(path, table.with_columns(**{name: np.arange(len(table)) / 7}), {})
        made = replace(study, background=path, taggers={"cwola": FEATURES})
        places.append(Trial(made, tmp_path, "cwola", 0, 0).place)
    same = replace(study, taggers={"cwola": FEATURES})
    assert places[0] == Trial(same, tmp_path, "cwola", 0, 0).place  # a column that it does not read
    assert places[1] != places[0]


def test_the_seed_decides_which_signal_is_hidden(study, tmp_path):
    hidden = [
        set(data.where(data["truth"] == 1)["event"].tolist())
        for made in (study, replace(study, seed=2))
        for data in [Trial(made, tmp_path, "cwola", 300, 0).data()[0]]
    ]
    assert len(hidden[0] & hidden[1]) < 100
    others = replace(study, seed=2)
    assert not {study.crossfit("cwola", i).seed for i in range(9)} & {
        others.crossfit("cwola", i).seed for i in range(9)
    }


def test_extra_background_decides_results_of_those_who_train_on_it(study, tmp_path):
    other = replace(study, others=Others(extra=study.background))
    for tagger, same in (("cwola", True), ("idealized", False)):
        places = {Trial(made, tmp_path, tagger, 0, 0).place for made in (study, other)}
        assert (len(places) == 1) is same


def test_noise_is_normal_and_the_same_for_an_event():
    table = toy(COLUMNS, 4000, 0, 1)
    noise = with_noise(table, 2)
    columns = [noise[f"{jet}_noise{i}"] for jet in ("j1", "j2") for i in range(2)]
    assert all(kstest(column, "norm").pvalue > 1e-3 for column in columns)
    assert np.abs(np.corrcoef(columns) - np.eye(4)).max() < 0.06
    backwards = with_noise(table.where(np.arange(4000)[::-1]), 2)
    assert np.array_equal(backwards["j1_noise1"][::-1], columns[1])


def test_noise_is_a_feature_like_any_other(study, tmp_path):
    noisy = replace(study, noise=3, taggers={"cwola": FEATURES | {"features": ["a", "noise0", "noise2"]}})
    run_trial(Trial(noisy, tmp_path, "cwola", 300, 0))
    assert results(noisy, tmp_path)[0]["auc"] > 0.7


def test_metrics_of_a_known_score():
    rng = np.random.default_rng(1)
    found = measure(rng.normal(size=100_000), rng.normal(2.0, size=10_000))
    assert found["auc"] == pytest.approx(0.921, abs=0.005)
    assert found["sic_at_background"]["0.01"] == pytest.approx(3.72, rel=0.05)
    assert found["max_sic"] >= found["sic_at_background"]["0.01"]
    assert measure(np.zeros(150), np.zeros(150))["sic_at_background"]["0.001"] is None
    assert measure(np.zeros(1000), np.ones(1000))["sic_at_signal"] is None, "a lower limit is no number"


def test_too_much_signal_is_refused(study, tmp_path):
    with pytest.raises(StudyError, match=r"1500 signal events to hide, and .* has 2000; at most half"):
        run_trial(Trial(study, tmp_path, "cwola", 1500, 0))


def test_a_tagger_without_its_background_is_refused(study, tmp_path):
    with pytest.raises(
        StudyError,
        match="tagger idealized trains with simulated background that is independent of the data; name tables of it as extra",
    ):
        run_trial(Trial(replace(study, others=Others()), tmp_path, "idealized", 0, 0))


def test_points_are_medians_with_bands(study, done):
    points = summary.points(study, results(study, done))
    assert [(p.tagger, p.injected) for p in points][:2] == [("cwola", 0), ("cwola", 300)]
    for point in points:
        values = [r["max_sic"] for r in by_tagger(study, done, point.tagger, point.injected)]
        assert point.bands["max_sic"][1] == pytest.approx(np.median(values))
        assert point.trainings == 2
    (first, *_) = by_tagger(study, done, "cwola", 300)
    assert points[1].strength == pytest.approx((300 / first["background"], 300 / first["background"] ** 0.5))


def test_figures_and_thresholds(study, done):
    found = results(study, done)
    names = [name for name, _ in summary.figures(study, found, "")]
    assert names == ["max_sic", "sic_at_1_percent", "sic_0", "sic_300"]


def test_thresholds_are_where_the_median_sic_crosses_two(study):
    sic = {0: [0.5, 0.7, 0.6], 100: [1.0, 4.0], 300: [3.0, None, 3.0]}
    found = [
        {"tagger": "cwola", "injected": n, "sic_at_background": {"0.01": value}}
        for n, values in sic.items()
        for value in values
    ]
    expected = {"cwola": pytest.approx(100 * 1.4 / 1.9), "idealized": None, "supervised": None}
    assert summary.thresholds(study, found) == expected


def test_an_unfinished_study_is_summarised_as_far_as_it_is(study, tmp_path):
    run_trial(Trial(study, tmp_path, "cwola", 300, 0))
    (point,) = summary.points(study, results(study, tmp_path))
    assert (point.tagger, point.trainings) == ("cwola", 1)
    assert [name for name, _ in summary.figures(study, results(study, tmp_path), "")][-1] == "sic_300"


def test_tables_without_events_of_a_kind_are_read(study):
    table = study.read(study.signal, "cwola")
    assert isinstance(table, FeatureTable)
    assert set(table.columns) >= {*COLUMNS, "mjj", "event"}

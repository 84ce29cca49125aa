"""Tag N' Train."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
import pytest
from dijethunt.datasets.error import ColumnError
from dijethunt.datasets.table import FeatureTable
from dijethunt.selections.window import WINDOWS
from dijethunt.taggers import testing
from dijethunt.taggers.base import Run, Sample, Tagger
from dijethunt.taggers.blind import view
from dijethunt.taggers.crossfit import CrossFit
from dijethunt.taggers.cwola import CWoLa
from dijethunt.taggers.error import NotFittedError, ParameterError, TrainingError
from dijethunt.taggers.first_tagger import TaggedJets, sideband_jets
from dijethunt.taggers.jet import COMBINATIONS
from dijethunt.taggers.learner import Labelled, Trained
from dijethunt.taggers.metric import auc
from dijethunt.taggers.rank import Rank
from dijethunt.taggers.tagging import Tagging, balanced, percentile_in
from dijethunt.taggers.tnt import TagNTrain
from dijethunt.taggers.toy import WINDOW, toy
from dijethunt.taggers.watch import Learned

LOG = logging.getLogger(__name__)
FEATURES = ("a", "b", "c")


@dataclass(frozen=True, kw_only=True)
class Hinted(TagNTrain):
    """Tag N' Train whose first tagger is not trained: a column of each jet is its score."""

    first: str = "hint"

    def train_first(self, sidebands, run):
        return Learned(np.empty((1, 0), dtype=np.float32), np.empty(0), np.empty(0))

    def first_scores(self, model, reads):
        return reads


HINTED, CWOLA = Hinted(features=FEATURES), CWoLa(features=FEATURES)


def two_jets(n: int, n_signal: int, seed: int, anomalous: int = 2) -> FeatureTable:
    """The toy of T12: background N(0, 1)^3 in either jet, signal N(1.5, 0.5^2)^3 in so many of them.

    The hint is the sum of the features of a jet with noise of 1.5. ``n`` background events in the signal region and in sidebands.
    """
    rng = np.random.default_rng(seed)
    number = np.arange(2 * n + n_signal, dtype=np.uint64)
    truth = number >= 2 * n
    x = rng.normal(size=(len(number), 2, 3))
    x[truth, :anomalous] = rng.normal(1.5, 0.5, size=(n_signal, anomalous, 3))
    hint = x.sum(axis=2) + rng.normal(0, 1.5, size=x.shape[:2])
    low, high = (rng.uniform(*side, n) for side in WINDOW.sidebands)
    outside = np.where(number[:n] % 2, low, high)
    mjj = np.concatenate([rng.uniform(WINDOW.low, WINDOW.high, n), outside])
    mjj = np.concatenate([mjj, rng.uniform(WINDOW.low, WINDOW.high, n_signal)])
    columns = {f"j{j + 1}_{name}": x[:, j, i] for j in range(2) for i, name in enumerate(FEATURES)}
    columns |= {f"j{j + 1}_hint": hint[:, j] for j in range(2)}
    one = np.full(len(number), seed, dtype=np.uint64)
    identity = {"sample": one, "run": one, "lumi": one, "event": number}
    return FeatureTable(columns | identity | {"mjj": mjj, "truth": truth.astype(np.int8)})


def reach(
    tagger: Tagger, table: FeatureTable, test: FeatureTable, sic: Callable[..., float], seed: int, **plan: int
) -> dict[str, float]:
    """Return the best significance improvement of each combination of the ranks of the jets."""
    model = CrossFit(tagger, seed=seed, **plan).fit(Sample(table, window=WINDOW))
    ranks = np.stack(list(model.diagnostics(test).values()), axis=1)
    return {name: sic(COMBINATIONS[name](ranks), test["truth"]) for name in ("max", "product")}


def shuffled(table: FeatureTable, seed: int) -> FeatureTable:
    """Give each event the j2 of another one, in the signal region and outside."""
    rng, order = np.random.default_rng(seed), np.arange(len(table))
    for inside in (True, False):
        rows = np.flatnonzero((WINDOW.region(table["mjj"]) == 0) == inside)
        order[rows] = rng.permutation(rows)
    return table.with_columns(**{n: v[order] for n, v in table.columns.items() if n.startswith("j2_")})


def test_training_reads_images_and_scoring_does_not():
    tagger = TagNTrain(features=("msd", "lsf3"))
    assert tagger.scored_by == {"j1_msd", "j1_lsf3", "j2_msd", "j2_lsf3"}
    assert tagger.inputs == tagger.scored_by | {"j1_image_tnt", "j2_image_tnt"}
    assert replace(tagger, pt_weights=True).inputs == tagger.inputs | {"j1_pt", "j2_pt"}
    assert replace(tagger, pt_weights=True).scored_by == tagger.scored_by


@pytest.mark.parametrize(
    ("background", "expected"),
    [
        ("or", [[1, 0], [0, 0], [-1, 1], [0, 0], [0, 0]]),
        ("and", [[1, -1], [-1, -1], [-1, 1], [-1, 0], [0, 0]]),
    ],
)
def test_the_partner_decides_the_label(background, expected):
    """Signal region three times, with a j2 and then a j1 that is anomalous; one event of either sideband."""
    scores = np.array([[0.4, 0.9], [0.3, 0.2], [0.9, 0.6], [0.1, 0.9], [0.2, 0.4]])
    region = np.array([0, 0, 0, -1, 1], dtype=np.int8)
    identity = Rank(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    tagging = Tagging(80.0, background, (identity, identity))
    assert tagging.label(scores, region).tolist() == expected


def test_percentiles_are_those_of_the_same_jet_in_sidebands():
    rng = np.random.default_rng(1)
    region = np.repeat(np.array([-1, 0, 1], dtype=np.int8), 1000)
    scores = rng.normal([0.0, 5.0], 1.0, size=(3000, 2))
    moved = np.where(region[:, None] == 0, 100.0, scores)
    fits = [Tagging.fit(values, region, 80.0, "or") for values in (scores, moved)]
    side = region != 0
    shares = [
        np.mean([rank(s) > 0.8 for rank, s in zip(f.ranks, scores[side].T, strict=True)], axis=1)
        for f in fits
    ]
    assert np.array(shares) == pytest.approx(np.full((2, 2), 0.2))


PERCENTILES = {**dict.fromkeys(("A0", "A1", "A2", "A3", "A4", "B0", "B1", "B2", "B3"), 80.0)}
PERCENTILES |= {"A5": 65.0, "B4": 65.0, "A6": 50.0, "B5": 50.0, "B6": 50.0}


def test_percentiles_by_window():
    assert {name: percentile_in(WINDOWS[name]) for name in PERCENTILES} == PERCENTILES
    assert percentile_in(None) == 80


@pytest.mark.parametrize(
    ("given", "window", "share"), [(None, "B3", 0.2), (None, "B5", 0.5), (90.0, "B5", 0.1)]
)
def test_the_window_decides_the_percentile_where_none_is_set(captured, given, window, share):
    table = view(two_jets(5000, 0, 1), HINTED, WINDOW)
    jets = captured(replace(HINTED, percentile=given), Sample(table, window=WINDOWS[window]))
    assert np.sum(jets.label) / 10_000 == pytest.approx(share, abs=0.02)


def test_models_of_a_fold_have_the_same_first_tagger_and_folds_another(tmp_path):
    """Events are drawn for it alike, however they are divided in training and validation."""
    table = two_jets(300, 0, 1)
    rng = np.random.default_rng(2)
    images = {f"j{j}_image_tnt": rng.dirichlet(np.ones(1024), len(table)).reshape(-1, 32, 32) for j in (1, 2)}
    tagger = TagNTrain(features=FEATURES, ae_jets=200, ae_epochs=2, rounds=5)
    plan = CrossFit(tagger, seed=1, folds=2, members=2)
    sample = Sample(table.with_columns(**images), window=WINDOW)
    runs = {"scratch": Run(scratch=tmp_path), "none": Run()}
    fitted = {
        (*unit, name): plan.fit_unit(sample, *unit, run)
        for unit in plan.units()
        for name, run in runs.items()
    }
    found = {unit: model.autoencoder.tobytes() for unit, model in fitted.items()}
    assert len({found[0, member, name] for member in (0, 1) for name in runs}) == 1
    for unit in plan.units():
        assert fitted[(*unit, "none")].model.tobytes() == fitted[(*unit, "scratch")].model.tobytes()
    assert len(set(found.values())) == 2
    assert len(list(tmp_path.glob("*.npz"))) == 4
    again = replace(plan, seed=2).fit_unit(sample, 0, 0).autoencoder.tobytes()
    assert again not in found.values()


def test_events_with_equal_features_are_told_apart_by_their_images():
    rng = np.random.default_rng(1)
    reads = rng.dirichlet(np.ones(16), (40, 2)).reshape(40, 2, 4, 4).astype(np.float32)
    jets = TaggedJets(features=np.ones((40, 2, 1)), region=np.ones(40, np.int8), reads=reads)
    turned = replace(jets, reads=reads[::-1])
    assert np.array_equal(sideband_jets([jets], 20, 1), sideband_jets([turned], 20, 1))


def test_purity_is_that_of_the_first_tagger():
    """Signal fraction among signal-like jets: f eps_S / (f eps_S + eps_B), for a first tagger of known ROC curve."""
    rng, n, n_signal = np.random.default_rng(1), 200_000, 4000
    truth = np.arange(2 * n + n_signal) >= 2 * n
    region = np.where(
        truth | (np.arange(len(truth)) < n), 0, np.where(np.arange(len(truth)) % 2, -1, 1)
    ).astype(np.int8)
    scores = rng.normal(size=(len(truth), 2)) + 1.5 * truth[:, None]
    signal_like = Tagging.fit(scores, region, 80.0, "or").label(scores, region) == 1
    passing = n_signal * NormalDist().cdf(1.5 - NormalDist().inv_cdf(0.8))
    expected = passing / (passing + 0.2 * n)
    purity, jets = np.repeat(truth[:, None], 2, axis=1)[signal_like].mean(), signal_like.sum()
    assert purity == pytest.approx(expected, abs=3 * np.sqrt(expected * (1 - expected) / jets))


@pytest.fixture
def captured(monkeypatch) -> Callable[..., Labelled]:
    """Return what the classifier of a tagger would be trained on."""
    seen: list[Labelled] = []

    def train_best(self, training, validation, run):
        seen.append(training)
        return Trained(np.empty(0, dtype=np.uint8), np.empty(0), np.empty(0))

    def capture(tagger: TagNTrain, sample: Sample) -> Labelled:
        tagger.fit(sample, Run())
        return seen[-1]

    monkeypatch.setattr(Hinted, "train_best", train_best)
    return capture


@pytest.mark.parametrize("background", ["or", "and"])
@pytest.mark.parametrize("pt_weights", [False, True])
def test_both_classes_have_equal_weight_among_j1_and_among_j2(captured, background, pt_weights):
    """The feature is 0 for j1 and 1 for j2, so that it tells which is which."""
    table = view(two_jets(3000, 0, 1), HINTED, WINDOW)
    which = {"j1_a": np.zeros(len(table)), "j2_a": np.ones(len(table))}
    pt = {f"{jet}_pt": 1000 + 50 * np.random.default_rng(1).normal(size=len(table)) for jet in ("j1", "j2")}
    tagger = replace(HINTED, features=("a",), background=background, pt_weights=pt_weights)
    jets = captured(tagger, Sample(table.with_columns(**which, **pt)))
    sums = [
        jets.weight[(jets.features[:, 0] == j) & (jets.label == label)].sum()
        for j in (0, 1)
        for label in (0, 1)
    ]
    assert sums[0] == pytest.approx(sums[1])
    assert sums[2] == pytest.approx(sums[3])
    assert set(np.unique(jets.label)) == {0, 1}


def test_pt_weights_give_both_classes_the_same_spectrum(captured):
    table = view(two_jets(10_000, 0, 1), HINTED, WINDOW)
    rng = np.random.default_rng(1)
    pt = {f"{jet}_pt": rng.normal(1000 + 40 * (table["region"] == 0), 100) for jet in ("j1", "j2")}
    means = {}
    for weighted in (False, True):
        tagger = replace(HINTED, features=("pt",), pt_weights=weighted)
        jets = captured(tagger, Sample(table.with_columns(**pt)))
        means[weighted] = [
            np.average(jets.features[jets.label == label, 0], weights=jets.weight[jets.label == label])
            for label in (0, 1)
        ]
    assert means[False][1] - means[False][0] > 20
    assert means[True][1] == pytest.approx(means[True][0], abs=3)


def test_an_empty_class_is_an_error():
    with pytest.raises(TrainingError, match="0 signal-like and 3 background-like jets"):
        balanced(np.ones(3), np.zeros(3, dtype=np.int8))


def test_two_anomalous_jets_are_found_better_than_by_cwola(sic):
    """T12 with a third of its events, at the signal fraction of 0.6%."""
    table, test = two_jets(10_000, 60, 1), two_jets(20_000, 4000, 100)
    tnt, cwola = (reach(tagger, table, test, sic, 1, folds=2, members=2) for tagger in (HINTED, CWOLA))
    apart = reach(HINTED, shuffled(table, 1), test, sic, 1, folds=2, members=2)
    assert tnt["product"] > 1.5 * max(cwola.values())
    assert tnt["product"] > tnt["max"]
    assert apart["product"] < 0.5 * tnt["product"]


def test_one_anomalous_jet_is_not_found(sic):
    """T12 with a third of its events, at the signal fraction of 0.6%."""
    table, test = two_jets(10_000, 60, 1, anomalous=1), two_jets(20_000, 4000, 100, anomalous=1)
    found = reach(HINTED, table, test, sic, 1, folds=2, members=2)
    assert max(found.values()) < 1.3


@pytest.mark.slow
def test_t12_asymmetry(sic):
    """Medians of five seeds with two anomalous jets, and of ten with one, where a seed gives either about 1 or about 2.

    Measured, best significance improvement by product and by maximum. Two anomalous jets: 27.0 (23.2 to 28.3), 10.7; with
    background "and" 27.0, 10.7; CWoLa 11.2 (5.4 to 11.4), 4.8; with the jets of other events 8.1 (0.9 to 8.6), 3.1. One:
    0.8 (0.5 to 1.1), 0.9 (0.7 to 2.3); CWoLa 1.1 (0.9 to 1.1), 2.8 (1.2 to 4.6).
    """
    two, one = (two_jets(100_000, 20_000, 100, anomalous=n) for n in (2, 1))
    tables = [(seed, two_jets(30_000, 90, seed)) for seed in range(5)]
    halves = [(seed, two_jets(30_000, 90, seed, 1)) for seed in range(10)]
    found = {
        "tnt": [reach(HINTED, table, two, sic, seed) for seed, table in tables],
        "cwola": [reach(CWOLA, table, two, sic, seed) for seed, table in tables],
        "apart": [reach(HINTED, shuffled(table, seed), two, sic, seed) for seed, table in tables],
        "and": [reach(replace(HINTED, background="and"), table, two, sic, seed) for seed, table in tables],
        "single": [reach(HINTED, table, one, sic, seed) for seed, table in halves],
        "single cwola": [reach(CWOLA, table, one, sic, seed) for seed, table in halves],
    }
    for name, values in found.items():
        LOG.info("%s: %s", name, [{k: round(v, 1) for k, v in each.items()} for each in values])
    product, largest = (
        {name: float(np.median([each[how] for each in values])) for name, values in found.items()}
        for how in ("product", "max")
    )
    best = {name: max(product[name], largest[name]) for name in found}
    assert product["tnt"] > 1.5 * best["cwola"]
    assert product["tnt"] > largest["tnt"]
    assert best["single"] < 1.3
    assert best["single"] < best["single cwola"]
    assert product["apart"] < 0.5 * product["tnt"]


@pytest.mark.slow
def test_t9_leak_between_folds(leak):
    """T9 with 4,000 events a side and 2%: the ratio of 1.0 has an error of 0.13.

    Measured: with folds 1.05 on average (0.88 to 1.40), without 4.6 and 5.9.
    """
    tagger = replace(HINTED, patience=0, rounds=100, depth=14, leaf_weight=1.0, subsample=1.0, restarts=1)
    tables = [two_jets(4000, 0, seed) for seed in range(10)]
    ratios = [leak(tagger, table, seed, 0.02, 2) for seed, table in enumerate(tables)]
    leaks = [leak(tagger, table, seed, 0.02, 2, folds=None) for seed, table in enumerate(tables[:2])]
    LOG.info("with folds %s, without %s", np.round(ratios, 2), np.round(leaks, 2))
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.1)
    assert min(leaks) > 3


def toy_with_images(inputs: frozenset[str], background: int, signal: int, seed: int) -> FeatureTable:
    """The toy of the suite with images: a spot in the middle and a halo of background, two spots of signal."""
    table = toy(frozenset(name for name in inputs if "image" not in name), background, signal, seed)
    rng, truth = np.random.default_rng(seed), table["truth"].astype(bool)
    made = {}
    for name in sorted(name for name in inputs if "image" in name):
        image = rng.exponential(0.02, size=(len(table), 32, 32)) * (rng.random((len(table), 32, 32)) < 0.05)
        image[~truth, 16, 16] += 1
        image[truth, 10, 16] += 0.5
        image[truth, 22, 16] += 0.5
        made[name] = (image / image.sum(axis=(1, 2), keepdims=True)).astype(np.float32)
    return table.with_columns(**made)


@pytest.mark.parametrize("check", testing.CHECKS, ids=lambda check: check.__name__)
def test_conformance(check, monkeypatch):
    """With a fifth of the background of the suite."""
    monkeypatch.setattr(testing, "N_BACKGROUND", 800)
    check(quick, toy_with_images)


def quick() -> TagNTrain:
    return TagNTrain(ae_jets=200, ae_epochs=3, ae_batch=16, leaf_weight=5.0)


@pytest.mark.parametrize("classifier", ["trees", "network"])
def test_state_holds_autoencoder_and_classifier(classifier):
    tagger = replace(HINTED, classifier=classifier, epochs=3)
    data, held_out = (view(two_jets(3000, 100, seed), tagger, WINDOW) for seed in (1, 2))
    fitted = tagger.fit(Sample(data, validation=held_out), Run(seed=3)).calibrate(held_out)
    assert {"autoencoder", "model", "history/ae/loss", "history/validation"} < set(fitted.state())
    test = two_jets(3000, 3000, 4)
    assert auc(fitted.score(test), test["truth"]) > 0.9
    assert np.array_equal(tagger.restore(fitted.state()).score(test), fitted.score(test))


def test_a_value_that_is_no_number_is_named():
    data = view(two_jets(300, 10, 1), HINTED, WINDOW).with_columns(j2_b=np.full(610, np.nan))
    with pytest.raises(ColumnError, match=r"tagger tnt: column 'j2_b' is nan"):
        replace(HINTED, classifier="network").fit(Sample(data), Run())


def test_misuse_is_refused():
    table = view(two_jets(300, 10, 1), HINTED, WINDOW)
    with pytest.raises(NotFittedError, match="tagger tnt has not been trained"):
        HINTED.score(table)
    with pytest.raises(TrainingError, match="no column 'region'"):
        HINTED.fit(Sample(table.only(HINTED.inputs)), Run())
    with pytest.raises(ParameterError, match="got Jets; give TaggedJets"):
        HINTED.fit_jets(HINTED.jets(table), None, Run())
    for parameters, message in (
        ({"background": "xor"}, "no background 'xor'"),
        ({"percentile": 40.0}, r"percentile is 40.0; allowed: 50 or more and below 100"),
        ({"percentile": "80"}, r"percentile is '80'; allowed"),
        ({"features": ()}, "features is empty"),
        ({"classifier": "forest"}, "no classifier 'forest'"),
        ({"ae_epochs": 0}, "ae_epochs is 0"),
        ({"restarts": 0}, "restarts is 0"),
        ({"combine": "mean"}, "no combination 'mean'"),
    ):
        with pytest.raises(ParameterError, match=message):
            TagNTrain(**parameters)


def test_presets():
    published, article = (TagNTrain(**TagNTrain.presets[name]) for name in ("published", "article"))
    assert (published.classifier, published.pt_weights, published.background) == ("network", True, "or")
    assert (article.classifier, article.percentile, article.background) == ("network", 80.0, "and")
    for tagger in (published, article):
        assert (tagger.epochs, tagger.batch, tagger.step, tagger.anneal) == (100, 256, 1e-3, False)

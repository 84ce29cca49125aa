"""CPU time of CWoLa (5 folds of 4 models of two jets) on 200,000 sideband and 60,000 signal-region events, and what it finds."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from time import process_time

import numpy as np
import pytest
import torch
from dijethunt.datasets.table import FeatureTable
from dijethunt.taggers import registry
from dijethunt.taggers.base import Run, Sample, Tagger
from dijethunt.taggers.crossfit import CrossFit
from dijethunt.taggers.cwola import CWoLa
from dijethunt.taggers.cwola_network import CWoLaNetwork
from dijethunt.taggers.dense import HIDDEN, build
from dijethunt.taggers.ensemble import ensemble
from dijethunt.taggers.learner import Labelled, Learner
from dijethunt.taggers.metric import max_sic, sic_at_background
from dijethunt.taggers.network import PUBLISHED_NETWORK, Network
from dijethunt.taggers.roc import roc
from dijethunt.taggers.toy import WINDOW, toy

from tests.benchmarks.conftest import record
from tests.benchmarks.reference import Pace

LOG = logging.getLogger(__name__)
FEATURES = ("a", "b", "c", "d", "e")
NOISE = ("d", "e")
ALLOWED_TREES, ALLOWED_NETWORKS = 60.0, 15 * 60.0
N_SIDEBANDS, N_SIGNAL_REGION, N_SIGNAL, N_TEST = 200_000, 60_000, 360, 200_000
TREES, NETWORKS = CWoLa(features=FEATURES), CWoLaNetwork(features=FEATURES)


def events(background: int, signal: int, seed: int) -> FeatureTable:
    """Two jets of the toy with five features each; in two of them the signal is like background."""
    table = toy(
        frozenset(f"{jet}_{name}" for jet in ("j1", "j2") for name in FEATURES), background, signal, seed
    )
    rng = np.random.default_rng(seed + 1000)
    noise = {f"{jet}_{name}": rng.normal(size=len(table)) for jet in ("j1", "j2") for name in NOISE}
    return table.with_columns(**noise)


@pytest.fixture(scope="module")
def sample() -> Sample:
    """A signal of 0.6% in the signal region."""
    table = events(320_000, N_SIGNAL, 1)
    inside, background = WINDOW.region(table["mjj"]) == 0, table["truth"] == 0
    chosen = [np.flatnonzero(~inside)[:N_SIDEBANDS], np.flatnonzero(inside & background)[:N_SIGNAL_REGION]]
    return Sample(table.where(np.concatenate([*chosen, np.flatnonzero(~background)])), window=WINDOW)


@pytest.fixture(scope="module")
def unseen() -> FeatureTable:
    return events(N_TEST, 20_000, 2)


def first_fold(tagger: Tagger, sample: Sample, members: int) -> tuple[list[Tagger], float, float]:
    """Train members of the first outer fold; returns them, CPU-seconds, and how much slower than the reference it was."""
    plan, pace, begin, models = CrossFit(tagger, seed=1), Pace(), process_time(), []
    for member in range(members):
        models.append(plan.fit_unit(sample, 0, member))
        pace.measure()
    return models, process_time() - begin - pace.spent, pace.slowness


def found(members: Sequence[Tagger], sample: Sample, test: FeatureTable) -> tuple[float, float]:
    """Return the largest SIC that keeps 0.1% of background or more, and that at 1%, on events that were not trained on."""
    model = ensemble(members).calibrate(CrossFit(members[0], seed=1).division.held_out(sample, 0))
    curve = roc(model.score(test), test["truth"])
    at_1_percent = sic_at_background(curve, 0.01)
    assert at_1_percent is not None
    return max_sic(curve, least=N_TEST // 1000).value, at_1_percent.value


def arithmetic() -> float:
    """Return the CPU seconds of the products of matrices that one event takes in one step, at the rate of torch.mm."""
    a, b = torch.randn(512, 128), torch.randn(128, 128)
    c = a @ b
    begin = process_time()
    for _ in range(2000):
        torch.mm(a, b, out=c)
    product = (process_time() - begin) / 2000 / (512 * 128 * 128)
    weights = sum(w.numel() for w in build(len(FEATURES), HIDDEN, 0.0).parameters() if w.ndim == 2)
    return 3 * weights * product


@pytest.mark.benchmark
def test_trees_in_a_minute(sample, unseen):
    begin = process_time()
    model = CrossFit(TREES, seed=1).fit(sample)
    trained = process_time() - begin
    curve = roc(model.score(unseen), unseen["truth"])
    LOG.info("40 models of trees: %.0f CPU-s, max SIC %s", trained, max_sic(curve))
    record("cwola_of_a_minute", ALLOWED_TREES / trained)
    assert trained < ALLOWED_TREES
    assert max_sic(curve).value > 5


@pytest.mark.benchmark
def test_networks_in_a_quarter_of_an_hour(sample, unseen):
    """One outer fold, 8 of the 40 models: the others have as many events. One unit is trained as published, too."""
    published = registry.make("cwola_network", {"features": FEATURES, "pt_weights": False}, "published")
    ours, seconds, slowness = first_fold(NETWORKS, sample, 4)
    theirs, of_a_unit, slowness_then = first_fold(published, sample, 1)
    best, best_published = (found(members[:1], sample, unseen) for members in (ours, theirs))
    steps = 8 * NETWORKS.epochs * 0.6 * len(sample.data)
    share = arithmetic() * steps / seconds
    trained, as_published = 5 * seconds / slowness, 20 * of_a_unit / slowness_then
    LOG.info(
        "40 models: %.0f CPU-s; on the reference %.0f, as published %.0f", 5 * seconds, trained, as_published
    )
    LOG.info("%.2f us per event and epoch, of which %.0f%% products", 1e6 * seconds / steps, 100 * share)
    LOG.info("SIC at best and at 1%%: %.2f, %.2f; as published %.2f, %.2f", *best, *best_published)
    LOG.info("all four members: %.2f, %.2f", *found(ours, sample, unseen))
    record("cwola_network_of_a_quarter_hour", ALLOWED_NETWORKS / trained)
    record("cwola_network_vs_published", as_published / trained)
    record("cwola_network_sic_vs_published", best[0] / best_published[0])
    assert trained < ALLOWED_NETWORKS
    assert best[0] > 0.85 * best_published[0]
    assert best[1] > 0.85 * best_published[1]


@pytest.mark.benchmark
@pytest.mark.parametrize(("n", "name", "least"), [(5_000, "small", 2.0), (38_000, "large", 1.1)])
def test_restarts_side_by_side(n, name, least):
    """Twenty restarts as published, five epochs of them, against one training after the other."""
    net = Network(**{**PUBLISHED_NETWORK, "epochs": 5})
    rng = np.random.default_rng(1)
    label = np.arange(n) % 2
    training = Labelled(rng.normal(size=(n, 6)) + 0.3 * label[:, None], label, np.ones(n))
    runs, seconds = [Run(seed=seed) for seed in range(20)], []
    for trained in (Learner.train_all, Network.train_all):
        begin = process_time()
        trained(net, training, training, runs)
        seconds.append((process_time() - begin) / len(runs))
    LOG.info("CPU-seconds of a network of %d events: %.3f alone, %.3f side by side", n, *seconds)
    record(f"stacked_networks_{name}", seconds[0] / seconds[1])
    assert seconds[0] / seconds[1] > least

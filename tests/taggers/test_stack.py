"""Networks that are trained side by side learn what each of them learns alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from dijethunt.taggers import checkpoint, network
from dijethunt.taggers.base import Run
from dijethunt.taggers.dense import HIDDEN_SMALL, build, initialise
from dijethunt.taggers.learner import Labelled, Learner, Trained
from dijethunt.taggers.network import Network
from dijethunt.taggers.restart import Restarts
from dijethunt.taggers.stack import Stack
from dijethunt.taggers.vector import vector, vectors

NETWORK = Network(epochs=6, least_steps=20)
RUNS = [Run(seed=seed) for seed in (3, 5, 8)]


def events(n: int, seed: int) -> Labelled:
    """Two classes of ``n`` events that differ in the first of three features, and have weights."""
    rng = np.random.default_rng(seed)
    label = np.arange(2 * n) % 2
    features = rng.normal(size=(2 * n, 3)) * [1.0, 30.0, 0.1] + [0.0, 100.0, 0.5]
    features[:, 0] += label
    return Labelled(features, label, rng.uniform(0.5, 1.5, 2 * n))


TRAINING, VALIDATION = events(1500, 1), events(500, 2)


def alone(net: Network, runs: Sequence[Run] = RUNS) -> list[Trained]:
    return Learner.train_all(net, TRAINING, VALIDATION, runs)


def side_by_side(net: Network, runs: Sequence[Run] = RUNS) -> list[Trained]:
    return net.train_all(TRAINING, VALIDATION, runs)


def same(found: Sequence[Trained], expected: Sequence[Trained]) -> bool:
    return all(np.array_equal(f.model, e.model) for f, e in zip(found, expected, strict=True))


def test_a_stack_is_its_networks():
    networks = [build(4, HIDDEN_SMALL, 0.3) for _ in range(3)]
    x = 5 + 3 * torch.randn(50, 3, 4)
    for i, net in enumerate(networks):
        initialise(net, x[:, i])
    stack = Stack(networks, [torch.Generator() for _ in networks]).eval()
    assert np.array_equal(vectors(stack), [vector(net) for net in networks])
    found = stack(x)[..., 0]
    for i, net in enumerate(networks):
        assert torch.allclose(found[:, i], net.eval()(x[:, i])[:, 0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("small_below", [0, 10_000])
@pytest.mark.parametrize("dropout", [0.0, 0.2])
def test_each_learns_what_it_learns_alone_but_for_rounding(small_below, dropout):
    """The same order of events, the same nodes left out, the same moments of the features."""
    net = replace(NETWORK, epochs=2, small_below=small_below, dropout=dropout)
    for found, expected in zip(side_by_side(net), alone(net), strict=True):
        assert found.loss == pytest.approx(expected.loss, rel=1e-4)
        assert found.validation == pytest.approx(expected.validation, rel=1e-4)
        assert found.model == pytest.approx(expected.model, rel=0.02, abs=2e-3)
        assert not np.array_equal(found.model, expected.model)


def test_they_differ_by_their_seeds_alone():
    """And by rounding, which the place in the stack decides."""
    first, again, other = side_by_side(replace(NETWORK, epochs=1), [Run(seed=seed) for seed in (3, 3, 4)])
    assert again.model == pytest.approx(first.model, rel=1e-3, abs=1e-4)
    assert not np.allclose(first.model, other.model, rtol=0.1, atol=0.1)
    assert same(side_by_side(NETWORK), side_by_side(NETWORK))


def test_each_stops_when_its_own_loss_stays():
    net = replace(NETWORK, epochs=100, step=1e-30)
    found = side_by_side(net)
    stopped = [len(one.loss) for one in found]
    assert len(set(stopped)) > 1
    for one in found:
        assert len(one.loss) - 1 - np.argmin(one.loss) == net.patience_of_training
    assert stopped == [len(one.loss) for one in alone(net)]


@pytest.mark.parametrize("at", [2, 6])
def test_an_interrupted_stack_goes_on_to_the_same_bits(at, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "EVERY", 0.0)
    told: list[int] = []

    def interrupt(done: int, _: int) -> None:
        if done == at:
            raise KeyboardInterrupt

    def runs(progress):
        return [replace(run, scratch=tmp_path, progress=progress) for run in RUNS]

    with pytest.raises(KeyboardInterrupt):
        side_by_side(NETWORK, runs(interrupt))
    assert len(list(tmp_path.iterdir())) == 1
    resumed = side_by_side(NETWORK, runs(lambda done, _: told.append(done)))
    assert told == list(range(at + 1, 7))
    assert not list(tmp_path.iterdir())
    assert same(resumed, side_by_side(NETWORK))


@pytest.mark.parametrize(
    ("parameters", "stacked"),
    [
        ({}, True),
        ({"batch": 512, "least_steps": 1}, True),
        ({"small_below": 0, "batch": 256, "least_steps": 1}, True),
        ({"small_below": 0, "batch": 257, "least_steps": 1}, False),
    ],
)
def test_they_are_side_by_side_where_that_is_faster(parameters, stacked):
    net = replace(NETWORK, epochs=1, **parameters)
    assert same(side_by_side(net), alone(net)) != stacked
    assert same(side_by_side(net, RUNS[:1]), alone(net, RUNS[:1]))


@dataclass(frozen=True, kw_only=True)
class RestartedNetwork(Restarts, Network):
    pass


def test_restarts_are_side_by_side(monkeypatch):
    net = RestartedNetwork(restarts=4, choose="loss", epochs=6)
    sizes: list[int] = []

    def stack(networks, generators):
        sizes.append(len(networks))
        return Stack(networks, generators)

    monkeypatch.setattr(network, "Stack", stack)
    best = net.train_best(TRAINING, VALIDATION, Run(seed=7))
    assert sizes == [4]
    attempts = alone(net, Run(seed=7).split(net.restarts))
    least = [one.validation.min() for one in attempts]
    assert best.validation.min() == pytest.approx(min(least), rel=1e-2)
    assert min(least) < np.median(least)

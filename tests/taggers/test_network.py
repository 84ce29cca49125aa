"""The network of CMS: its layers, its training, and that it can be saved and repeated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from dijethunt.taggers.base import Run
from dijethunt.taggers.dense import HIDDEN, HIDDEN_SMALL, build, initialise, rebuild
from dijethunt.taggers.dropout import Dropout
from dijethunt.taggers.error import ParameterError
from dijethunt.taggers.learner import Labelled
from dijethunt.taggers.metric import auc
from dijethunt.taggers.network import PUBLISHED_NETWORK, Network
from dijethunt.taggers.vector import vector

NETWORK = Network(epochs=12)


def events(n: int, seed: int, shift: float = 1.0) -> Labelled:
    """Two classes of ``n`` events that differ by ``shift`` in the first of three features."""
    rng = np.random.default_rng(seed)
    label = np.arange(2 * n) % 2
    features = rng.normal(size=(2 * n, 3)) * [1.0, 30.0, 0.1] + [0.0, 100.0, 0.5]
    features[:, 0] += shift * label
    return Labelled(features, label, np.ones(2 * n))


@pytest.fixture(scope="module")
def trained():
    return NETWORK.train(events(1500, 1), events(500, 2), Run(seed=3))


def test_layers_are_the_published_ones():
    large = build(7, HIDDEN, 0.2)
    assert [layer.out_features for layer in large if isinstance(layer, torch.nn.Linear)] == [
        *(64, 128, 128, 32, 16, 8),
        1,
    ]
    kinds = [type(layer).__name__ for layer in large]
    assert kinds[:7] == ["BatchNorm1d", "Linear", "LeakyReLU", "Dropout", "Linear", "ELU", "Dropout"]
    assert (kinds.count("Dropout"), kinds.count("ELU")) == (4, 5)
    small = build(7, HIDDEN_SMALL, 0.2)
    assert [layer.out_features for layer in small if isinstance(layer, torch.nn.Linear)] == [
        16,
        16,
        16,
        8,
        4,
        1,
    ]


def test_biases_begin_with_a_spread_by_the_width():
    network = build(5, (400, 400, 20), 0.0)
    initialise(network, torch.randn(100, 5))
    first = [layer for layer in network if isinstance(layer, torch.nn.Linear)][1]
    cut_at_two_sigma = 0.88
    assert float(first.bias.detach().std()) == pytest.approx(cut_at_two_sigma * (2 / 400) ** 0.5, rel=0.1)


@pytest.mark.parametrize("hidden", [HIDDEN, HIDDEN_SMALL])
def test_a_vector_is_the_whole_network(hidden):
    network = build(4, hidden, 0.1)
    initialise(network, 5 + 3 * torch.randn(50, 4))
    again = rebuild(vector(network), 4)
    assert np.array_equal(vector(again), vector(network))
    x = torch.randn(20, 4)
    assert torch.equal(again.eval()(x), network.eval()(x))


@pytest.mark.parametrize(("small_below", "hidden"), [(3000, HIDDEN), (3001, HIDDEN_SMALL)])
def test_few_events_have_the_small_network(small_below, hidden):
    network = replace(NETWORK, small_below=small_below, epochs=1)
    model = network.train(events(1500, 1), None, Run()).model
    assert len(model) == len(vector(build(3, hidden, 0.0)))


def test_it_learns_what_there_is(trained):
    test = events(2000, 4)
    reached = auc(NETWORK.predict(trained.model, test.features), test.label)
    optimum = auc(test.features[:, 0], test.label)
    assert reached > optimum - 0.01


def test_the_output_is_the_log_odds():
    """Of two normal distributions one apart they are x - 1/2."""
    training = events(6000, 1)
    model = Network(epochs=15, small_below=0).train(training, events(3000, 2), Run(seed=1)).model
    x = np.array([[-0.5, 100.0, 0.5], [0.5, 100.0, 0.5], [1.5, 100.0, 0.5]])
    assert NETWORK.predict(model, x) == pytest.approx([-1.0, 0.0, 1.0], abs=0.35)


def test_weights_count():
    """With three times the weight the log-odds of a class without features of its own are log 3."""
    plain = events(1500, 1, shift=0.0)
    weighted = replace(plain, weight=np.where(plain.label == 1, 3.0, 1.0))
    model = replace(NETWORK, epochs=20).train(weighted, None, Run()).model
    assert np.mean(NETWORK.predict(model, plain.features)) == pytest.approx(np.log(3), abs=0.3)


def test_the_epoch_of_the_least_validation_loss_is_kept(trained):
    even = replace(NETWORK, anneal=False)
    long = even.train(events(1500, 1), events(500, 2), Run(seed=3))
    best = int(np.argmin(long.validation))
    short = replace(even, epochs=best + 1).train(events(1500, 1), events(500, 2), Run(seed=3))
    assert np.array_equal(short.model, long.model)
    test = events(500, 2)
    scores = NETWORK.predict(trained.model, test.features)
    loss = np.mean(np.logaddexp(0, np.where(test.label == 1, -scores, scores)))
    assert loss == pytest.approx(trained.validation.min(), rel=1e-4)


def test_steps_are_many_enough_where_events_are_few():
    assert [Network().schedule.size(n) for n in (100, 10_000, 30_000, 1_000_000)] == [16, 66, 200, 512]
    assert [Network(**PUBLISHED_NETWORK).schedule.size(n) for n in (100, 10_000)] == [100, 256]


def test_dropout_leaves_out_a_share_at_random_and_nothing_when_it_is_used():
    dropout, nodes = Dropout(0.2), torch.ones(1001, 129)
    dropped = dropout(nodes)
    assert sorted(set(dropped.unique().tolist())) == [0.0, 1.25]
    error = (0.8 * 0.2 / nodes.numel()) ** 0.5
    assert float((dropped == 0).float().mean()) == pytest.approx(0.2, abs=5 * error)
    rows, columns = ((dropped == 0).float().mean(dim=dim) for dim in (1, 0))
    assert float(rows.std()) == pytest.approx((0.16 / 129) ** 0.5, rel=0.15)
    assert float(columns.std()) == pytest.approx((0.16 / 1001) ** 0.5, rel=0.4)
    assert not torch.equal(dropout(nodes), dropped)
    assert torch.equal(dropout.eval()(nodes), nodes)
    assert torch.equal(Dropout(0.0)(nodes), nodes)


def test_dropped_nodes_have_no_gradient():
    nodes = torch.ones(50, 8, requires_grad=True)
    dropped = Dropout(0.5)(nodes)
    dropped.sum().backward()
    assert torch.equal(nodes.grad, dropped.detach())


def test_training_stops_when_the_training_loss_stays():
    """With steps too small to change anything the loss fluctuates by dropout alone."""
    network = replace(NETWORK, epochs=100, step=1e-30)
    losses = network.train(events(100, 1), events(50, 2), Run()).loss
    assert len(losses) < network.epochs
    assert len(losses) - 1 - np.argmin(losses) == network.patience_of_training == 15


def test_the_seed_decides_the_model_to_the_byte(trained):
    again, other = (NETWORK.train(events(1500, 1), events(500, 2), Run(seed=seed)) for seed in (3, 4))
    assert np.array_equal(again.model, trained.model)
    assert not np.array_equal(other.model, trained.model)


def test_training_leaves_random_numbers_and_threads_as_they_were():
    threads = torch.get_num_threads()
    torch.manual_seed(8)
    expected = torch.rand(3)
    torch.manual_seed(8)
    replace(NETWORK, epochs=1).train(events(50, 1), None, Run(seed=1, threads=1))
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == threads


def test_a_constant_feature_does_no_harm():
    training = events(1500, 1)
    training.features[:, 1] = 125.0
    model = NETWORK.train(training, None, Run()).model
    test = events(1000, 4)
    test.features[:, 1] = 125.0
    assert auc(NETWORK.predict(model, test.features), test.label) > 0.7


def test_a_single_event_has_the_score_that_it_has_among_others(trained):
    features = events(300, 5).features
    whole = NETWORK.predict(trained.model, features)
    alone = np.concatenate([NETWORK.predict(trained.model, row[None]) for row in features[:20]])
    assert alone == pytest.approx(whole[:20], rel=1e-9)
    assert NETWORK.predict(trained.model, features[:0]).shape == (0,)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"epochs": 0}, "epochs is 0; allowed: at least 1"),
        ({"batch": 1}, "batch is 1; allowed: at least 2"),
        ({"least_steps": 0}, "least_steps is 0; allowed: at least 1"),
        ({"step": 0.0}, "step is 0.0; allowed: above 0"),
        ({"dropout": 1.0}, "dropout is 1.0; allowed: 0 or more and below 1"),
        ({"small_below": -1}, "small_below is -1"),
    ],
)
def test_wrong_hyperparameters_are_named(parameters, message):
    with pytest.raises(ParameterError, match=message):
        Network(**parameters)

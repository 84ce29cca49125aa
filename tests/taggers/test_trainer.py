"""The training that all torch models share."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
import torch
from dijethunt.taggers import checkpoint
from dijethunt.taggers.base import Run
from dijethunt.taggers.error import TrainingError
from dijethunt.taggers.flow import Flow
from dijethunt.taggers.learner import Labelled
from dijethunt.taggers.network import Network
from dijethunt.taggers.perceptron import Perceptron
from dijethunt.taggers.schedule import Schedule
from dijethunt.taggers.trainer import flushes, mean, seeded, tensors, train
from dijethunt.taggers.vector import restore, vector
from dijethunt.taggers.watch import Watch

SCHEDULE = Schedule(epochs=8, batch=64, step=0.05)
FLOW = Flow(
    1, 1, blocks=2, hidden=8, depth=1, bins=0, schedule=replace(SCHEDULE, step=1e-2, anneal=True, kept=3)
)
NETWORK = Network(epochs=8, small_below=0)
PERCEPTRON = Perceptron(epochs=8, layers=(8,), kept=3, dropout=0.1)


def line(n: int, seed: int):
    """Points on y = 2 x + 1 with noise of 0.1."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 1))
    return x, 2 * x + 1 + 0.1 * rng.normal(size=(n, 1))


def fit(schedule: Schedule, run: Run, validation: bool = True):
    with seeded(run):
        module = torch.nn.Linear(1, 1)

        def loss(x, y):
            return torch.mean((module(x) - y) ** 2)

        held_out = tensors(run, *line(300, 2)) if validation else None
        return module, loss, train(module, loss, tensors(run, *line(600, 1)), held_out, schedule, run)[0]


def test_the_best_epochs_are_kept_best_first():
    module, loss, found = fit(replace(SCHEDULE, kept=3), Run(seed=1))
    assert found.models.shape == (3, 2)
    assert found.models.dtype == np.float32
    losses = []
    for model in found.models:
        restore(module, model)
        losses.append(mean(module, loss, tensors(Run(), *line(300, 2))))
    assert losses == pytest.approx(sorted(found.validation)[:3], rel=1e-5)


def test_without_validation_the_training_loss_decides():
    _, _, found = fit(SCHEDULE, Run(seed=1), validation=False)
    assert len(found.validation) == 0
    assert found.models[0] == pytest.approx([2.0, 1.0], abs=0.05)


def test_what_diverges_is_an_error_and_not_a_model():
    with seeded(Run()):
        module = torch.nn.Linear(1, 1)
        given = tensors(Run(), *line(600, 1))
        with pytest.raises(
            TrainingError, match=r"the training loss is nan in epoch 1: it diverged; .* than 0.05"
        ):
            train(module, lambda x, y: torch.mean(module(x) - y) / 0 * 0, given, None, SCHEDULE, Run())
        held_out = tensors(Run(), *(np.full_like(values, np.nan) for values in line(300, 2)))

        def loss(x, y):
            return torch.mean((module(x) - y) ** 2)

        module.reset_parameters()
        with pytest.raises(TrainingError, match="finite in none of 8 epochs"):
            train(module, loss, given, held_out, SCHEDULE, Run())
        with pytest.raises(TrainingError, match="no events to train with, or none to decide"):
            train(module, loss, given, tensors(Run(), *line(0, 2)), SCHEDULE, Run())


def test_epochs_without_a_finite_validation_loss_are_not_kept():
    watch = Watch(replace(SCHEDULE, kept=3))
    for epoch, validation in enumerate((np.nan, 2.0, np.inf, 1.0)):
        watch.saw(np.full(2, epoch), 1.0, validation)
    assert watch.learned().models.tolist() == [[3, 3], [1, 1]]


@pytest.mark.parametrize("watched", ["training", "validation"])
def test_patience_ends_what_does_not_improve(watched):
    _, _, found = fit(replace(SCHEDULE, epochs=300, patience=4, watched=watched), Run(seed=1))
    losses = found.loss if watched == "training" else found.validation
    assert len(losses) < 300
    assert len(losses) - 1 - np.argmin(losses) == 4


def test_annealed_steps_end_at_none():
    _, _, found = fit(replace(SCHEDULE, epochs=40, kept=40, anneal=True), Run(seed=1))
    losses = found.validation
    assert abs(losses[-1] - losses[-2]) < 1e-4 * losses[-1]


def test_the_seed_decides_to_the_byte():
    first, again, other = (fit(SCHEDULE, Run(seed=seed))[2].models for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_progress_is_told_of_each_epoch():
    told = []
    fit(SCHEDULE, Run(seed=1, progress=lambda done, total: told.append((done, total))))
    assert told == [(i, 8) for i in range(1, 9)]


def test_a_vector_holds_parameters_and_moments():
    first, second = (torch.nn.Sequential(torch.nn.BatchNorm1d(2), torch.nn.Linear(2, 3)) for _ in range(2))
    first(torch.randn(50, 2) * 3 + 1)
    restore(second, vector(first))
    x = torch.randn(10, 2)
    assert torch.equal(first.eval()(x), second.eval()(x))
    assert len(vector(first)) == 4 + 9 + 4


@pytest.mark.parametrize("before", [False, True])
def test_numbers_that_slow_a_processor_down_are_zero_in_a_training(before):
    try:
        torch.set_flush_denormal(before)
        with seeded(Run()):
            assert flushes()
        assert flushes() == before
    finally:
        torch.set_flush_denormal(False)


def test_random_numbers_and_threads_are_as_they_were():
    threads = torch.get_num_threads()
    torch.manual_seed(8)
    expected = torch.rand(3)
    torch.manual_seed(8)
    fit(replace(SCHEDULE, epochs=1), Run(seed=1, threads=1))
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == threads


def labelled(n: int, seed: int) -> Labelled:
    x, y = line(n, seed)
    return Labelled(np.concatenate([x, y], axis=1), (x[:, 0] > 0).astype(int), np.ones(n))


def train_flow(run: Run, flow: Flow = FLOW):
    found = flow.fit(*line(600, 1), line(300, 2), run)
    return found.models, found.loss, found.validation


def train_network(run: Run, network: Network = NETWORK):
    found = network.train(labelled(600, 1), labelled(300, 2), run)
    return found.model, found.loss, found.validation


def train_perceptron(run: Run):
    return train_network(run, PERCEPTRON)


class Interrupted(Exception):
    """Somebody or something ends a training."""


def interrupt(at: int):
    """Return what ends a training after so many epochs, and what counts the others."""

    def progress(done: int, _: int) -> None:
        if done == at:
            raise Interrupted

    return progress


@pytest.mark.parametrize("training", [train_flow, train_network, train_perceptron])
@pytest.mark.parametrize("at", [3, 8])
def test_an_interrupted_training_goes_on_to_the_same_bits(training, at, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "EVERY", 0.0)
    told: list[int] = []
    run = Run(seed=1, scratch=tmp_path)
    with pytest.raises(Interrupted):
        training(replace(run, progress=interrupt(at)))
    assert len(list(tmp_path.iterdir())) == 1
    resumed = training(replace(run, progress=lambda done, _: told.append(done)))
    assert told == list(range(at + 1, 9))
    assert not list(tmp_path.iterdir())
    for found, expected in zip(resumed, training(Run(seed=1)), strict=True):
        assert np.array_equal(found, expected)


def test_patience_is_what_it_was_when_a_training_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "EVERY", 0.0)
    schedule = replace(SCHEDULE, epochs=300, patience=4)
    expected = fit(schedule, Run(seed=1))[2]
    last = len(expected.loss)
    for at in (2, last):
        with pytest.raises(Interrupted):
            fit(schedule, Run(seed=1, scratch=tmp_path, progress=interrupt(at)))
    assert np.array_equal(fit(schedule, Run(seed=1, scratch=tmp_path))[2].models, expected.models)


@pytest.mark.parametrize(
    ("run", "network"),
    [({"seed": 2}, {}), ({"threads": 2}, {}), ({}, {"dropout": 0.3}), ({}, {"step": 3e-3})],
)
def test_another_training_does_not_go_on_from_there(run, network, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "EVERY", 0.0)
    told: list[int] = []
    first = Run(seed=1, scratch=tmp_path, progress=interrupt(3))
    with pytest.raises(Interrupted):
        train_network(first)
    other = replace(first, progress=lambda done, _: told.append(done), **run)
    train_network(other, replace(NETWORK, **network))
    assert told[0] == 1


def test_what_is_known_of_an_excess_is_part_of_the_training(tmp_path, monkeypatch):
    """Nothing but the loss knows the fraction of signal."""
    monkeypatch.setattr(checkpoint, "EVERY", 0.0)
    told: list[int] = []
    flow, (x, background) = replace(FLOW, conditions=0), line(600, 1)
    for fraction, progress in ((0.1, interrupt(3)), (0.2, lambda done, _: told.append(done))):
        run = Run(seed=1, scratch=tmp_path, progress=progress)
        with suppress(Interrupted):
            flow.fit_excess(x, background[:, 0], (x, background[:, 0]), fraction, run)
    assert told[0] == 1


def test_a_damaged_checkpoint_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "EVERY", 0.0)
    run = Run(seed=1, scratch=tmp_path)
    with pytest.raises(Interrupted):
        train_network(replace(run, progress=interrupt(3)))
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:100])
    assert np.array_equal(train_network(run)[0], train_network(Run(seed=1))[0])


def test_short_trainings_write_nothing(tmp_path):
    seen: list[int] = []
    run = Run(seed=1, scratch=tmp_path, progress=lambda *_: seen.append(len(list(tmp_path.iterdir()))))
    fit(SCHEDULE, run)
    assert set(seen) == {0}


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that torch can use")
@pytest.mark.parametrize("training", [train_flow, train_network, train_perceptron])
def test_a_gpu_trains_to_the_same_losses(training):
    """From the same start; but it rounds otherwise, which grows from step to step, and dropout draws other numbers."""
    (_, loss, validation), expected = (training(Run(seed=1, device=device)) for device in ("cuda", "cpu"))
    tolerance = 1e-2 if training is train_flow else 0.1
    assert loss == pytest.approx(expected[1], rel=tolerance, abs=tolerance)
    assert validation == pytest.approx(expected[2], rel=tolerance, abs=tolerance)


def test_a_gpu_is_used_where_there_is_one():
    assert Run().place == "cpu"
    assert Run(device="cuda").place == "cuda"
    assert Run(device="auto").place == ("cuda" if torch.cuda.is_available() else "cpu")

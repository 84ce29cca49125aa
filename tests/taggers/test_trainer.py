"""The training that all torch models share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from dijethunt.taggers.base import Run
from dijethunt.taggers.trainer import Schedule, mean, restore, seeded, tensors, train, vector

SCHEDULE = Schedule(epochs=8, batch=64, step=0.05)


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
        return module, loss, train(module, loss, tensors(run, *line(600, 1)), held_out, schedule, run)


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


def test_a_gradient_is_clipped():
    """With a norm of the gradient of nearly none, Adam's steps do not depend on it; decay alone moves the weights."""
    free, clipped = (fit(replace(SCHEDULE, clip=clip), Run(seed=1))[2] for clip in (None, 1e-3))
    assert not np.array_equal(free.models, clipped.models)
    assert clipped.validation.min() < 0.1


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


def test_random_numbers_and_threads_are_as_they_were():
    threads = torch.get_num_threads()
    torch.manual_seed(8)
    expected = torch.rand(3)
    torch.manual_seed(8)
    fit(replace(SCHEDULE, epochs=1), Run(seed=1, threads=1))
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == threads

"""The training of any torch model: minibatches of tensors in memory, the best epochs kept, resumable, one thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .base import Run
from .checkpoint import Checkpoint
from .error import TrainingError
from .schedule import Schedule
from .scratch import key
from .stack import Stack
from .vector import networks, vectors
from .watch import Learned, Watches

Tensors = tuple[torch.Tensor, ...]
Loss = Callable[..., torch.Tensor]
CHUNK = 1 << 13
TINY = 1e-40


@contextmanager
def seeded(run: Run) -> Iterator[None]:
    """Seed torch and set its threads for a while, and take numbers below 1e-38 for 0; all is as before afterwards.

    A decay of the weights brings those that are not needed down to where a processor takes a hundred times as long for a product.
    """
    threads, flushing = torch.get_num_threads(), flushes()
    devices = [] if run.place == "cpu" else [run.place]
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(run.seed)
        torch.set_num_threads(run.threads)
        torch.set_flush_denormal(True)
        try:
            yield
        finally:
            torch.set_num_threads(threads)
            torch.set_flush_denormal(flushing)


def flushes() -> bool:
    """Tell whether numbers below 1e-38 are taken for 0."""
    return bool(torch.ones(()) * TINY == 0)


def tensors(run: Run, *arrays: Any) -> Tensors:
    """Put arrays on the device of a run, in single precision."""
    return tuple(torch.as_tensor(array, dtype=torch.float32, device=run.place) for array in arrays)


def train(
    module: torch.nn.Module,
    loss: Loss,
    training: Tensors,
    validation: Tensors | None,
    schedule: Schedule,
    run: Run,
) -> list[Learned]:
    """Train ``module`` so that the mean of ``loss(*batch)`` over batches of the ``training`` tensors (n, ...) is small.

    Returns what each of its networks learned: one, or S of a `Stack`, for which the loss of batches (n, S, ...) is that of each
    (S,). Call it inside `seeded`. ``run.progress`` is told of each epoch. With ``run.scratch`` a training that was interrupted
    goes on where it was a minute before at most, and ends with the same bits. ``TrainingError`` without events, or when the
    losses are not finite.
    """
    if not all(len(events[0]) for events in (training, validation) if events is not None):
        raise TrainingError(
            "no events to train with, or none to decide by which epoch is the best; give more events"
        )
    path = _place(module, loss, training, validation or (), schedule, run)
    adam = torch.optim.Adam(
        module.parameters(), schedule.step, betas=schedule.betas, weight_decay=schedule.decay, fused=True
    )
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(adam, schedule.epochs) if schedule.anneal else None
    watches, checkpoint = Watches(schedule, networks(module)), Checkpoint(path, module, adam)
    if (found := checkpoint.resume()) is not None:
        watches.restore(found)
        if rate is not None:
            rate.last_epoch = watches.epochs
    while not watches.over():
        losses = _pass(module, adam, loss, training, schedule).tolist()
        aside = None if validation is None else mean(module, loss, validation).tolist()
        watches.saw(vectors(module), losses, aside)
        if rate is not None:
            rate.step()
        checkpoint.save(watches.state)
        if run.progress is not None:
            run.progress(watches.epochs, schedule.epochs)
    checkpoint.remove()
    return watches.learned()


def mean(module: torch.nn.Module, loss: Loss, events: Tensors) -> torch.Tensor:
    """Return the mean loss over events of each network (S,), as they are when they are used."""
    module.eval()
    with torch.inference_mode():
        size = CHUNK // networks(module)
        parts = zip(*(tensor.split(size) for tensor in _repeated(module, events)), strict=True)
        total = sum(loss(*part).double() * len(part[0]) for part in parts)
        return torch.atleast_1d(total / len(events[0]))


def _place(
    module: torch.nn.Module, loss: Loss, training: Tensors, validation: Tensors, schedule: Schedule, run: Run
) -> Path | None:
    """Return where the state of a training is written: by its layers, losses, events, schedule and random numbers.

    What the untrained module loses on the first batch stands for the loss.
    """
    if run.scratch is None:
        return None
    first = tuple(tensor[: schedule.size(len(training[0]))] for tensor in training)
    layers = np.frombuffer(str(module).encode(), dtype=np.uint8)
    start = [layers, vectors(module), mean(module, loss, first).cpu().numpy(), torch.get_rng_state().numpy()]
    given = (tensor.cpu().numpy() for tensor in (*training, *validation))
    return run.scratch / f"{key(run, schedule, (*start, *given))}.npz"


def _repeated(module: torch.nn.Module, events: Tensors) -> Tensors:
    """Give all networks of a stack the same events: (n, S, ...)."""
    if not isinstance(module, Stack):
        return events
    return tuple(tensor[:, None].expand(-1, networks(module), *tensor.shape[1:]) for tensor in events)


def _batches(module: torch.nn.Module, events: Tensors, size: int) -> Iterator[Tensors]:
    """Yield batches of about equal size in random order, that of each network in a stack."""
    n = len(events[0])
    order = module.orders(n) if isinstance(module, Stack) else torch.randperm(n).to(events[0].device)
    return zip(*(tensor[order].tensor_split(-(-n // size)) for tensor in events), strict=True)


def _pass(
    module: torch.nn.Module, adam: torch.optim.Optimizer, loss: Loss, events: Tensors, schedule: Schedule
) -> torch.Tensor:
    """Step through all events once and return the mean losses (S,) on the way."""
    module.train()
    total = torch.zeros((), device=events[0].device)
    for batch in _batches(module, events, schedule.size(len(events[0]))):
        adam.zero_grad()
        value = loss(*batch)
        value.sum().backward()
        if schedule.clip is not None:
            torch.nn.utils.clip_grad_norm_(module.parameters(), schedule.clip)
        adam.step()
        total = total + value.detach() * len(batch[0])
    return torch.atleast_1d(total / len(events[0]))

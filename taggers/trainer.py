"""The training of any torch model: minibatches of tensors in memory, the best epochs kept, resumable, one thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf, isfinite
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from ..datasets.table import Array
from .base import Run
from .checkpoint import Checkpoint
from .error import TrainingError
from .scratch import key

Tensors = tuple[torch.Tensor, ...]
Loss = Callable[..., torch.Tensor]
Vector = NDArray[np.float32]
CHUNK = 1 << 13
LEAST_BATCH = 16


@dataclass(frozen=True)
class Schedule:
    """How long and in which steps a model is trained by Adam.

    ``batch``: events in one step, fewer (down to 16) where that makes less than ``least_steps`` in an epoch;
    ``step``: its length (the learning rate), ``betas`` and ``decay`` (of the weights) as
    in Adam; ``clip``: largest norm of the gradient, None for any. With ``anneal`` steps become shorter as half a
    cosine, down to none after the last epoch.
    ``patience``: epochs without a smaller loss of ``watched`` after which training stops, None for never.
    ``kept``: number of epochs that are kept, those with the least validation loss (training loss without validation).
    """

    epochs: int
    batch: int
    step: float
    betas: tuple[float, float] = (0.9, 0.999)
    decay: float = 0.0
    clip: float | None = None
    anneal: bool = False
    patience: int | None = None
    watched: Literal["training", "validation"] = "validation"
    kept: int = 1
    least_steps: int = 1

    def size(self, n: int) -> int:
        """Return the number of events in one step of a training with ``n``."""
        return min(self.batch, max(LEAST_BATCH, n // self.least_steps))


@dataclass(frozen=True)
class Learned:
    """The parameters of the epochs that were kept (K, P), best first, and the losses of all epochs, each (epochs,)."""

    models: Vector
    loss: NDArray[np.float64]
    validation: NDArray[np.float64]


@contextmanager
def seeded(run: Run) -> Iterator[None]:
    """Seed torch and set its threads for a while; both are as before afterwards."""
    threads = torch.get_num_threads()
    devices = [] if run.place == "cpu" else [run.place]
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(run.seed)
        torch.set_num_threads(run.threads)
        try:
            yield
        finally:
            torch.set_num_threads(threads)


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
) -> Learned:
    """Train ``module`` so that the mean of ``loss(*batch)`` over batches of the ``training`` tensors (n, ...) is small.

    Call it inside `seeded`. ``run.progress`` is told of each epoch. With ``run.scratch`` a training that was interrupted
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
    watch, checkpoint = _Watch(schedule), Checkpoint(path, module, adam)
    if (found := checkpoint.resume()) is not None:
        watch.restore(found)
        if rate is not None:
            rate.last_epoch = len(watch.loss)
    while not watch.over():
        seen = _pass(module, adam, loss, training, schedule)
        watch.saw(module, seen, None if validation is None else mean(module, loss, validation))
        if rate is not None:
            rate.step()
        checkpoint.save(watch.state)
        if run.progress is not None:
            run.progress(len(watch.loss), schedule.epochs)
    checkpoint.remove()
    return watch.learned()


def mean(module: torch.nn.Module, loss: Loss, events: Tensors) -> float:
    """Return the mean loss over events, the module as it is when it is used."""
    module.eval()
    with torch.inference_mode():
        parts = list(zip(*(tensor.split(CHUNK) for tensor in events), strict=True))
        return sum(float(loss(*part)) * len(part[0]) for part in parts) / len(events[0])


def vector(module: torch.nn.Module) -> Vector:
    """Join parameters and running moments to one vector (P,)."""
    found: Vector = torch.cat([tensor.detach().reshape(-1) for tensor in _state(module)]).cpu().numpy()
    return found


def restore(module: torch.nn.Module, values: Vector) -> None:
    """Set parameters and running moments to those that `vector` joined."""
    given, start = torch.from_numpy(np.array(values, dtype=np.float32)), 0
    with torch.no_grad():
        for tensor in _state(module):
            tensor.copy_(given[start : start + tensor.numel()].reshape(tensor.shape))
            start += tensor.numel()


def _state(module: torch.nn.Module) -> list[torch.Tensor]:
    moments = [
        buffer for name, buffer in module.named_buffers() if name.rpartition(".")[2].startswith("running_")
    ]
    return [*module.parameters(), *moments]


@dataclass
class _Watch:
    """The losses of the epochs, and the parameters of the best."""

    schedule: Schedule
    loss: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    best: list[tuple[float, Vector]] = field(default_factory=list)

    def saw(self, module: torch.nn.Module, loss: float, validation: float | None) -> None:
        if not isfinite(loss):
            raise TrainingError(
                f"the training loss is {loss} in epoch {len(self.loss) + 1}: it diverged; make the steps shorter than "
                f"{self.schedule.step:g}, or look for events with extreme values"
            )
        self.loss.append(loss)
        score = loss if validation is None else validation if isfinite(validation) else inf
        self.validation += [] if validation is None else [score]
        if len(self.best) < self.schedule.kept or score <= self.best[-1][0]:
            self.best = sorted([(score, vector(module)), *self.best], key=lambda found: found[0])
            del self.best[self.schedule.kept :]

    def over(self) -> bool:
        """Say whether all epochs are done, or the watched loss has not become smaller for too long."""
        if not self.loss:
            return False
        losses = self.validation if self.schedule.watched == "validation" and self.validation else self.loss
        waited = len(losses) - 1 - int(np.argmin(losses))
        patience = self.schedule.patience
        return len(self.loss) == self.schedule.epochs or (patience is not None and waited >= patience)

    def state(self) -> dict[str, Array]:
        scores, models = zip(*self.best, strict=True)
        return {
            "loss": np.asarray(self.loss),
            "validation": np.asarray(self.validation),
            "scores": np.asarray(scores),
            "models": np.stack(models),
        }

    def restore(self, state: Mapping[str, Array]) -> None:
        self.loss, self.validation = state["loss"].tolist(), state["validation"].tolist()
        self.best = list(zip(state["scores"].tolist(), state["models"], strict=True))

    def learned(self) -> Learned:
        if self.best[0][0] == inf:
            raise TrainingError(
                f"the validation loss is finite in none of {len(self.loss)} epochs; look for events with extreme values"
            )
        models = np.stack([model for _, model in self.best])
        return Learned(models, np.asarray(self.loss), np.asarray(self.validation))


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
    start = [layers, vector(module), np.array(mean(module, loss, first)), torch.get_rng_state().numpy()]
    given = (tensor.cpu().numpy() for tensor in (*training, *validation))
    return run.scratch / f"{key(run, schedule, (*start, *given))}.npz"


def _batches(events: Tensors, size: int) -> Iterator[Tensors]:
    """Yield batches of about equal size in random order."""
    order = torch.randperm(len(events[0])).to(events[0].device)
    n = -(-len(order) // size)
    return zip(*(tensor[order].tensor_split(n) for tensor in events), strict=True)


def _pass(
    module: torch.nn.Module, adam: torch.optim.Optimizer, loss: Loss, events: Tensors, schedule: Schedule
) -> float:
    """Step through all events once and return their mean loss on the way."""
    module.train()
    total = torch.zeros((), device=events[0].device)
    for batch in _batches(events, schedule.size(len(events[0]))):
        adam.zero_grad()
        value = loss(*batch)
        value.backward()
        if schedule.clip is not None:
            torch.nn.utils.clip_grad_norm_(module.parameters(), schedule.clip)
        adam.step()
        total += value.detach() * len(batch[0])
    return float(total) / len(events[0])

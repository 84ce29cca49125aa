"""The training of a dense network that tells two weighted classes apart (arXiv:2412.03747)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

from .base import Run
from .dense import HIDDEN, HIDDEN_SMALL, build, flat, initialise, rebuild
from .learner import Floats, Labelled, Learner, Model, Trained

BETAS = (0.8, 0.99)
LEAST_PATIENCE = 10
CHUNK = 1 << 16


@dataclass(frozen=True, kw_only=True)
class Network(Learner):
    """Hyperparameters of the network and of its training; the defaults are those of the published search.

    Batch normalisation of the inputs is followed by hidden layers of 64, 128, 128, 32, 16 and 8 nodes, or of 16,
    16, 16, 8 and 4 when there are less than ``small_below`` training events. The first has a leaky ReLU, the others
    ELU; all but the last two have dropout.

    ``epochs``: most passes over the training events. Training stops before when the training loss has not become
    better for 10 + epochs/20 of them; of all epochs the one with the least validation loss is kept.
    ``batch``: events in one step, ``step``: its length (the learning rate of Adam).
    ``dropout``: share of the nodes that are left out at random in training.
    """

    epochs: int = 100
    batch: int = 256
    step: float = 1e-3
    dropout: float = 0.2
    small_below: int = 10_000

    def __post_init__(self) -> None:
        """Refuse values outside their range."""
        self.require("epochs", self.epochs >= 1, "at least 1")
        self.require("batch", self.batch >= 2, "at least 2")
        self.require("step", self.step > 0, "above 0")
        self.require("dropout", 0 <= self.dropout < 1, "0 or more and below 1")
        self.require("small_below", self.small_below >= 0, "0 or more")

    @property
    def patience_of_training(self) -> int:
        """Epochs without a better training loss after which training stops."""
        return LEAST_PATIENCE + self.epochs // 20

    def train(self, training: Labelled, validation: Labelled | None, run: Run) -> Trained:
        """Train one network; without ``validation``, the epoch with the least training loss is kept.

        The same ``run.seed``, device and number of threads give the same bytes.
        """
        with _torch(run):
            held_out = None if validation is None else _Events.of(validation, run)
            return _train(self, _Events.of(training, run), held_out)

    def predict(self, model: Model, features: Floats) -> Floats:
        """Return the log-odds of class 1 for events with ``features`` (n, F), as (n,), in double precision."""
        with _torch(Run()), torch.inference_mode():
            network = rebuild(model, features.shape[1]).double().eval()
            pieces = torch.from_numpy(np.ascontiguousarray(features, dtype=np.float64)).split(CHUNK)
            return np.concatenate([network(piece)[:, 0].numpy() for piece in pieces])


@dataclass(frozen=True)
class _Events:
    """Events as tensors: features (n, F), label (n,), weight (n,) with mean 1."""

    features: torch.Tensor
    label: torch.Tensor
    weight: torch.Tensor

    @classmethod
    def of(cls, events: Labelled, run: Run) -> _Events:
        arrays = (events.features, events.label, events.weight / events.weight.mean())
        return cls(*(torch.as_tensor(a, dtype=torch.float32, device=run.device) for a in arrays))

    def batches(self, size: int) -> Iterator[tuple[torch.Tensor, ...]]:
        """Yield batches of about equal size in random order."""
        order = torch.randperm(len(self.label)).to(self.label.device)
        n = -(-len(order) // size)
        parts = (tensor[order].tensor_split(n) for tensor in (self.features, self.label, self.weight))
        return zip(*parts, strict=True)


@dataclass
class _Watch:
    """The losses of the epochs, and the parameters of the best."""

    loss: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    model: Model = field(default_factory=lambda: np.empty(0, dtype=np.float32))

    def saw(self, network: torch.nn.Module, loss: float, validation: float | None) -> None:
        self.loss.append(loss)
        self.validation += [] if validation is None else [validation]
        watched = self.validation or self.loss
        if int(np.argmin(watched)) == len(watched) - 1:
            self.model = flat(network)

    def waited(self) -> int:
        """Return for how many epochs the training loss has not become better."""
        return len(self.loss) - 1 - int(np.argmin(self.loss))


def _train(settings: Network, training: _Events, validation: _Events | None) -> Trained:
    hidden = HIDDEN_SMALL if len(training.label) < settings.small_below else HIDDEN
    network = build(training.features.shape[1], hidden, settings.dropout).to(training.features.device)
    initialise(network, training.features)
    adam = torch.optim.Adam(network.parameters(), settings.step, betas=BETAS, fused=True)
    watch = _Watch()
    for _ in range(settings.epochs):
        loss = _pass(network, adam, training, settings.batch)
        watch.saw(network, loss, None if validation is None else _loss(network, validation))
        if watch.waited() >= settings.patience_of_training:
            break
    return Trained(watch.model, np.asarray(watch.loss), np.asarray(watch.validation))


def _pass(network: torch.nn.Module, adam: torch.optim.Optimizer, events: _Events, size: int) -> float:
    """Step through all events once and return their mean loss on the way."""
    network.train()
    total = torch.zeros((), device=events.label.device)
    for features, label, weight in events.batches(size):
        adam.zero_grad()
        loss = cross_entropy(network(features)[:, 0], label, weight)
        loss.backward()
        adam.step()
        total += loss.detach() * len(label)
    return float(total) / len(events.label)


def _loss(network: torch.nn.Module, events: _Events) -> float:
    network.eval()
    with torch.inference_mode():
        parts = zip(*(t.split(CHUNK) for t in (events.features, events.label, events.weight)), strict=True)
        losses = [cross_entropy(network(x)[:, 0], y, w, reduction="sum") for x, y, w in parts]
        return float(torch.stack(losses).sum()) / len(events.label)


@contextmanager
def _torch(run: Run) -> Iterator[None]:
    """Seed torch and set its threads for a while; both are as before afterwards."""
    threads = torch.get_num_threads()
    devices = [] if run.device == "cpu" else [run.device]
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(run.seed)
        torch.set_num_threads(run.threads)
        try:
            yield
        finally:
            torch.set_num_threads(threads)

"""What the trainings of all dense networks have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .base import Run
from .learner import Labelled, Learner
from .schedule import Schedule
from .trainer import Tensors, tensors


@dataclass(frozen=True, kw_only=True)
class DenseLearner(Learner):
    """Hyperparameters of the training of a dense network; a subclass has the network.

    ``epochs``: most passes over the training events.
    ``batch``: events in one step, fewer (down to 16) where that makes less than ``least_steps`` in an epoch.
    ``step``: its length (the learning rate of Adam), which with ``anneal`` falls to 0 as half a cosine.
    ``dropout``: share of the nodes that are left out at random in training.
    """

    epochs: int = 20
    batch: int = 512
    least_steps: int = 150
    step: float = 2e-3
    anneal: bool = True
    dropout: float = 0.2

    def __post_init__(self) -> None:
        """Refuse values outside their range."""
        super().__post_init__()
        self.require("epochs", self.epochs >= 1, "at least 1")
        self.require("batch", self.batch >= 2, "at least 2")
        self.require("least_steps", self.least_steps >= 1, "at least 1")
        self.require("step", self.step > 0, "above 0")
        self.require("dropout", 0 <= self.dropout < 1, "0 or more and below 1")

    def make_schedule(self, **others: Any) -> Schedule:
        """Return how a network is trained; ``others`` are what the hyperparameters do not decide."""
        return Schedule(
            self.epochs, self.batch, self.step, anneal=self.anneal, least_steps=self.least_steps, **others
        )


def events(given: Labelled, run: Run) -> Tensors:
    """Return features (n, F), label (n,), and weight (n,) with mean 1, on the device of a run."""
    return tensors(run, given.features, given.label, given.weight / given.weight.mean())

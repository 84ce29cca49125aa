"""The training of a dense network that tells two weighted classes apart (arXiv:2412.03747)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

from ..datasets.table import Floats
from .base import Run
from .dense import HIDDEN, HIDDEN_SMALL, build, initialise, rebuild
from .dense_learner import DenseLearner, events
from .learner import Labelled, Model, Trained
from .schedule import Schedule
from .stack import Stack
from .trainer import CHUNK, seeded, train

BETAS = (0.8, 0.99)
LEAST_PATIENCE = 10
LARGEST_STACKED = 256
"""Events in one step up to which the large networks are faster side by side."""
PUBLISHED_NETWORK: Mapping[str, Any] = MappingProxyType(
    {"epochs": 100, "batch": 256, "least_steps": 1, "step": 1e-3, "anneal": False, "dropout": 0.2}
)
"""The training of the published search."""


@dataclass(frozen=True, kw_only=True)
class Network(DenseLearner):
    """Hyperparameters of the network and of its training; `PUBLISHED_NETWORK` are those of the published search.

    Batch normalisation of the inputs is followed by hidden layers of 64, 128, 128, 32, 16 and 8 nodes, or of 16,
    16, 16, 8 and 4 when there are less than ``small_below`` training events. The first has a leaky ReLU, the others
    ELU; all but the last two have dropout.

    Training stops when the training loss has not become better for 10 + epochs/20 epochs; of all epochs the one with the least
    validation loss is kept. The other hyperparameters are explained in `DenseLearner`.
    """

    small_below: int = 10_000

    def __post_init__(self) -> None:
        """Refuse values outside their range."""
        super().__post_init__()
        self.require("small_below", self.small_below >= 0, "0 or more")

    @property
    def patience_of_training(self) -> int:
        """Epochs without a better training loss after which training stops."""
        return LEAST_PATIENCE + self.epochs // 20

    @property
    def schedule(self) -> Schedule:
        """How the network is trained."""
        return self.make_schedule(betas=BETAS, patience=self.patience_of_training, watched="training")

    def train(self, training: Labelled, validation: Labelled | None, run: Run) -> Trained:
        """Train one network; without ``validation``, the epoch with the least training loss is kept.

        The same ``run.seed``, device and number of threads give the same bytes.
        """
        with seeded(run):
            (trained,) = self._learn(self._begin(training).to(run.place), training, validation, run)
            return trained

    def train_all(
        self, training: Labelled, validation: Labelled | None, runs: Sequence[Run]
    ) -> list[Trained]:
        """Train a network with the seed of each of the ``runs``, side by side where that was measured to be faster.

        They differ from those that are trained alone by rounding.
        """
        n = len(training.label)
        faster = n < self.small_below or self.schedule.size(n) <= LARGEST_STACKED
        if len(runs) == 1 or runs[0].place != "cpu" or not faster:
            return super().train_all(training, validation, runs)
        with seeded(runs[0]):
            stack = Stack(*zip(*(self._begin_seeded(training, run) for run in runs), strict=True))
            return self._learn(stack, training, validation, runs[0])

    def predict(self, model: Model, features: Floats) -> Floats:
        """Return the log-odds of class 1 for events with ``features`` (n, F), as (n,), in double precision."""
        with seeded(Run()), torch.inference_mode():
            network = rebuild(model, features.shape[1]).double().eval()
            pieces = torch.from_numpy(np.ascontiguousarray(features, dtype=np.float64)).split(CHUNK)
            return np.concatenate([network(piece)[:, 0].numpy() for piece in pieces])

    def _begin(self, training: Labelled) -> torch.nn.Sequential:
        hidden = HIDDEN_SMALL if len(training.label) < self.small_below else HIDDEN
        network = build(training.features.shape[1], hidden, self.dropout)
        initialise(network, torch.as_tensor(training.features, dtype=torch.float32))
        return network

    def _begin_seeded(self, training: Labelled, run: Run) -> tuple[torch.nn.Sequential, torch.Generator]:
        """Return a network with the random numbers that it would go on with alone."""
        with seeded(run):
            network, generator = self._begin(training), torch.Generator()
            generator.set_state(torch.get_rng_state())
            return network, generator

    def _learn(
        self, network: torch.nn.Sequential, training: Labelled, validation: Labelled | None, run: Run
    ) -> list[Trained]:
        def loss(features: torch.Tensor, label: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
            return cross_entropy(network(features)[..., 0], label, weight, reduction="none").mean(dim=0)

        held_out = None if validation is None else events(validation, run)
        learned = train(network, loss, events(training, run), held_out, self.schedule, run)
        return [Trained(one.models[0], one.loss, one.validation) for one in learned]

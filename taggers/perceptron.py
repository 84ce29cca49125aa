"""A plain network that tells two weighted classes apart, as CATHODE first had it (arXiv:2109.00546)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from scipy.special import log_expit, logsumexp
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

from ..datasets.table import Floats
from .base import Run
from .dense_learner import DenseLearner, events
from .learner import Labelled, Model, Trained
from .trainer import CHUNK, seeded, train
from .vector import restore

SMALL = 1e-5
"""What is added to a variance, so that a constant feature does no harm."""


@dataclass(frozen=True, kw_only=True)
class Perceptron(DenseLearner):
    """Hidden ``layers`` of ReLU nodes behind standardised inputs, trained for all ``epochs``.

    ``kept``: epochs of least validation loss that are kept; the probability of class 1 is the mean of theirs.
    The others, ``dropout`` here of all hidden layers, are explained in `DenseLearner`.
    """

    layers: tuple[int, ...] = (64, 64, 64)
    kept: int = 10

    def __post_init__(self) -> None:
        """Refuse values outside their range."""
        super().__post_init__()
        self.require("layers", min(self.layers, default=0) >= 1, "widths of at least 1")
        self.require("kept", self.kept >= 1, "at least 1")

    def train(self, training: Labelled, validation: Labelled | None, run: Run) -> Trained:
        """Train one network, of which the best epochs make the model (K, P).

        Without ``validation`` they are those of the least training loss.
        """
        with seeded(run):
            network = self._build(training.features.shape[1])
            network[0].take(torch.from_numpy(training.features))
            network.to(run.place)

            def loss(features: torch.Tensor, label: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
                return cross_entropy(network(features)[:, 0], label, weight)

            held_out = None if validation is None else events(validation, run)
            schedule = self.make_schedule(kept=self.kept)
            (learned,) = train(network, loss, events(training, run), held_out, schedule, run)
            return Trained(learned.models, learned.loss, learned.validation)

    def predict(self, model: Model, features: Floats) -> Floats:
        """Return the log-odds of the mean probability of class 1 (n,), in double precision."""
        outputs = [self._outputs(epoch, features) for epoch in model]
        found = [logsumexp(log_expit(sign * np.array(outputs)), axis=0) for sign in (1, -1)]
        return np.asarray(found[0] - found[1])

    def _outputs(self, model: Model, features: Floats) -> Floats:
        with seeded(Run()), torch.inference_mode():
            network = self._build(features.shape[1])
            restore(network, model)
            network.double().eval()
            pieces = torch.from_numpy(np.ascontiguousarray(features, dtype=np.float64)).split(CHUNK)
            return np.concatenate([network(piece)[:, 0].numpy() for piece in pieces])

    def _build(self, inputs: int) -> nn.Sequential:
        hidden = [
            layer
            for before, after in pairwise((inputs, *self.layers))
            for layer in (nn.Linear(before, after), nn.ReLU(), nn.Dropout(self.dropout))
        ]
        return nn.Sequential(_Standard(inputs), *hidden, nn.Linear(self.layers[-1], 1))


class _Standard(nn.Module):  # type: ignore[misc]
    """Shifts and scales features to mean 0 and variance 1 among the events of the training."""

    running_mean: torch.Tensor
    running_var: torch.Tensor

    def __init__(self, features: int) -> None:
        super().__init__()
        self.register_buffer("running_mean", torch.zeros(features))
        self.register_buffer("running_var", torch.ones(features))

    def take(self, features: torch.Tensor) -> None:
        """Take the moments of ``features`` (n, F)."""
        self.running_mean.copy_(features.double().mean(dim=0))
        self.running_var.copy_(features.double().var(dim=0))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return (features - self.running_mean) / torch.sqrt(self.running_var + SMALL)

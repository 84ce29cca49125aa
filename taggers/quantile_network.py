"""Quantiles of a score against m_jj by a network: all of them at once, never crossing (arXiv:2412.03747)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch.nn.functional import softplus

from ..datasets.table import Floats
from .base import Run
from .hyperparameter import Hyperparameters
from .schedule import Schedule
from .trainer import seeded, tensors, train
from .vector import restore

HIDDEN = (30, 30, 30, 30, 30)


@dataclass(frozen=True, kw_only=True)
class QuantileNetwork(Hyperparameters):
    """Hyperparameters of a network that learns quantiles of a score as functions of m_jj, and of its training.

    Five hidden layers of 30 nodes with ELU. The output is the lowest quantile and the distances to the next ones, which
    are positive, so that no two can cross. The loss is the pinball loss, summed over the quantiles.
    """

    epochs: int = 60
    batch: int = 512
    least_steps: int = 30
    step: float = 3e-3

    def quantiles(self, mass: Floats, score: Floats, levels: Floats, grid: Floats, run: Run) -> Floats:
        """Learn the quantiles ``levels`` (Q,) of ``score`` (n,) at ``mass`` (n,), and return them on a ``grid`` (G,), (Q, G)."""
        schedule = Schedule(self.epochs, self.batch, self.step, anneal=True, least_steps=self.least_steps)
        centre, width = mass.mean(), mass.std()
        with seeded(run):
            network = _build(len(levels)).to(run.place)
            (at,) = tensors(run, levels)

            def loss(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
                return pinball(y[:, None] - ordered(network(x[:, None])), at).sum(dim=1).mean()

            learned = train(network, loss, tensors(run, (mass - centre) / width, score), None, schedule, run)[
                0
            ]
            network.cpu()
            restore(network, learned.models[0])
            with torch.inference_mode():
                found = ordered(
                    network(torch.as_tensor((grid - centre) / width, dtype=torch.float32)[:, None])
                )
            return found.double().numpy().T


def pinball(residual: torch.Tensor, levels: torch.Tensor) -> torch.Tensor:
    """Return u (a - [u < 0]) for residuals u (n, Q) and levels a (Q,)."""
    return torch.maximum(levels * residual, (levels - 1) * residual)


def ordered(outputs: torch.Tensor) -> torch.Tensor:
    """Make rising quantiles (n, Q) of what the network puts out (n, Q): the first, and steps."""
    return torch.cat([outputs[:, :1], softplus(outputs[:, 1:])], dim=1).cumsum(dim=1)


def _build(quantiles: int) -> torch.nn.Sequential:
    layers = [layer for pair in pairwise((1, *HIDDEN)) for layer in (torch.nn.Linear(*pair), torch.nn.ELU())]
    return torch.nn.Sequential(*layers, torch.nn.Linear(HIDDEN[-1], quantiles))

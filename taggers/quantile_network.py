"""Quantiles of a score against m_jj by networks: all of them at once, never crossing (arXiv:2412.03747)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch.nn.functional import softplus

from ..datasets.table import Floats
from .base import Run
from .hyperparameter import Hyperparameters
from .schedule import Schedule
from .stack import Stack
from .trainer import seeded, tensors, train
from .vector import Vector, restore

HIDDEN = (30, 30, 30, 30, 30)


@dataclass(frozen=True, kw_only=True)
class QuantileNetwork(Hyperparameters):
    """Hyperparameters of networks that learn quantiles of a score as functions of one quantity, and of their training.

    Five hidden layers of 30 nodes with ELU. The output is the lowest quantile and the distances to the next ones, which
    are positive, so that no two can cross. The loss is the pinball loss, summed over the quantiles. The networks of all folds
    are trained side by side.
    """

    epochs: int = 60
    batch: int = 512
    least_steps: int = 20
    step: float = 3e-3

    def quantiles(
        self, x: Sequence[Floats], score: Sequence[Floats], levels: Floats, grid: Floats, run: Run
    ) -> Floats:
        """Learn the quantiles ``levels`` (Q,) of ``score`` at ``x``, both (n,) for each of F folds; return them on a ``grid`` (G,), (F, Q, G)."""
        most, folds, rng = max(map(len, x)), len(x), np.random.default_rng(run.seed)
        rows = [np.resize(rng.permutation(len(one)), most) for one in x]
        joined = (np.concatenate([v[r] for v, r in zip(values, rows, strict=True)]) for values in (x, score))
        schedule = Schedule(
            self.epochs, folds * self.batch, self.step, anneal=True, least_steps=self.least_steps
        )
        centre, width = np.concatenate(x).mean(), np.concatenate(x).std()
        with seeded(run):
            (at,) = tensors(run, levels)

            def loss(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
                residual = y[..., None] - ordered(networks((x[..., None] - centre) / width))
                return pinball(residual, at).sum(dim=-1).mean(dim=0)

            generators = [torch.Generator().manual_seed(one.seed) for one in run.split(folds)]
            networks = _Folds([_build(len(levels)) for _ in range(folds)], generators)
            learned = train(networks, loss, tensors(run, *joined), None, schedule, run)
            return np.stack(
                [_evaluate(one.models[0], len(levels), (grid - centre) / width) for one in learned]
            )


class _Folds(Stack):
    """Networks with events of their own: the first has the first of those that are given, and so on."""

    def orders(self, n: int) -> torch.Tensor:
        """Draw a random order of the events of each network, (n / S, S)."""
        own = n // len(self.generators)
        return super().orders(own) + own * torch.arange(len(self.generators))


def pinball(residual: torch.Tensor, levels: torch.Tensor) -> torch.Tensor:
    """Return u (a - [u < 0]) for residuals u (..., Q) and levels a (Q,)."""
    return torch.maximum(levels * residual, (levels - 1) * residual)


def ordered(outputs: torch.Tensor) -> torch.Tensor:
    """Make rising quantiles (..., Q) of what a network puts out (..., Q): the first, and steps."""
    return torch.cat([outputs[..., :1], softplus(outputs[..., 1:])], dim=-1).cumsum(dim=-1)


def _evaluate(model: Vector, quantiles: int, x: Floats) -> Floats:
    network = _build(quantiles)
    restore(network, model)
    with torch.inference_mode():
        found = ordered(network(torch.as_tensor(x[:, None], dtype=torch.float32)))
        return np.asarray(found.T.numpy(), dtype=np.float64)


def _build(quantiles: int) -> torch.nn.Sequential:
    layers = [layer for pair in pairwise((1, *HIDDEN)) for layer in (torch.nn.Linear(*pair), torch.nn.ELU())]
    return torch.nn.Sequential(*layers, torch.nn.Linear(HIDDEN[-1], quantiles))

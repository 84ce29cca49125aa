"""Dense networks of the shape that CMS used (arXiv:2412.03747), and as one vector of numbers."""

from __future__ import annotations

from typing import Any

import torch

from .dropout import Dropout
from .learner import Model
from .vector import restore, vector

HIDDEN = (64, 128, 128, 32, 16, 8)
HIDDEN_SMALL = (16, 16, 16, 8, 4)
LEAK = 0.01
MOMENTUM = 0.01


def build(inputs: int, hidden: tuple[int, ...], dropout: float) -> torch.nn.Sequential:
    """Build a network of ``inputs`` features and one output, the log-odds.

    The first of the ``hidden`` layers has a leaky ReLU, the others ELU; all but the last two have dropout.
    """
    layers: list[torch.nn.Module] = [torch.nn.BatchNorm1d(inputs, momentum=MOMENTUM)]
    for i, (before, width) in enumerate(zip((inputs, *hidden), hidden, strict=False)):
        layers += [torch.nn.Linear(before, width), torch.nn.ELU() if i else torch.nn.LeakyReLU(LEAK)]
        layers += [Dropout(dropout)] if i < len(hidden) - 2 else []
    return torch.nn.Sequential(*layers, torch.nn.Linear(hidden[-1], 1))


def initialise(network: torch.nn.Sequential, features: torch.Tensor) -> None:
    """Begin with the moments of the training ``features`` (n, F), Glorot weights, and biases of spread sqrt(2/width)."""
    first: Any = network[0]
    first.running_mean.copy_(features.double().mean(dim=0))
    first.running_var.copy_(features.double().var(dim=0))
    dense = [layer for layer in network if isinstance(layer, torch.nn.Linear)]
    for layer in dense:
        spread = (2 / layer.out_features) ** 0.5
        torch.nn.init.xavier_uniform_(layer.weight)
        torch.nn.init.trunc_normal_(layer.bias, std=spread, a=-2 * spread, b=2 * spread)
    torch.nn.init.zeros_(dense[-1].bias)


def rebuild(model: Model, inputs: int) -> torch.nn.Sequential:
    """Rebuild the network with the parameters ``model`` (P,); their number tells which of the two it is."""
    networks = [build(inputs, hidden, 0.0) for hidden in (HIDDEN, HIDDEN_SMALL)]
    network = next(n for n in networks if len(vector(n)) == len(model))
    restore(network, model)
    return network

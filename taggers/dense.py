"""Dense networks of the shape that CMS used (arXiv:2412.03747), and as one vector of numbers."""

from __future__ import annotations

from typing import Any

import torch

from .learner import Model
from .trainer import restore, vector

HIDDEN = (64, 128, 128, 32, 16, 8)
HIDDEN_SMALL = (16, 16, 16, 8, 4)
LEAK = 0.01
MOMENTUM = 0.01
SHARES = 1 << 16
"""The values of two random bytes."""


def build(inputs: int, hidden: tuple[int, ...], dropout: float) -> torch.nn.Sequential:
    """Build a network of ``inputs`` features and one output, the log-odds.

    The first of the ``hidden`` layers has a leaky ReLU, the others ELU; all but the last two have dropout.
    """
    layers: list[torch.nn.Module] = [torch.nn.BatchNorm1d(inputs, momentum=MOMENTUM)]
    for i, (before, width) in enumerate(zip((inputs, *hidden), hidden, strict=False)):
        layers += [torch.nn.Linear(before, width), torch.nn.ELU() if i else torch.nn.LeakyReLU(LEAK)]
        layers += [Dropout(dropout)] if i < len(hidden) - 2 else []
    return torch.nn.Sequential(*layers, torch.nn.Linear(hidden[-1], 1))


class Dropout(torch.nn.Module):  # type: ignore[misc]
    """Leaves out nodes at random in training, a ``share`` of them to 1/65,536, and scales the others up.

    Each node has two bytes of a random integer: a third of the time that torch takes to draw a number for each.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        """Return the nodes (n, W), those that are left out as 0."""
        if not self.training or self.share == 0:
            return nodes
        bits = torch.empty(-(-nodes.numel() // 4), dtype=torch.int64, device=nodes.device)
        drawn = bits.random_(-(1 << 63), None).view(torch.int16)[: nodes.numel()].view(nodes.shape)
        kept = drawn >= round(self.share * SHARES) - SHARES // 2
        return nodes * kept.to(nodes.dtype).mul_(1 / (1 - self.share))

    def extra_repr(self) -> str:
        """Name the share, which tells apart trainings that are resumed."""
        return str(self.share)


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

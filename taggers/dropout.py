"""Nodes that are left out at random in training."""

from __future__ import annotations

from collections.abc import Sequence

import torch

SHARES = 1 << 16
"""The values of two random bytes."""


class Dropout(torch.nn.Module):  # type: ignore[misc]
    """Leaves out nodes at random in training, a ``share`` of them to 1/65,536, and scales the others up.

    Each node has two bytes of a random integer: a third of the time that torch takes to draw a number for each. With several
    ``generators`` the first axis of the nodes is divided among them; None is that of torch.
    """

    def __init__(self, share: float, generators: Sequence[torch.Generator | None] = (None,)) -> None:
        super().__init__()
        self.share, self.generators = share, generators

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        """Return the nodes (n, W) or (S, n, W), those that are left out as 0."""
        if not self.training or self.share == 0:
            return nodes
        n = nodes.numel() // len(self.generators)
        bits = torch.empty((len(self.generators), -(-n // 4)), dtype=torch.int64, device=nodes.device)
        for row, generator in zip(bits, self.generators, strict=True):
            row.random_(-(1 << 63), None, generator=generator)
        drawn = bits.view(torch.int16)[:, :n].reshape(nodes.shape)
        kept = drawn >= round(self.share * SHARES) - SHARES // 2
        return nodes * kept.to(nodes.dtype).mul_(1 / (1 - self.share))

    def extra_repr(self) -> str:
        """Name the share, which tells apart trainings that are resumed."""
        return str(self.share)

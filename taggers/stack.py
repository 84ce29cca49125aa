"""Networks of one shape side by side: each layer of all of them is one product of matrices."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn.functional import batch_norm

from .dropout import Dropout


class Stack(torch.nn.Sequential):  # type: ignore[misc]
    """S ``networks`` of dense layers, normalised inputs and dropout that learn independently of each other, on a CPU.

    Each has one of the ``generators`` for the order of its events and for its dropout.
    """

    def __init__(
        self, networks: Sequence[torch.nn.Sequential], generators: Sequence[torch.Generator]
    ) -> None:
        super().__init__(*(_join(layers, generators) for layers in zip(*networks, strict=True)))
        self.generators = tuple(generators)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return the outputs (n, S, W) for events that have ``features`` (n, S, F) in each network."""
        return super().forward(features.transpose(0, 1)).transpose(0, 1)

    def orders(self, n: int) -> torch.Tensor:
        """Draw a random order of ``n`` events for each network, (n, S)."""
        return torch.stack([torch.randperm(n, generator=generator) for generator in self.generators], dim=1)

    def get_extra_state(self) -> torch.Tensor:
        """Return the states of the generators, which a training that is resumed needs."""
        return torch.stack([generator.get_state() for generator in self.generators])

    def set_extra_state(self, state: torch.Tensor) -> None:
        """Put the generators in the states that they had."""
        for generator, own in zip(self.generators, state, strict=True):
            generator.set_state(own.clone())


def _join(layers: Sequence[torch.nn.Module], generators: Sequence[torch.Generator]) -> torch.nn.Module:
    match layers[0]:
        case torch.nn.Linear():
            return _Linear(layers)
        case torch.nn.BatchNorm1d():
            return _Normalisation(layers)
        case Dropout(share=share):
            return Dropout(share, generators)
        case same:
            return same


def _joined(tensors: Sequence[torch.Tensor]) -> torch.nn.Parameter:
    return torch.nn.Parameter(torch.stack([tensor.detach() for tensor in tensors]))


class _Linear(torch.nn.Module):  # type: ignore[misc]
    def __init__(self, layers: Sequence[torch.nn.Module]) -> None:
        super().__init__()
        self.weight = _joined([layer.weight for layer in layers])
        self.bias = _joined([layer.bias for layer in layers])

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        return torch.baddbmm(self.bias[:, None], nodes, self.weight.transpose(1, 2))


class _Normalisation(torch.nn.Module):  # type: ignore[misc]
    running_mean: torch.Tensor
    running_var: torch.Tensor

    def __init__(self, layers: Sequence[torch.nn.Module]) -> None:
        super().__init__()
        self.weight = _joined([layer.weight for layer in layers])
        self.bias = _joined([layer.bias for layer in layers])
        for name in ("running_mean", "running_var"):
            self.register_buffer(name, torch.stack([getattr(layer, name) for layer in layers]))
        self.momentum, self.eps = layers[0].momentum, layers[0].eps

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        """Normalise each feature of each network by itself."""
        side_by_side = nodes.transpose(0, 1)
        moments = self.running_mean.view(-1), self.running_var.view(-1)
        scales = self.weight.view(-1), self.bias.view(-1)
        found = batch_norm(side_by_side.flatten(1), *moments, *scales, self.training, self.momentum, self.eps)
        return found.view(side_by_side.shape).transpose(0, 1)

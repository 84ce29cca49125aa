"""The parameters of a network, or of several side by side, as vectors of numbers."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from .stack import Stack

Vector = NDArray[np.float32]


def networks(module: torch.nn.Module) -> int:
    """Return the number S of networks in a module: 1, unless it is a `Stack`."""
    return len(module.generators) if isinstance(module, Stack) else 1


def vectors(module: torch.nn.Module) -> Vector:
    """Join parameters and running moments of each network to one vector (S, P)."""
    each = [tensor.detach().reshape(networks(module), -1) for tensor in _state(module)]
    found: Vector = torch.cat(each, dim=1).cpu().numpy()
    return found


def vector(module: torch.nn.Module) -> Vector:
    """Join parameters and running moments of one network to one vector (P,)."""
    found: Vector = vectors(module)[0]
    return found


def restore(module: torch.nn.Module, values: Vector) -> None:
    """Set parameters and running moments to those that `vector` joined."""
    given, start = torch.from_numpy(np.array(values, dtype=np.float32)), 0
    with torch.no_grad():
        for tensor in _state(module):
            tensor.copy_(given[start : start + tensor.numel()].reshape(tensor.shape))
            start += tensor.numel()


def _state(module: torch.nn.Module) -> list[torch.Tensor]:
    moments = [
        buffer for name, buffer in module.named_buffers() if name.rpartition(".")[2].startswith("running_")
    ]
    return [*module.parameters(), *moments]

"""The Chamfer distance."""

from __future__ import annotations

import pytest
import torch
from dijethunt.taggers.chamfer import chamfer


def sets(n: int = 5, k: int = 20, seed: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    x, y = (100 * torch.randn(n, k, 3, generator=generator, dtype=torch.float64) for _ in range(2))
    return x, y


def by_hand(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    squares = ((x[:, :, None] - y[:, None, :]) ** 2).sum(dim=3)
    return squares.amin(dim=2).mean(dim=1) + squares.amin(dim=1).mean(dim=1)


def test_known_value():
    x = torch.tensor([[[0.0, 0, 0], [3, 0, 0]]])
    y = torch.tensor([[[1.0, 0, 0], [3, 0, 0]]])
    assert chamfer(x, y).item() == 1.0
    assert ((x - y) ** 2).mean().item() != 1.0


def test_it_is_the_mean_distance_to_the_nearest():
    x, y = sets()
    assert torch.allclose(chamfer(x, y), by_hand(x, y))
    assert torch.allclose(chamfer(x, y), chamfer(y, x))
    assert torch.equal(chamfer(x, x), torch.zeros(len(x), dtype=x.dtype))


def test_derivatives_are_those_of_the_nearest_pairs():
    x, y = (points.requires_grad_() for points in sets())
    ours = torch.autograd.grad(chamfer(x, y).sum(), (x, y))
    theirs = torch.autograd.grad(by_hand(x, y).sum(), (x, y))
    for mine, reference in zip(ours, theirs, strict=True):
        assert torch.allclose(mine, reference)


@pytest.mark.parametrize(
    ("loss", "unchanged"), [(chamfer, True), (lambda x, y: ((x - y) ** 2).mean(dim=(1, 2)), False)]
)
def test_order_means_nothing_unlike_in_a_squared_error(loss, unchanged):
    x, y = sets()
    order = torch.randperm(x.shape[1], generator=torch.Generator().manual_seed(3))
    assert torch.allclose(loss(x[:, order], y), loss(x, y), rtol=1e-5) is unchanged

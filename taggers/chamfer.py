"""The Chamfer distance between two sets of points (arXiv:1612.00603), the loss of the published autoencoders of constituents."""

from __future__ import annotations

import torch


def chamfer(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Return the Chamfer distance (n,) of sets ``x`` (n, K, D) and ``y`` (n, M, D): of each point to the nearest one of the other set.

    It is the mean of the squared distances over the points of x, plus that over the points of y. Derivatives reach both
    through the nearest pairs alone.

    >>> x = torch.tensor([[[0.0, 0, 0], [3, 0, 0]]])
    >>> y = torch.tensor([[[1.0, 0, 0], [3, 0, 0]]])
    >>> chamfer(x, y)
    tensor([1.])
    """
    with torch.no_grad():
        far = _squares(x, y)
        to_y, to_x = far.min(dim=2).indices, far.min(dim=1).indices
    return _mean(x, _taken(y, to_y)) + _mean(_taken(x, to_x), y)


def _squares(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Return all squared distances (n, K, M) in one product of matrices."""
    square, one = (p.pow(2).sum(dim=2, keepdim=True) for p in (x, y)), torch.ones_like(x[..., :1])
    x_square, y_square = square
    left = torch.cat([x, x_square, one], dim=2)
    right = torch.cat([-2 * y, torch.ones_like(y[..., :1]), y_square], dim=2)
    return left @ right.transpose(1, 2)


def _taken(points: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    return points.gather(1, rows[:, :, None].expand(-1, -1, points.shape[2]))


def _mean(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return (x - y).pow(2).sum(dim=2).mean(dim=1)

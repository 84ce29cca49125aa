"""The pieces of which curves are made: terms of ln f with their first and second derivatives.

Every piece takes x of shape (n,), its own parameters (n_rows, k) and an order; it returns value (n_rows, n) and, up to the
order, slopes (n_rows, n, k) and second derivatives (n_rows, n, k, k).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import factorial
from typing import Any

import numpy as np
from numpy.polynomial.polynomial import polyder, polyval

from .array import BoolArray, FloatArray

Piece = Callable[[FloatArray, FloatArray, int], tuple[FloatArray, ...]]
EDGE = 1e-3
PIVOT = 0.2
LARGEST = 300.0


def together(
    x: FloatArray, p: FloatArray, order: int, pieces: Sequence[tuple[tuple[int, ...], Piece]]
) -> tuple[FloatArray, ...]:
    """Add pieces up: the terms of a curve, see `Curve`.

    Arguments:
        x: shape (n,).
        p: shape parameters, shape (n_rows, n_shape).
        order: of the highest derivative.
        pieces: each with the places of its parameters in p.

    """
    n = p.shape[1]
    found = tuple(np.zeros((len(p), len(x), *[n] * times)) for times in range(order + 1))
    for places, piece in pieces:
        for times, part in enumerate(piece(x, p[:, places], order)):
            index: tuple[Any, ...] = (..., *np.ix_(*[places] * times))
            found[times][index] += part
    return found


def logarithm(u: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return ln u and its derivatives; below a thousandth a parabola goes on, so that u may be negative."""
    inside = np.maximum(u, EDGE)
    beyond = np.minimum(u, EDGE) / EDGE - 1
    value = np.log(inside) + beyond - beyond**2 / 2
    below = u < EDGE
    return value, np.where(below, (1 - beyond) / EDGE, 1 / inside), -1 / inside**2


def straight(design: FloatArray, p: FloatArray, order: int) -> tuple[FloatArray, ...]:
    """Return the piece that is linear in its parameters, with a design of shape (n, k)."""
    slopes = np.broadcast_to(design, (len(p), *design.shape))
    return (p @ design.T, slopes, np.zeros((1, 1, 1, 1)))[: order + 1]


def log_polynomial(x: FloatArray, p: FloatArray, order: int) -> tuple[FloatArray, ...]:
    """Return ln(1 + p1 d + p2 d^2 + ...) with d = x - 0.2."""
    powers = (x[:, None] - PIVOT) ** np.arange(1, p.shape[1] + 1)
    value, first, second = logarithm(1 + p @ powers.T)
    return _up_to(
        order,
        value,
        lambda: first[..., None] * powers,
        lambda: second[..., None, None] * (powers[:, :, None] * powers[:, None, :]),
    )


def curved_power(x: FloatArray, p: FloatArray, order: int) -> tuple[FloatArray, ...]:
    """Return p1 ln(1 - x + p2 x^2)."""
    value, first, second = logarithm(1 - x + p[:, 1:] * x**2)
    scale, cross = p[:, :1], first * x**2
    return _up_to(
        order,
        scale * value,
        lambda: np.stack([value, scale * cross], axis=-1),
        lambda: _symmetric(np.zeros_like(value), cross, scale * second * x**4),
    )


def turn_on(x: FloatArray, p: FloatArray, order: int) -> tuple[FloatArray, ...]:
    """Return ln of half of 1 + tanh(p1 + p2 x)."""
    twice = np.clip(2 * (p[:, :1] + p[:, 1:] * x), -LARGEST, LARGEST)
    closed = np.exp(-np.logaddexp(0, twice))
    first, second = 2 * closed, -4 * closed * (1 - closed)
    return _up_to(
        order,
        -np.logaddexp(0, -twice),
        lambda: np.stack([first, first * x], axis=-1),
        lambda: _symmetric(second, second * x, second * x**2),
    )


def power_of_line(x: FloatArray, p: FloatArray, order: int) -> tuple[FloatArray, ...]:
    """Return -p2 ln(1 + p1 x) / p1, which is -p2 x where p1 is 0."""
    scale, found = -p[:, 1:], _log_ratio(p[:, :1] * x, order)
    return _up_to(
        order,
        scale * found[0] * x,
        lambda: np.stack([scale * found[1] * x**2, -found[0] * x], axis=-1),
        lambda: _symmetric(scale * found[2] * x**3, -found[1] * x**2, np.zeros_like(found[0])),
    )


def falling_power(x: FloatArray, p: FloatArray, order: int) -> tuple[FloatArray, ...]:
    """Return -p1 (x^p2 - 1) / p2, which is -p1 ln x where p2 is 0."""
    return tuple(-part for part in _scaled_power(np.log(x), p, order))


def closing_power(x: FloatArray, p: FloatArray, order: int) -> tuple[FloatArray, ...]:
    """Return p1 ((1-x)^p2 - 1) / p2, which is p1 ln(1-x) where p2 is 0."""
    return _scaled_power(np.log1p(-x), p, order)


def damped_line(x: FloatArray, p: FloatArray, order: int) -> tuple[FloatArray, ...]:
    """Return p2 x (1-x)^p1."""
    log, scale = np.log1p(-x), p[:, 1:]
    damped = x * np.exp(np.clip(p[:, :1] * log, -LARGEST, LARGEST))
    return _up_to(
        order,
        scale * damped,
        lambda: np.stack([scale * damped * log, damped], axis=-1),
        lambda: _symmetric(scale * damped * log**2, damped * log, np.zeros_like(damped)),
    )


def _scaled_power(log: FloatArray, p: FloatArray, order: int) -> tuple[FloatArray, ...]:
    scale, found = p[:, :1], _exponential_ratio(p[:, 1:] * log, order)
    return _up_to(
        order,
        scale * log * found[0],
        lambda: np.stack([log * found[0], scale * log**2 * found[1]], axis=-1),
        lambda: _symmetric(np.zeros_like(found[0]), log**2 * found[1], scale * log**3 * found[2]),
    )


def _up_to(
    order: int, value: FloatArray, slopes: Callable[[], FloatArray], second: Callable[[], FloatArray]
) -> tuple[FloatArray, ...]:
    return (value, *(derivative() for derivative in (slopes, second)[:order]))


def _symmetric(first: FloatArray, cross: FloatArray, last: FloatArray) -> FloatArray:
    """Return the 2x2 matrices of three entries, shape (..., 2, 2)."""
    return np.stack([np.stack([first, cross], -1), np.stack([cross, last], -1)], -2)


def _exponential_ratio(z: FloatArray, order: int) -> tuple[FloatArray, ...]:
    """Return (exp(z) - 1) / z and its derivatives."""
    small = np.abs(z) < 0.5
    safe = np.where(small, 1.0, np.clip(z, -LARGEST, LARGEST))
    exponential = np.exp(safe)
    value = np.expm1(safe) / safe
    first = (exponential - value) / safe
    second = (exponential - 2 * first) / safe
    series = [1 / factorial(n + 1) for n in range(16)]
    return _near(small, z, series, (value, first, second)[: order + 1])


def _log_ratio(z: FloatArray, order: int) -> tuple[FloatArray, ...]:
    """Return ln(1 + z) / z and its derivatives."""
    small = np.abs(z) < 0.1
    safe = np.where(small, 1.0, z)
    log, slope, bend = logarithm(1 + safe)
    value = log / safe
    first = (slope - value) / safe
    second = (bend - 2 * first) / safe
    series = [(-1) ** n / (n + 1) for n in range(20)]
    return _near(small, z, series, (value, first, second)[: order + 1])


def _near(
    small: BoolArray, z: FloatArray, series: Sequence[float], far: tuple[FloatArray, ...]
) -> tuple[FloatArray, ...]:
    """Return a power series and its derivatives where z is small, and what is known elsewhere."""
    if not small.any():
        return far
    z = np.where(small, z, 0.0)
    return tuple(np.where(small, polyval(z, polyder(series, k)), known) for k, known in enumerate(far))

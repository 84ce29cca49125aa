"""Derivatives of a function that a user writes as one line: complex steps, exact to rounding."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from .array import FloatArray
from .curve import Terms

STEP = 1e-30
DIFFERENCE = 1e-5
LogShape = Callable[[FloatArray, Any], Any]


def differentiated(log_shape: LogShape) -> Terms:
    """Make the `terms` of a `Curve` of ln(f / p0) alone.

    The first derivatives are exact to rounding, the second to about nine digits.

    Arguments:
        log_shape: function of x and the shape parameters, to be used as p[0], p[1], ...; written with functions of NumPy
            that are defined for complex numbers (no absolute values, no maxima).

    >>> terms = differentiated(lambda x, p: -p[0] * x ** p[1])
    >>> value, slopes = terms(np.array([0.5]), np.array([[3.0, 2.0]]), 1)
    >>> value[0], slopes[0, 0]
    (array([-0.75]), array([-0.25      ,  0.51986039]))

    """
    return partial(_terms, log_shape)


def _terms(log_shape: LogShape, x: FloatArray, p: FloatArray, order: int) -> tuple[FloatArray, ...]:
    columns = p.T[:, :, None]
    value = np.broadcast_to(np.asarray(log_shape(x, columns), dtype=float), (len(p), len(x)))
    if order == 0:
        return (value,)
    slopes = _slopes(log_shape, x, p)
    if order == 1:
        return value, slopes
    n = p.shape[1]
    second = np.empty((*slopes.shape, n))
    for index in range(n):
        step = np.zeros_like(p)
        step[:, index] = DIFFERENCE * np.maximum(1, np.abs(p[:, index]))
        change = _slopes(log_shape, x, p + step) - _slopes(log_shape, x, p - step)
        second[..., index] = change / (2 * step[:, None, index, None])
    return value, slopes, (second + second.swapaxes(-1, -2)) / 2


def _slopes(log_shape: LogShape, x: FloatArray, p: FloatArray) -> FloatArray:
    slopes = np.empty((len(p), len(x), p.shape[1]))
    for index in range(p.shape[1]):
        shifted = p.T[:, :, None].astype(complex)
        shifted[index] += STEP * 1j
        slopes[..., index] = np.imag(log_shape(x, shifted)) / STEP
    return slopes

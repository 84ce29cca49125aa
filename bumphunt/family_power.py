"""Functions with a free power inside an exponential or around a line, written so that their limits are ordinary points.

A parameter that goes to zero while another grows without bound, as p1 in (1 + p1 x)^-a towards an exponential, leaves a
fit without a minimum. Here a is p2 / p1: the limit is p1 = 0, and a fit may pass it.
"""

from __future__ import annotations

import numpy as np

from .array import FloatArray
from .curve import Curve, with_zero
from .curve_terms import closing_power, damped_line, falling_power, power_of_line, together
from .registry import register, sized

_POWER = {2: "p0 (1 + p1 x)^(-p2/p1)"}
_MODEXP = {
    2: "p0 exp(-p1 (x^p2-1)/p2)",
    3: "p0 exp(-p1 (x^p2-1)/p2 + p1 ((1-x)^p3-1)/p3)",
    4: "p0 exp(-p1 (x^p2-1)/p2 + p3 ((1-x)^p4-1)/p4)",
    5: "p0 exp(-p1 (x^p2-1)/p2 + p3 ((1-x)^p4-1)/p4 + p5 x (1-x)^p4)",
}


@register("power", sizes=_POWER)
def power(n_shape: int = 2, sqrt_s: float = 13_000.0) -> Curve:
    """Make the power law of a line, f = p0 (1 + p1 x)^-a with a = p2 / p1. Not log-linear.

    Arguments:
        n_shape: number of shape parameters, 2.
        sqrt_s: centre-of-mass energy in GeV.

    Raises:
        FamilyError: for another number of parameters.

    """
    formula = sized("power", _POWER, n_shape)
    starts = ((20.0, 150.0), (2.0, 40.0), (0.0, 20.0), (-1.0, 10.0))
    return Curve("power2", formula, _power_terms, n_shape, sqrt_s, starts=starts)


@register("modexp", sizes=_MODEXP)
def modexp(n_shape: int = 4, sqrt_s: float = 13_000.0) -> Curve:
    """Make the modified exponential with 2 to 5 shape parameters.

    CMS dijet studies write it as p0 exp(a x^b + c (1-x)^d (1 + e x)): b = p2, a = -p1 / p2, d = p4, c = p3 / p4,
    e = p4 p5 / p3. With 3, p3 stands for p4 and p1 for the other. Not log-linear.

    Arguments:
        n_shape: number of shape parameters, the normalisation not counted.
        sqrt_s: centre-of-mass energy in GeV.

    Raises:
        FamilyError: for another number of parameters.

    """
    formula = sized("ModExp", _MODEXP, n_shape)
    starts = (
        *((*first, *second) for first in _FALLING for second in _CLOSING[n_shape]),
        *_APART.get(n_shape, ()),
    )
    smaller = (modexp(n_shape - 1, sqrt_s), _EXTEND[n_shape]) if n_shape > 2 else None
    return Curve(f"modexp{n_shape}", formula, _modexp_terms, n_shape, sqrt_s, starts=starts, smaller=smaller)


_FALLING = ((7.0, 0.1), (15.0, 0.6), (6.0, -0.3))
_CLOSING: dict[int, tuple[tuple[float, ...], ...]] = {
    2: ((),),
    3: ((0.1,), (2.0,)),
    4: ((5.0, 0.1), (5.0, 2.0)),
    5: ((5.0, 0.1, 0.0), (5.0, 2.0, 0.0)),
}
_APART = {3: ((3.0, -0.3, -4.0), (40.0, 2.0, 6.0))}
_CLOSED = 300.0  # power of 1-x that leaves nothing


def _with_closed(p: FloatArray) -> FloatArray:
    return np.append(p, _CLOSED)


def _with_scale(p: FloatArray) -> FloatArray:
    """Return parameters with a scale of its own for the second term."""
    return p[[0, 1, 0, 2]]


_EXTEND = {3: _with_closed, 4: _with_scale, 5: with_zero}


def _power_terms(x: FloatArray, p: FloatArray, order: int) -> tuple[FloatArray, ...]:
    return together(x, p, order, [((0, 1), power_of_line)])


def _modexp_terms(x: FloatArray, p: FloatArray, order: int) -> tuple[FloatArray, ...]:
    closing = (0, 2) if p.shape[1] == 3 else (2, 3)
    pieces = [((0, 1), falling_power), (closing, closing_power), ((3, 4), damped_line)]
    return together(x, p, order, pieces[: (p.shape[1] + 1) // 2])

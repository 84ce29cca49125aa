"""Dijet functions with a polynomial: inside the power of 1-x, or as a factor."""

from __future__ import annotations

import numpy as np

from .array import FloatArray
from .curve import Curve, with_zero
from .curve_terms import curved_power, log_polynomial, straight, together
from .family_dijet import dijet
from .registry import register, sized

_MODIFIED = {3: "p0 (1-x+p3 x^2)^p1 / x^p2", 4: "p0 (1-x+p3 x^2)^p1 / x^(p2 + p4 ln x)"}
_EXTENDED = {
    4: "p0 (1-x)^p1 (1 + p4 (x-0.2)) / x^(p2 + p3 ln x)",
    5: "p0 (1-x)^p1 (1 + p4 (x-0.2) + p5 (x-0.2)^2) / x^(p2 + p3 ln x)",
    6: "p0 (1-x)^p1 (1 + p4 (x-0.2) + p5 (x-0.2)^2 + p6 (x-0.2)^3) / x^(p2 + p3 ln x)",
}


@register("modified_dijet", sizes=_MODIFIED)
def modified_dijet(n_shape: int = 3, sqrt_s: float = 13_000.0) -> Curve:
    """Make the modified dijet function with 3 or 4 shape parameters.

    f = p0 (1-x+p3 x^2)^p1 / x^(p2 + p4 ln x); with 3 the function of CDF in Run I (hep-ex/9702004). Not log-linear.

    Arguments:
        n_shape: number of shape parameters, the normalisation not counted.
        sqrt_s: centre-of-mass energy in GeV.

    Raises:
        FamilyError: for another number of parameters.

    """
    formula = sized("modified dijet", _MODIFIED, n_shape)
    starts = tuple((p1, p2, p3, *[0.0] * (n_shape - 3)) for p1, p2, p3 in _MODIFIED_STARTS)
    smaller = (dijet(2, sqrt_s) if n_shape == 3 else modified_dijet(3, sqrt_s), with_zero)
    return Curve(
        f"modified_dijet{n_shape}", formula, _modified_terms, n_shape, sqrt_s, starts=starts, smaller=smaller
    )


@register("polyext", sizes=_EXTENDED)
def polyext(n_shape: int = 4, sqrt_s: float = 13_000.0) -> Curve:
    """Make the dijet function with a polynomial factor, with 4, 5 or 6 shape parameters.

    f = p0 (1-x)^p1 (1 + p4 (x-0.2) + p5 (x-0.2)^2 + p6 (x-0.2)^3) / x^(p2 + p3 ln x). CMS dijet studies write the
    polynomial as 1 + a x + b x^2 + c x^3; around 0.2 it is the same function, and the limit of large a, where fits of few
    events often end, is an ordinary point, p4 = 5. Not log-linear.

    Arguments:
        n_shape: number of shape parameters, the normalisation not counted.
        sqrt_s: centre-of-mass energy in GeV.

    Raises:
        FamilyError: for another number of parameters.

    """
    formula = sized("PolyExt", _EXTENDED, n_shape)
    starts = tuple(
        (8.0, 6.6 + 0.3 * slope, 0.7, slope, *[0.0] * (n_shape - 4)) for slope in (-1.5, 0.0, 2.0, 4.5, 6.0)
    )
    smaller = (dijet(3, sqrt_s) if n_shape == 4 else polyext(n_shape - 1, sqrt_s), with_zero)
    return Curve(
        f"polyext{n_shape}", formula, _extended_terms, n_shape, sqrt_s, starts=starts, smaller=smaller
    )


_MODIFIED_STARTS = ((9.0, 6.0, 0.0), (20.0, 5.0, 0.5), (5.0, 6.0, -0.5), (-3.0, 8.0, 5.0), (0.1, 6.5, -5.0))


def _powers(x: FloatArray, p: FloatArray, order: int) -> tuple[FloatArray, ...]:
    log = np.log(x)
    return straight(np.stack([-log, -(log**2)][: p.shape[1]], axis=-1), p, order)


def _dijet(x: FloatArray, p: FloatArray, order: int) -> tuple[FloatArray, ...]:
    log = np.log(x)
    return straight(np.stack([np.log1p(-x), -log, -(log**2)], axis=-1), p, order)


def _modified_terms(x: FloatArray, p: FloatArray, order: int) -> tuple[FloatArray, ...]:
    powers = (1, 3)[: p.shape[1] - 2]
    return together(x, p, order, [((0, 2), curved_power), (powers, _powers)])


def _extended_terms(x: FloatArray, p: FloatArray, order: int) -> tuple[FloatArray, ...]:
    polynomial = tuple(range(3, p.shape[1]))
    return together(x, p, order, [((0, 1, 2), _dijet), (polynomial, log_polynomial)])

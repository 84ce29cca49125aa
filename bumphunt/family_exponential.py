"""Falling exponentials times powers of x: the UA2 function and an alternative of the CMS bias test."""

from __future__ import annotations

from functools import partial

import numpy as np

from .array import FloatArray
from .family import Family
from .registry import register, sized

_UA2 = {
    2: "p0 x^-p1 exp(-p2 x)",
    3: "p0 x^-p1 exp(-p2 x - p3 x^2)",
    4: "p0 x^-p1 exp(-p2 x - p3 x^2 - p4 x^3)",
    5: "p0 x^-p1 exp(-p2 x - p3 x^2 - p4 x^3 - p5 x^4)",
}
_EXPONENTIAL = {
    2: "p0 exp(-p1 x) / x^p2",
    3: "p0 exp(-p1 x) / x^(p2 + p3 ln x)",
    4: "p0 exp(-p1 x) / x^(p2 + p3 ln x + p4 ln^2 x)",
}


@register("ua2", sizes=_UA2)
def ua2(n_shape: int = 3, sqrt_s: float = 13_000.0) -> Family:
    """Make the UA2 function with 2 to 5 shape parameters.

    f = p0 x^-p1 exp(-p2 x - p3 x^2 - ...), with 3 by UA2 (Nucl. Phys. B 400 (1993) 3). With 2, 3 and 4 these are
    alternatives of the bias test of CMS-EXO-22-026.

    Arguments:
        n_shape: number of shape parameters, the normalisation not counted.
        sqrt_s: centre-of-mass energy in GeV.

    Raises:
        FamilyError: for another number of parameters.

    """
    formula = sized("UA2", _UA2, n_shape)
    return Family(f"ua2_{n_shape}", formula, partial(_ua2_terms, n_shape=n_shape), n_shape, sqrt_s)


@register("exponential", sizes=_EXPONENTIAL)
def exponential(n_shape: int = 4, sqrt_s: float = 13_000.0) -> Family:
    """Make an exponential over a power of x, with 2, 3 or 4 shape parameters.

    f = p0 exp(-p1 x) / x^(p2 + p3 ln x + p4 ln^2 x), with 4 an alternative of the bias test of CMS-EXO-22-026.

    Arguments:
        n_shape: number of shape parameters, the normalisation not counted.
        sqrt_s: centre-of-mass energy in GeV.

    Raises:
        FamilyError: for another number of parameters.

    """
    formula = sized("exponential", _EXPONENTIAL, n_shape)
    terms = partial(_exponential_terms, n_shape=n_shape)
    return Family(f"exponential{n_shape}", formula, terms, n_shape, sqrt_s)


def _ua2_terms(x: FloatArray, n_shape: int) -> FloatArray:
    return np.stack([-np.log(x), *(-(x**power) for power in range(1, n_shape))], axis=-1)


def _exponential_terms(x: FloatArray, n_shape: int) -> FloatArray:
    return np.stack([-x, *(-(np.log(x) ** power) for power in range(1, n_shape))], axis=-1)

"""The dijet functions of CMS and ATLAS: powers of 1-x and of x, the latter with logarithms in the exponent."""

from __future__ import annotations

from functools import partial

import numpy as np

from .array import FloatArray
from .curve import Curve
from .curve_terms import straight, together, turn_on
from .family import Family
from .registry import register, sized

_DIJET = {
    2: "p0 (1-x)^p1 / x^p2",
    3: "p0 (1-x)^p1 / x^(p2 + p3 ln x)",
    4: "p0 (1-x)^p1 / x^(p2 + p3 ln x + p4 ln^2 x)",
    5: "p0 (1-x)^p1 / x^(p2 + p3 ln x + p4 ln^2 x) exp(-p5 x)",
    6: "p0 (1-x)^p1 / x^(p2 + p3 ln x + p4 ln^2 x) (1 + tanh(p5 + p6 x)) / 2",
}
_ATLAS = {
    2: "p0 (1-x)^p1 x^p2",
    3: "p0 (1-x)^p1 x^(p2 + p3 ln x)",
    4: "p0 (1-x)^p1 x^(p2 + p3 ln x + p4 ln^2 x)",
    5: "p0 (1-x)^p1 x^(p2 + p3 ln x + p4 ln^2 x + p5 ln^3 x)",
}
_DIPHOTON = {n: _ATLAS[n].replace("(1-x)", "(1-x^(1/3))") for n in (2, 3, 4)}


@register("dijet", sizes=_DIJET, ladder=(2, 3, 4))
def dijet(n_shape: int = 3, sqrt_s: float = 13_000.0) -> Family:
    """Make the CMS dijet function with 2 to 6 shape parameters.

    f = p0 (1-x)^p1 / x^(p2 + p3 ln x + p4 ln^2 x), x = m / sqrt(s) (CMS-EXO-19-012, arXiv:1911.03947, Eq. 1). With 5 it
    is multiplied by exp(-p5 x), with 6 instead by a turn-on (1 + tanh(p5 + p6 x)) / 2; that one is a `Curve`.

    Arguments:
        n_shape: number of shape parameters, the normalisation not counted.
        sqrt_s: centre-of-mass energy in GeV.

    Raises:
        FamilyError: for another number of parameters.

    """
    formula = sized("dijet", _DIJET, n_shape)
    if n_shape == 6:
        starts = tuple((9.0, 6.0, 0.5, 0.0, *opening) for opening in _OPENINGS)
        smaller = (dijet(4, sqrt_s), _open)
        return Curve("dijet6", formula, _dijet_with_turn_on, 6, sqrt_s, starts=starts, smaller=smaller)
    return Family(f"dijet{n_shape}", formula, partial(_dijet_terms, n_shape=n_shape), n_shape, sqrt_s)


@register("atlas", sizes=_ATLAS)
def atlas(n_shape: int = 3, sqrt_s: float = 13_000.0) -> Family:
    """Make the ATLAS dijet function with 2 to 5 shape parameters.

    f = p0 (1-x)^p1 x^(p2 + p3 ln x + p4 ln^2 x + ...): the CMS function with the exponent of the opposite sign. ATLAS
    counts the normalisation as p1. With 2 shape parameters in arXiv:1512.01530, with 3 in arXiv:1407.1376, with 4 in
    arXiv:1804.03496; 5 continues the series.

    Arguments:
        n_shape: number of shape parameters, the normalisation not counted.
        sqrt_s: centre-of-mass energy in GeV.

    Raises:
        FamilyError: for another number of parameters.

    """
    formula = sized("ATLAS dijet", _ATLAS, n_shape)
    return Family(f"atlas{n_shape}", formula, partial(_atlas_terms, n_shape=n_shape), n_shape, sqrt_s)


@register("diphoton", sizes=_DIPHOTON)
def diphoton(n_shape: int = 3, sqrt_s: float = 13_000.0) -> Family:
    """Make the ATLAS diphoton function with 2, 3 or 4 shape parameters.

    f = p0 (1 - x^(1/3))^p1 x^(p2 + p3 ln x + p4 ln^2 x) (arXiv:1606.03833).

    Arguments:
        n_shape: number of shape parameters, the normalisation not counted.
        sqrt_s: centre-of-mass energy in GeV.

    Raises:
        FamilyError: for another number of parameters.

    """
    formula = sized("diphoton", _DIPHOTON, n_shape)
    terms = partial(_atlas_terms, n_shape=n_shape, root=1 / 3)
    return Family(f"diphoton{n_shape}", formula, terms, n_shape, sqrt_s)


_OPENINGS = ((1.0, 10.0), (-1.0, 15.0), (-3.0, 40.0), (0.0, -5.0))


def _dijet_terms(x: FloatArray, n_shape: int) -> FloatArray:
    log = np.log(x)
    return np.stack([np.log1p(-x), -log, -(log**2), -(log**3), -x][:n_shape], axis=-1)


def _atlas_terms(x: FloatArray, n_shape: int, root: float = 1.0) -> FloatArray:
    log = np.log(x)
    return np.stack([np.log1p(-(x**root)), *(log ** (power + 1) for power in range(n_shape - 1))], axis=-1)


def _open(p: FloatArray) -> FloatArray:
    """Return the parameters of a turn-on that is the same at all masses."""
    return np.append(p, (1.0, 0.0))


def _straight(x: FloatArray, p: FloatArray, order: int) -> tuple[FloatArray, ...]:
    return straight(_dijet_terms(x, p.shape[1]), p, order)


def _dijet_with_turn_on(x: FloatArray, p: FloatArray, order: int) -> tuple[FloatArray, ...]:
    return together(x, p, order, [((0, 1, 2, 3), _straight), ((4, 5), turn_on)])

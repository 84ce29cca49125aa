"""Which families there are, by name; one function adds another."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from functools import partial

import numpy as np

from .array import FloatArray
from .family import Family, FamilyError

Maker = Callable[..., Family]
_makers: dict[str, Maker] = {}


def register(name: str) -> Callable[[Maker], Maker]:
    """Add a family under a name, as a decorator of the function that makes it.

    Arguments:
        name: the name; the function takes the number of shape parameters and ``sqrt_s`` in GeV.

    Raises:
        FamilyError: if the name is taken.

    """

    def add(maker: Maker) -> Maker:
        if name in _makers:
            msg = f"a family '{name}' is registered already; choose another name"
            raise FamilyError(msg)
        _makers[name] = maker
        return maker

    return add


def names() -> tuple[str, ...]:
    """Return the names of all families, in order."""
    return tuple(sorted(_makers))


def family(name: str, n_shape: int, sqrt_s: float = 13_000.0) -> Family:
    """Make a family by its name.

    Arguments:
        name: one of `names()`.
        n_shape: number of shape parameters, the normalisation not counted.
        sqrt_s: centre-of-mass energy in GeV.

    Raises:
        FamilyError: if there is no such family, or none with so many parameters.

    >>> family("dijet", 3).formula
    'p0 (1-x)^p1 / x^(p2 + p3 ln x)'

    """
    if name not in _makers:
        near = get_close_matches(name, _makers, n=1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        msg = f"no family '{name}'; there are: {', '.join(names())}{hint}"
        raise FamilyError(msg)
    return _makers[name](n_shape, sqrt_s=sqrt_s)


@register("dijet")
def dijet(n_shape: int = 3, sqrt_s: float = 13_000.0) -> Family:
    """Make the CMS dijet function with 2, 3 or 4 shape parameters.

    f = p0 (1-x)^p1 / x^(p2 + p3 ln x + p4 ln^2 x), x = m / sqrt(s) (CMS-EXO-19-012, arXiv:1911.03947, Eq. 1).

    Arguments:
        n_shape: number of shape parameters, the normalisation not counted.
        sqrt_s: centre-of-mass energy in GeV.

    Raises:
        FamilyError: for another number of parameters.

    """
    exponents = {2: "p2", 3: "(p2 + p3 ln x)", 4: "(p2 + p3 ln x + p4 ln^2 x)"}
    if n_shape not in exponents:
        msg = f"the dijet function has 2, 3 or 4 shape parameters (the normalisation not counted), not {n_shape}"
        raise FamilyError(msg)
    formula = f"p0 (1-x)^p1 / x^{exponents[n_shape]}"
    return Family(f"dijet{n_shape}", formula, partial(_dijet_terms, n_shape=n_shape), n_shape, sqrt_s)


def _dijet_terms(x: FloatArray, n_shape: int) -> FloatArray:
    log = np.log(x)
    return np.stack([np.log1p(-x), -log, -(log**2), -(log**3)][:n_shape], axis=-1)

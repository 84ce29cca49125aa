"""Smooth background functions whose logarithm is not linear in the parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from .array import FloatArray
from .family import Family, FamilyError

Extend = Callable[[FloatArray], FloatArray]
Terms = Callable[[FloatArray, FloatArray, int], tuple[FloatArray, ...]]


def with_zero(p: FloatArray) -> FloatArray:
    """Return shape parameters with a zero after them."""
    return np.append(p, 0.0)


@dataclass(frozen=True)
class Curve(Family):
    """A family of densities f(m) = p0 exp(terms(x, p)) in events per GeV that is not log-linear.

    The likelihood of such a function may have several minima: fits of data begin at several points.

    Arguments:
        name: how the family is called.
        formula: the function in words, for results and plots.
        terms: function of x, shape (n,), the shape parameters, shape (n_rows, n_shape), and an order; returns ln(f / p0),
            shape (n_rows, n), for order 1 also its derivatives by the parameters, shape (n_rows, n, n_shape), and for
            order 2 the second ones too, shape (n_rows, n, n_shape, n_shape). `differentiated` makes one.
        n_shape: number of shape parameters; the normalisation p0 is not counted.
        sqrt_s: centre-of-mass energy in GeV.
        starts: shape parameters from which fits of data begin, each of n_shape.
        smaller: a family within this one, and the function from its shape parameters to those with which the curve is
            the same but for p0; fits of data begin at its minimum too, so that theirs is not above. None for none.

    """

    terms: Terms  # type: ignore[assignment]  # of more arguments than those of a log-linear family
    starts: tuple[tuple[float, ...], ...] = field(kw_only=True)
    smaller: tuple[Family, Extend] | None = field(default=None, kw_only=True, compare=False, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.starts or any(len(start) != self.n_shape for start in self.starts):
            msg = f"{self.name} has {self.n_shape} shape parameters; its starts are {self.starts}, give one or more"
            raise FamilyError(msg)

    @property
    def log_linear(self) -> bool:
        """Never."""
        return False

    def design(self, x: ArrayLike) -> FloatArray:
        """Refuse: only a log-linear family has a design.

        Raises:
            FamilyError: always.

        """
        msg = f"{self.name} is not log-linear and has no design at {np.asarray(x).size} points; use a log-linear family"
        raise FamilyError(msg)

    def logarithm(self, x: ArrayLike, theta: FloatArray, order: int = 0) -> tuple[FloatArray, ...]:
        """Return ln f and its derivatives by (ln p0, p1, ...).

        Arguments:
            x: dijet mass over sqrt(s), shape (n,), between 0 and 1.
            theta: parameters (ln p0, p1, ...), shape (n_rows, 1 + n_shape).
            order: 0 for ln f alone, 1 with the first derivatives, 2 with the second ones.

        Returns:
            Arrays of shape (n_rows, n), (n_rows, n, 1 + n_shape) and (n_rows, n, 1 + n_shape, 1 + n_shape).

        """
        value, *slopes = self.terms(self.inside(x), theta[:, 1:], order)
        found = [theta[:, :1] + value]
        if slopes:
            found.append(np.concatenate([np.ones((*value.shape, 1)), slopes[0]], axis=-1))
        if len(slopes) > 1:
            found.append(np.pad(slopes[1], ((0, 0), (0, 0), (1, 0), (1, 0))))
        return tuple(found)

    def density(self, mass: ArrayLike, values: ArrayLike) -> FloatArray:
        """Return the density in events per GeV, see `Family.density`."""
        mass, p = np.asarray(mass, dtype=float), np.asarray(values, dtype=float)
        shape = self.terms(self.inside(mass.reshape(-1) / self.sqrt_s), p[None, 1:], 0)[0][0]
        return np.asarray(p[0] * np.exp(shape).reshape(mass.shape), dtype=float)

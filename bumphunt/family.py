"""What a family of smooth background functions is: ln f = ln p0 + terms(x) . (p1, p2, ...)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .array import FloatArray


class FamilyError(ValueError):
    """Raised when a family is unknown, cannot be made as asked, or is asked for a mass beyond sqrt(s)."""


@dataclass(frozen=True)
class Family:
    """A log-linear family of densities in events per GeV, f(m) = p0 exp(terms(x) . p) with x = m / sqrt(s).

    The Poisson likelihood of such a family is convex but for the bin integration, so its minimum is unique.

    Arguments:
        name: how the family is called.
        formula: the function in words, for results and plots.
        terms: function of x, shape (...), that returns what multiplies each shape parameter in ln f,
            shape (..., n_shape).
        n_shape: number of shape parameters; the normalisation p0 is not counted.
        sqrt_s: centre-of-mass energy in GeV.

    >>> falling = Family("power", "p0 x^-p1", lambda x: -np.log(x)[..., None], n_shape=1)
    >>> falling.names
    ('p0', 'p1')

    """

    name: str
    formula: str
    terms: Callable[[FloatArray], FloatArray]
    n_shape: int
    sqrt_s: float = 13_000.0

    def __post_init__(self) -> None:
        if not 0 < self.sqrt_s < np.inf:
            msg = f"{self.name} with sqrt_s={self.sqrt_s}; it is the centre-of-mass energy in GeV, positive and finite"
            raise FamilyError(msg)

    @property
    def log_linear(self) -> bool:
        """Whether ln f is linear in ln p0 and the shape parameters."""
        return True

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters, the normalisation first."""
        return tuple(f"p{i}" for i in range(self.n_shape + 1))

    def inside(self, x: ArrayLike) -> FloatArray:
        """Return x as an array if it lies between 0 and 1.

        Raises:
            FamilyError: if a mass lies beyond sqrt(s).

        """
        x = np.asarray(x, dtype=float)
        if not ((x > 0) & (x < 1)).all():
            worst = x.flat[int(np.argmax((x <= 0) | (x >= 1)))]
            msg = (
                f"{self.name} is defined for 0 < m < sqrt(s) = {self.sqrt_s:g} GeV and was asked for "
                f"{worst * self.sqrt_s:g} GeV; restrict the range or set sqrt_s"
            )
            raise FamilyError(msg)
        return x

    def design(self, x: ArrayLike) -> FloatArray:
        """Return the design X of ln f = X . (ln p0, p1, p2, ...).

        Arguments:
            x: dijet mass over sqrt(s), shape (...), between 0 and 1.

        Returns:
            Design, shape (..., 1 + n_shape).

        """
        x = self.inside(x)
        return np.concatenate([np.ones((*x.shape, 1)), self.terms(x)], axis=-1)

    def density(self, mass: ArrayLike, values: ArrayLike) -> FloatArray:
        """Return the density in events per GeV.

        Arguments:
            mass: dijet mass in GeV, shape (...).
            values: (p0, p1, ...), the normalisation first, shape (1 + n_shape,).

        Returns:
            Density, shape (...).

        """
        return np.asarray(np.exp(self.design(np.asarray(mass) / self.sqrt_s) @ linear(values)), dtype=float)


def linear(values: ArrayLike) -> FloatArray:
    """Return the linear parameters (ln p0, p1, ...) of the published ones (p0, p1, ...)."""
    theta = np.array(values, dtype=float)
    theta[0] = np.log(theta[0])
    return theta


def published(theta: ArrayLike) -> FloatArray:
    """Return the published parameters (p0, p1, ...) of the linear ones (ln p0, p1, ...)."""
    values = np.array(theta, dtype=float)
    with np.errstate(over="ignore"):
        values[0] = np.exp(values[0])
    return values

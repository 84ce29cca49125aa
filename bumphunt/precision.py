"""How precise a fitted background is at one mass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .array import FloatArray
from .curve import Curve
from .family import Family
from .scoring import RIDGE, Minimum
from .whitened import Basis


@dataclass(frozen=True, eq=False)
class Point:
    """The backgrounds of all categories at one mass.

    Arguments:
        family: of every category.
        x: mass over sqrt(s).
        n_categories: number of categories, each with parameters of its own.

    """

    family: Family
    x: float
    n_categories: int = 1

    def logarithm(self, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return ln f and its slopes in its own parameters.

        Arguments:
            theta: linear parameters of all categories, shape (n_rows, n_categories * n).

        Returns:
            Arrays of shape (n_rows, n_categories) and (n_rows, n_categories, n).

        """
        own = theta.reshape(-1, theta.shape[1] // self.n_categories)
        if isinstance(self.family, Curve):
            value, slopes = self.family.logarithm([self.x], own, 1)
        else:
            design = self.family.design([self.x])
            value, slopes = own @ design.T, np.broadcast_to(design, (len(own), *design.shape))
        shape = (len(theta), self.n_categories)
        return value.reshape(shape), slopes.reshape(*shape, own.shape[1])


def point(family: Family, mass: float, n_categories: int = 1) -> Point:
    """Return the backgrounds at one mass.

    Arguments:
        family: of every category.
        mass: in GeV.
        n_categories: number of categories, each with parameters of its own.

    """
    return Point(family, mass / family.sqrt_s, n_categories)


def relative_uncertainty(basis: Basis, minimum: Minimum, at: Point) -> FloatArray:
    """Return the standard deviation of the fitted background over its value, summed over categories.

    Arguments:
        basis: the whitened background.
        minimum: fits without a signal.
        at: the mass, see `point`.

    Returns:
        Relative uncertainty from the Fisher information of each row, shape (n_rows,).

    """
    phi = minimum.point[:, : basis.n_parameters]
    parts = basis.parts(phi)
    jacobian = basis.jacobian(parts, phi)
    weighted = jacobian / parts.sum(1)[:, :, None]
    information = weighted.transpose(0, 2, 1) @ jacobian + RIDGE * np.eye(basis.n_parameters)
    exponent, slopes = at.logarithm(basis.theta(phi))
    share = np.exp(exponent - exponent.max(-1, keepdims=True))
    share /= share.sum(-1, keepdims=True)
    slope = (share[:, :, None] * slopes).reshape(len(phi), -1) @ basis.rotation
    solution = np.linalg.solve(information, slope[:, :, None])[:, :, 0]
    return np.asarray(np.sqrt(np.maximum((slope * solution).sum(-1), 0)), dtype=float)

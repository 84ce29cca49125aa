"""How precise a fitted background is at one mass."""

from __future__ import annotations

import numpy as np

from .array import FloatArray
from .background import Whitened
from .family import Family
from .likelihood import Likelihood
from .scoring import RIDGE, Minimum


def point(family: Family, mass: float, n_categories: int = 1) -> FloatArray:
    """Return the design of ln f at one mass, a row for each category, shape (n_categories, n_parameters).

    Arguments:
        family: of every category.
        mass: in GeV.
        n_categories: number of categories, each with parameters of its own.

    """
    return np.asarray(np.kron(np.eye(n_categories), family.design(mass / family.sqrt_s)), dtype=float)


def relative_uncertainty(basis: Whitened, minimum: Minimum, at: FloatArray) -> FloatArray:
    """Return the standard deviation of the fitted background over its value, summed over categories.

    Arguments:
        basis: the whitened background.
        minimum: fits without a signal.
        at: design at the mass, shape (n_categories, n_parameters), see `point`.

    Returns:
        Relative uncertainty from the Fisher information of each row, shape (n_rows,).

    """
    likelihood = Likelihood(basis, minimum.expected)
    information = likelihood.curvature(likelihood.evaluate(minimum.point))
    design = at @ basis.rotation
    exponent = at @ basis.reference + minimum.point @ design.T
    share = np.exp(exponent - exponent.max(-1, keepdims=True))
    slope = (share / share.sum(-1, keepdims=True)) @ design
    diagonal = np.arange(information.shape[1])
    information[:, diagonal, diagonal] += RIDGE
    solution = np.linalg.solve(information, slope[:, :, None])[:, :, 0]
    return np.asarray(np.sqrt(np.maximum((slope * solution).sum(-1), 0)), dtype=float)

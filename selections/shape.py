"""Shapes of jets: how their momentum is shared among candidates and spread about an axis.

Functions get the ``Constituents`` of jets and return (m, 2); a jet without candidates has shape 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .constituent import Constituents, ratio, wrapped

Array = NDArray[Any]


def ptd(found: Constituents) -> Array:
    """Root of the sum of pT^2 over the sum of pT: 1 for one candidate, 1/sqrt(n) for n equal ones.

    The pT^D of CMS-PAS-JME-13-002; see also arXiv:1211.7038.
    """
    return ratio(np.sqrt(found.total(found.pt**2)), found.total(found.pt))


def girth(found: Constituents) -> Array:
    """Average distance from the jet axis, weighted with pT: the first radial moment (arXiv:1211.7038).

    The axis is the sum of the momenta; distances are in rapidity and azimuth.
    """
    energy, px, py, pz = (found.total(component) for component in found.momentum.T)
    axis = _rapidity(energy, pz), np.arctan2(py, px)
    rapidity = _rapidity(found.momentum[:, 0], found.momentum[:, 3])
    distance = np.hypot(rapidity - found.spread(axis[0]), wrapped(found.phi - found.spread(axis[1])))
    return found.mean(distance, found.pt)


def axis_major(found: Constituents) -> Array:
    """Major axis of the ellipse of pT^2 in eta and phi (CMS-PAS-JME-13-002, sigma_1).

    Root of the larger eigenvalue of the covariance of eta and phi, weighted with pT^2.
    """
    return np.sqrt(_eigenvalues(found)[1])


def axis_minor(found: Constituents) -> Array:
    """Minor axis of the ellipse of pT^2 in eta and phi (CMS-PAS-JME-13-002, sigma_2).

    Root of the smaller eigenvalue of the covariance of eta and phi, weighted with pT^2.
    """
    return np.sqrt(_eigenvalues(found)[0])


def covariance(found: Constituents, x: Array, y: Array, weight: Array) -> tuple[Array, Array, Array]:
    """Return the covariances xx, xy, yy (m, 2) of coordinates (c,) about 0, with weights (c,)."""
    return found.mean(x * x, weight), found.mean(x * y, weight), found.mean(y * y, weight)


def _eigenvalues(found: Constituents) -> tuple[Array, Array]:
    """Return the smaller and the larger eigenvalue of the covariance weighted with pT^2."""
    weight = found.pt**2
    xx, xy, yy = covariance(found, *found.centred(weight), weight)
    centre, radius = (xx + yy) / 2, np.hypot((xx - yy) / 2, xy)
    return np.maximum(centre - radius, 0.0), centre + radius


def _rapidity(energy: Array, pz: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.arctanh(ratio(pz, energy))

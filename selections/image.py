"""Images of jets: the pT of their candidates in pixels of eta and phi, after one of two published preprocessings.

An image is indexed [row, column]. Both preprocessings put the centroid of pT in the middle and turn the principal
axis upright, along the rows, which are pixels of phi if nothing is turned; columns are pixels of eta. Row 0 is at
the bottom. What lies outside of the image is lost, then the image is normalised to unit sum. So images do not
change, up to the edges of pixels, when a jet is boosted along the beam, turned about the beam, turned about its
centroid, or mirrored. A jet without candidates has an empty image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from .constituent import Constituents, ratio
from .shape import covariance

Array = NDArray[Any]

DIGITS = 9
"""Coordinates are rounded to so many decimals, so that what lies on an edge does so on every machine."""


@dataclass(frozen=True)
class Grid:
    """Pixels of an image: their number along each side, and their width in eta and phi.

    ``middle`` is where the centroid lies, in pixels from the lower left corner.
    """

    side: int
    width: tuple[float, float]
    middle: float

    def fill(self, found: Constituents, x: Array, y: Array) -> NDArray[np.float32]:
        """Add up the pT at coordinates (c,); returns (m, 2, side, side), each of unit sum."""
        column, row = (
            np.floor(v / w + self.middle).astype(np.int64) for v, w in zip((x, y), self.width, strict=True)
        )
        inside = (np.minimum(column, row) >= 0) & (np.maximum(column, row) < self.side)
        total = found.total(found.pt * inside)
        share = found.pt * found.spread(ratio(np.ones_like(total), total))
        pixel = (found.jet * self.side + row) * self.side + column
        image = np.bincount(pixel[inside], share[inside], minlength=found.size.size * self.side**2)
        return image.astype(np.float32).reshape(*found.size.shape, self.side, self.side)


TNT = Grid(32, (1.2 / 32, 1.2 / 32), middle=16.5)
NAE = Grid(40, (0.029, 0.035), middle=20.0)


def image_tnt(found: Constituents) -> NDArray[np.float32]:
    """Jet image of Tag N' Train: 32 x 32 pixels of 0.0375 (arXiv:2002.12376; grid of CMS, arXiv:2412.03747).

    The hardest candidate is mirrored to the upper right. The centroid lies in the middle of pixel [16, 16].
    Returns (m, 2, 32, 32).
    """
    x, y = upright(found)
    return TNT.fill(found, _mirrored(x, x[found.hardest] < 0), _mirrored(y, y[found.hardest] < 0))


def image_nae(found: Constituents, power: float = 1.0, blur: float = 1.0) -> NDArray[np.float32]:
    """Jet image of the normalized autoencoder: 40 x 40 pixels of 0.029 x 0.035, smeared (arXiv:2206.14225).

    The quadrant with most pT is mirrored to the lower left. The centroid lies between the four middle pixels.
    Pixels are raised to ``power`` (in the paper 1 for top quarks, 0.01 to 0.5 for dark jets) and normalised again,
    then smeared with a Gaussian of ``blur`` pixels. Returns (m, 2, 40, 40).
    """
    x, y = upright(found)
    right, upper = _fullest(found, x >= 0, y >= 0)
    image = NAE.fill(found, _mirrored(x, right), _mirrored(y, upper))
    if power != 1:
        np.power(image, power, out=image, where=image > 0)
        total = image.sum(axis=(-2, -1), keepdims=True)
        image = image * ratio(np.ones_like(total), total).astype(np.float32)
    for axis in (-2, -1):
        image = gaussian_filter1d(image, blur, axis=axis) if blur else image
    return image


def upright(found: Constituents) -> tuple[Array, Array]:
    """Return coordinates (c,) across and along the principal axis of each jet, from its centroid of pT."""
    eta, phi = found.centred(found.pt)
    xx, xy, yy = covariance(found, eta, phi, found.pt)
    angle = found.spread(np.arctan2(2 * xy, xx - yy) / 2)
    across = eta * np.sin(angle) - phi * np.cos(angle)
    along = eta * np.cos(angle) + phi * np.sin(angle)
    return np.round(across, DIGITS), np.round(along, DIGITS)


def _fullest(found: Constituents, right: Array, upper: Array) -> tuple[Array, Array]:
    """Tell every candidate (c,) whether the quadrant of its jet with most pT is on the right, and on the upper side.

    ``right`` and ``upper`` (c,) say where the candidate itself is.
    """
    quadrant = found.jet * 4 + upper * 2 + right
    total = np.bincount(quadrant, found.pt, minlength=4 * found.size.size).reshape(-1, 4)
    fullest = total.argmax(axis=-1)[found.jet]
    return fullest % 2 == 1, fullest // 2 == 1


def _mirrored(values: Array, mirror: Array) -> Array:
    return np.where(mirror, -values, values)

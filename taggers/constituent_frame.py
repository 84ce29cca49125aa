"""Frames in which the constituents of a jet are given."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Constituents = NDArray[np.float32]
FRAMES = ("lab", "jet", "unit", "angles")
STRETCH = 5.0
"""Angles in units of 0.2, about the distance of the prongs of a jet."""
LARGEST = 1.5
"""Of the tangents of angles; a jet of radius 0.8 reaches to 1.03."""


def in_frame(constituents: Constituents, frame: str) -> Constituents:
    """Return px, py, pz (n, 100, 3) of the constituents of each jet in a frame; padding stays zero.

    "lab" is as they are, in GeV. "jet" is boosted along the beam and rotated around it until the sum of the constituents has
    momentum along x alone; "unit" is the same in units of this momentum. "angles" has √z (1, 5 tan α, 5 tan β) in its place, with z the
    part of the jet's momentum that a constituent has along x, and α and β its angles to the axis of the jet across and along the beam.
    """
    if frame == "lab":
        return constituents
    p = constituents.astype(np.float64)
    energy, total = np.linalg.norm(p, axis=2), p.sum(axis=1)
    cos, sin = (total[:, :2] / np.maximum(np.hypot(total[:, 0], total[:, 1]), 1e-9)[:, None]).T[:, :, None]
    along = cos * p[..., 0] + sin * p[..., 1]
    across = cos * p[..., 1] - sin * p[..., 0]
    speed = (total[:, 2] / np.maximum(energy.sum(axis=1), 1e-9))[:, None]
    beam = (p[..., 2] - speed * energy) / np.sqrt(1 - speed**2)
    moved = np.stack([along, across, beam], axis=2)
    if frame != "jet":
        moved /= np.maximum(along.sum(axis=1), 1e-9)[:, None, None]
    return (_angles(moved) if frame == "angles" else moved).astype(np.float32)


def _angles(momenta: NDArray[np.float64]) -> NDArray[np.float64]:
    z = np.maximum(momenta[..., :1], 0)
    tangents = np.clip(momenta[..., 1:] / np.maximum(z, 1e-9), -LARGEST, LARGEST)
    return np.asarray(np.sqrt(z) * np.concatenate([np.ones_like(z), STRETCH * tangents], axis=2))

"""Frames in which the constituents of a jet are given."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Constituents = NDArray[np.float32]
FRAMES = ("lab", "jet", "unit")


def in_frame(constituents: Constituents, frame: str) -> Constituents:
    """Return px, py, pz (n, 100, 3) of the constituents of each jet in a frame; padding stays zero.

    "lab" is as they are, in GeV. "jet" is boosted along the beam and rotated around it until the sum of the constituents has
    momentum along x alone; "unit" is the same in units of this momentum.
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
    if frame == "unit":
        moved /= np.maximum(along.sum(axis=1), 1e-9)[:, None, None]
    return moved.astype(np.float32)

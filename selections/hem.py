"""The part of the hadron calorimeter that was off from run 319077 of 2018 on (HEM15 and HEM16)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets.fold import event_uniform

FIRST_RUN = 319077
FRACTION = 0.65
"""Fraction of the luminosity of 2018 that was recorded without it, rounded."""

ETA = (-3.2, -1.3)
PHI = (-1.57, -0.87)
SALT = "hem"


def affected(
    identity: tuple[NDArray[Any], ...], simulated: bool, fraction: float = FRACTION
) -> NDArray[np.bool_]:
    """Tell which events (n,) are taken without the two modules.

    ``identity`` holds the columns sample, run, lumi and event, each (n,). Data are judged by their run; of
    simulated events a ``fraction`` is chosen by their identity, the same ones in every pass.
    """
    if simulated:
        return event_uniform(identity, SALT) < fraction
    return np.asarray(identity[1] >= FIRST_RUN)


def inside(eta: NDArray[Any], phi: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which jets point to the modules, enlarged by about half a jet radius; ``phi`` in radians.

    >>> inside(np.array([-2.0, -2.0, 2.0]), np.array([-1.0, 1.0, -1.0]))
    array([ True, False, False])
    """
    return (eta > ETA[0]) & (eta < ETA[1]) & (phi > PHI[0]) & (phi < PHI[1])

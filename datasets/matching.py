"""Matching things to the nearest jet in the eta-phi plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .jagged import Index, owners, starts
from .reference import NONE

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Directions:
    """Directions (k,) of things, each of which belongs to a group; groups come one after the other."""

    group: Index
    eta: Array
    phi: Array


def nearest(things: Directions, targets: Directions, radius: float) -> Index:
    """Find for each thing (k,) the position of the nearest target of its group within ``radius``, or -1.

    >>> things = Directions(np.array([0, 1]), np.zeros(2), np.array([3.1, 0.0]))
    >>> targets = Directions(np.array([0, 0, 1]), np.zeros(3), np.array([0.0, -3.1, 1.0]))
    >>> nearest(things, targets, 0.4)
    array([ 1, -1])
    """
    groups = 1 + max(things.group.max(initial=-1), targets.group.max(initial=-1))
    available = np.bincount(targets.group, minlength=groups)
    number = available[things.group]
    thing = owners(number)
    target = starts(available)[things.group[thing]] + np.arange(len(thing)) - starts(number)[thing]
    separation = distance(things.eta[thing], things.phi[thing], targets.eta[target], targets.phi[target])
    close = np.flatnonzero(separation < radius)
    close = close[np.lexsort((separation[close], thing[close]))]
    matched, first = np.unique(thing[close], return_index=True)
    result = np.full(len(things.group), NONE, dtype=np.int64)
    result[matched] = target[close[first]]
    return result


def distance(eta: Array, phi: Array, other_eta: Array, other_phi: Array) -> Array:
    """Return the distances (k,) in the eta-phi plane."""
    turn = np.remainder(phi - other_phi + np.pi, 2 * np.pi) - np.pi
    separation: Array = np.hypot(eta - other_eta, turn)
    return separation


def directions(jets: Any) -> Directions:
    """Return the directions of jets, grouped by event."""
    return Directions(jets.event, jets.eta, jets.phi)

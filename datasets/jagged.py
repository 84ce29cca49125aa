"""Arithmetic on jagged arrays laid out flat: which event an entry belongs to, and its rank there."""

from __future__ import annotations

from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]


def flat(values: Any) -> NDArray[Any]:
    """Lay a jagged awkward array (n_events, var) out as one numpy array."""
    array: NDArray[Any] = ak.to_numpy(ak.flatten(values))
    return array


def counts(collection: Any) -> Index:
    """Return the number of entries of each event (n_events,) of a jagged collection."""
    number: Index = ak.to_numpy(ak.num(collection, axis=1)).astype(np.int64)
    return number


def starts(number: Index) -> Index:
    """Return the flat position (n_events,) at which each event begins.

    >>> starts(np.array([2, 0, 3]))
    array([0, 2, 2])
    """
    return np.cumsum(number) - number


def owners(number: Index) -> Index:
    """Return the event that each flat entry belongs to.

    >>> owners(np.array([2, 0, 3]))
    array([0, 0, 2, 2, 2])
    """
    return np.repeat(np.arange(len(number)), number)


def ranked(group: Index, value: NDArray[Any]) -> tuple[Index, Index]:
    """Sort entries by group and, within a group, by falling value; equal values keep their order.

    Returns the order (n,) and the rank (n,) of each sorted entry within its group.

    >>> order, rank = ranked(np.array([1, 0, 1]), np.array([5.0, 1.0, 7.0]))
    >>> order, rank
    (array([1, 2, 0]), array([0, 0, 1]))
    """
    order = np.lexsort((-value, group))
    sorted_group = group[order]
    first = np.searchsorted(sorted_group, sorted_group, side="left")
    return order, np.arange(len(order)) - first

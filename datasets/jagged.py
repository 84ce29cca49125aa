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
    """Sort entries by group and, within a group, by falling value in single precision; equal ones keep their order.

    Returns the order (n,) and the rank (n,) of each sorted entry within its group.

    >>> order, rank = ranked(np.array([1, 0, 1]), np.array([5.0, 1.0, 7.0]))
    >>> order, rank
    (array([1, 2, 0]), array([0, 0, 1]))
    """
    key = (group.astype(np.uint64) << np.uint64(32)) | _falling(value)
    order = np.argsort(key, kind="stable")
    sorted_group, position = group[order], np.arange(len(order))
    begins = np.concatenate([np.ones(min(len(order), 1), bool), sorted_group[1:] != sorted_group[:-1]])
    return order, position - np.maximum.accumulate(np.where(begins, position, 0))


def _falling(value: NDArray[Any]) -> NDArray[np.uint64]:
    """Map values to integers of 32 bits that rise as they fall, NaN last: the bits of a float, its sign undone."""
    bits = (np.where(np.isnan(value), -np.inf, value).astype(np.float32) + np.float32(0)).view(np.uint32)
    rising = np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31))
    return (~rising).astype(np.uint64)

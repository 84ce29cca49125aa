"""The identity of events: sample, run, luminosity block and event number occur once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .error import DataError

Identity = tuple[NDArray[Any], ...]


class DuplicateError(DataError):
    """Events that occur more than once."""


def refuse_duplicates(identity: Identity, where: str) -> None:
    """Raise ``DuplicateError`` when events occur twice, naming the first of them.

    ``identity`` holds the columns sample, run, lumi and event, each (n,); ``where`` says what they belong to.
    """
    order, same = _sorted(identity)
    if same.any():
        twice = order[1:][same]
        shown = ", ".join(":".join(str(column[i]) for column in identity[1:]) for i in twice[:3])
        raise DuplicateError(
            f"{where}: {len(twice)} events occur more than once, first (run:lumi:event) {shown}; a file was given "
            "twice, or two productions used the same seed under one sample name"
        )


def contained(identity: Identity, others: Identity) -> NDArray[np.bool_]:
    """Tell which events of ``identity`` (n,) are among the ``others``."""
    order, same = _sorted(join([identity, others]))
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.cumsum(np.concatenate([[0], ~same])[: len(order)])
    first = len(identity[0])
    return np.isin(number[:first], number[first:])


def join(parts: Sequence[Identity]) -> Identity:
    """Join the identities of several tables."""
    return tuple(np.concatenate(columns) for columns in zip(*parts, strict=True))


def _sorted(identity: Identity) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return an order (n,) of events, and whether each but the first is the one before it in that order (n - 1,)."""
    order = np.lexsort(identity)
    same = np.ones(max(len(order) - 1, 0), dtype=bool)
    for column in identity:
        same &= np.diff(column[order]) == 0
    return order, same

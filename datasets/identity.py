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
    order = np.lexsort(identity)
    same = np.ones(max(len(order) - 1, 0), dtype=bool)
    for column in identity:
        same &= np.diff(column[order]) == 0
    if same.any():
        twice = order[1:][same]
        shown = ", ".join(":".join(str(column[i]) for column in identity[1:]) for i in twice[:3])
        raise DuplicateError(
            f"{where}: {len(twice)} events occur more than once, first (run:lumi:event) {shown}; a file was given "
            "twice, or two productions used the same seed under one sample name"
        )


def join(parts: Sequence[Identity]) -> Identity:
    """Join the identities of several tables."""
    return tuple(np.concatenate(columns) for columns in zip(*parts, strict=True))

"""References between collections: indices within an event, as stored, turned into flat positions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .error import FileError
from .jagged import Index, counts, starts

NONE = -1
"""What NanoAOD stores in place of an index that points to nothing."""


def locate(events: Any, collection: str, event: Index, local: NDArray[Any], what: str) -> Index:
    """Turn indices within an event into flat positions.

    ``events`` are NanoEvents, ``event`` (n,) says to which of them each index belongs, ``local`` (n,) are the
    indices into its ``collection``; ``what`` names the things that point there. Returns (n,) positions among all
    entries of the collection. ``FileError`` names the first index that points out of its event.
    """
    number = counts(events[collection])
    local = local.astype(np.int64)
    wrong = (local < 0) | (local >= number[event])
    if wrong.any():
        file, first = events.metadata.get("filename", "these events"), int(np.argmax(wrong))
        raise FileError(
            f"{file}: {what} of event {event[first]} points to {collection} number {local[first]} of "
            f"{number[event[first]]}; the file is corrupt, make it again"
        )
    position: Index = starts(number)[event] + local
    return position

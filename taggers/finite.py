"""The check that every event has a value of every feature."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..datasets.error import ColumnError
from ..datasets.table import FeatureTable


def require_finite(tagger: str, table: FeatureTable, names: Iterable[str]) -> None:
    """Raise ``ColumnError`` for the first of the columns ``names`` that holds a value that is not finite."""
    for name in names:
        bad = np.argwhere(~np.isfinite(table[name]))
        if len(bad):
            raise ColumnError(
                f"tagger {tagger}: column {name!r} is {table[name][tuple(bad[0])]} in event {bad[0][0]} of the table and "
                f"not finite in {len(np.unique(bad[:, 0]))} of {len(table)} events; correct the quantity, change the "
                "features, or leave these events out"
            )

"""Tables that pandas wrote to HDF5 with ``format="fixed"``, read with h5py alone.

The group of a table holds the names of its columns (``axis0``) and of its rows (``axis1``), and its values in
blocks of columns of one type: ``block0_items`` names the columns of ``block0_values`` (rows, columns), and so on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from .error import FileError, unknown
from .hdf5 import find, require_filters, require_finite, same_length

FIXED, TABLE = "frame", "frame_table"
KIND = "pandas_type"


@dataclass(frozen=True)
class Frame:
    """A stored table: its group, number of rows, and the names of the columns of each block."""

    path: str
    group: str
    entries: int
    blocks: tuple[tuple[str, ...], ...]

    @property
    def names(self) -> frozenset[str]:
        """The names of all columns; numbers as text."""
        return frozenset(name for block in self.blocks for name in block)

    def read(self, file: h5py.File, names: Sequence[str], start: int, stop: int) -> NDArray[np.float64]:
        """Read rows [start, stop) of the named columns to (n, columns).

        ``FileError`` names a column that is missing, or the first row with a value that is no finite number.
        """
        values = np.empty((stop - start, len(names)))
        for i, block in enumerate(self.blocks):
            here = [column for column, name in enumerate(names) if name in block]
            if here:
                source = file[f"{self.group}/block{i}_values"]
                place = {name: column for column, name in enumerate(block)}
                values[:, here] = source[start:stop][:, [place[names[column]] for column in here]]
        for column in np.flatnonzero(~np.isfinite(values).all(axis=0)).tolist():
            require_finite(self.path, f"{self.group}, column {names[column]}", values[:, column], start)
        return values

    def need(self, names: Sequence[str]) -> None:
        """Raise ``FileError`` for the first of these columns that the table lacks."""
        for name in names:
            if name not in self.names:
                raise FileError(f"{self.path}: {unknown('column', name, self.names)}")


def find_frame(path: Path | str, file: h5py.File) -> Frame | None:
    """Find the one table of a file; None when there is none.

    ``FileError`` when there are several, when it was stored in another way, or when its parts do not fit together.
    """
    kinds = {name: _text(group.attrs[KIND]) for name, group in file.items() if KIND in group.attrs}
    if not kinds:
        return None
    if len(kinds) > 1:
        raise FileError(f"{path}: several tables ({', '.join(sorted(kinds))}); store one in a file")
    ((name, kind),) = kinds.items()
    if kind != FIXED:
        raise FileError(f"{path}: {name} is stored as {kind!r}; store it with format='fixed' in pandas")
    return _frame(path, name, file[name])


def _frame(path: Path | str, name: str, group: h5py.Group) -> Frame:
    if "shape" in find(path, group, "axis1").attrs:  # how pandas marks what has no entries
        raise FileError(f"{path}: the table {name} is empty; give a file with events")
    count = int(group.attrs.get("nblocks", 0))
    items = [_names(path, find(path, group, f"block{i}_items")) for i in range(count)]
    values = [find(path, group, f"block{i}_values", len(names)) for i, names in enumerate(items)]
    for dataset in values:
        require_filters(path, dataset)
    return Frame(str(path), name, same_length(path, [group["axis1"], *values]), tuple(items))


def _names(path: Path | str, dataset: h5py.Dataset) -> tuple[str, ...]:
    require_filters(path, dataset)
    return tuple(_text(name) for name in dataset[:].tolist())


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)

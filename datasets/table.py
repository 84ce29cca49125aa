"""The table of selected events that every later stage reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .column import JETS
from .error import ColumnError, unknown
from .fold import IDENTITY, event_hash, event_uniform

Array = NDArray[Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FeatureTable:
    """Columns of equal length, one row per event; columns may be array-valued (constituents: (n, 100, 3)).

    >>> table = FeatureTable({"mjj": np.array([2500.0, 3100.0]), "j1_msd": np.array([80.0, 90.0])})
    >>> len(table.where(table["mjj"] > 3000))
    1
    """

    columns: Mapping[str, Array]

    def __post_init__(self) -> None:
        """Refuse columns of different lengths or of Python objects."""
        lengths = {name: len(values) for name, values in self.columns.items()}
        if len(set(lengths.values())) > 1:
            raise ColumnError(f"columns differ in length: {lengths}; all must have one row per event")
        for name, values in self.columns.items():
            if values.dtype == object:
                raise ColumnError(f"column {name!r} holds Python objects; convert it to a numeric array")

    def __len__(self) -> int:
        """Return the number of events."""
        return len(next(iter(self.columns.values()), ()))

    def __getitem__(self, name: str) -> Array:
        """Return a column; ``ColumnError`` names the known ones when it is absent."""
        if name not in self.columns:
            raise ColumnError(unknown("column", name, self.columns))
        return self.columns[name]

    def __contains__(self, name: object) -> bool:
        """Tell whether a column exists."""
        return name in self.columns

    def where(self, rows: Array) -> FeatureTable:
        """Return the events of a boolean mask (n,) or of an index array."""
        return FeatureTable({name: values[rows] for name, values in self.columns.items()})

    def only(self, names: Iterable[str]) -> FeatureTable:
        """Return a table with the named columns alone, in sorted order."""
        return FeatureTable({name: self[name] for name in sorted(names)})

    def with_columns(self, **columns: Array) -> FeatureTable:
        """Return a table with columns added or replaced."""
        return FeatureTable({**self.columns, **columns})

    def events(self, *names: str) -> NDArray[np.float64]:
        """Stack scalar columns to (n, F); ``ColumnError`` for one that has several numbers for each event."""
        for name in names:
            if self[name].ndim != 1:
                raise ColumnError(
                    f"column {name!r} has {self[name].shape[1:]} numbers for each event; give columns of one"
                )
        return np.stack([np.asarray(self[name], dtype=np.float64) for name in names], axis=-1)

    def jets(self, *names: str) -> NDArray[np.float64]:
        """Stack per-jet columns (without their ``j1_``, ``j2_``) to (n, 2, F)."""
        return np.stack([self.events(*(f"{jet}_{name}" for name in names)) for jet in JETS], axis=1)

    @property
    def identity(self) -> tuple[Array, ...]:
        """Columns sample, run, lumi and event, each (n,)."""
        return tuple(self[name] for name in IDENTITY)

    def fold(self, k: int, salt: str) -> NDArray[np.int64]:
        """Assign each event to one of ``k`` folds (n,) by a hash of its identity and ``salt``."""
        return (event_hash(self.identity, salt) % np.uint64(k)).astype(np.int64)

    def uniform(self, salt: str) -> NDArray[np.float64]:
        """Draw one uniform number in [0, 1) per event (n,) from its identity and ``salt``."""
        return event_uniform(self.identity, salt)

    def digest(self) -> str:
        """Return a hash of names, types and values: the identity of this table in provenance records."""
        state = blake2b(digest_size=16)
        for name in sorted(self.columns):
            values = np.ascontiguousarray(self.columns[name])
            state.update(f"{name}:{values.dtype.str}:{values.shape};".encode())
            state.update(values.data)
        return state.hexdigest()


def concatenate(tables: Sequence[FeatureTable]) -> FeatureTable:
    """Join tables with the same columns; ``ColumnError`` names the columns in which they differ."""
    if not tables:
        raise ColumnError("no table to join; give at least one")
    names = set(tables[0].columns)
    for table in tables[1:]:
        if set(table.columns) != names:
            raise ColumnError(f"tables differ in columns {sorted(set(table.columns) ^ names)}; select first")
    return FeatureTable({name: np.concatenate([t[name] for t in tables]) for name in tables[0].columns})


def chunks(table: FeatureTable, size: int) -> Iterator[FeatureTable]:
    """Cut a table into consecutive pieces of at most ``size`` events."""
    for start in range(0, len(table), size):
        yield table.where(np.arange(start, min(start + size, len(table))))

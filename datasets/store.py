"""Feature tables on disk: parquet with units and provenance, written atomically, read in pieces."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from .atomic import atomic_path
from .column import describe
from .error import ColumnError, FileError, unknown
from .table import Array, FeatureTable, concatenate

ROW_GROUP = 16_384
_KEY = b"dijethunt"
pa.set_memory_pool(
    pa.system_memory_pool()
)  # the default one keeps memory that was freed, twice that of images


def write(
    path: Path | str, tables: FeatureTable | Iterable[FeatureTable], provenance: Mapping[str, Any]
) -> None:
    """Write a table, or pieces of one as they come, to a parquet file.

    Units and meanings go into the fields' metadata, ``provenance`` into the file's. The file appears only when
    it is complete. All pieces must have the columns of the first.
    """
    pieces = iter([tables] if isinstance(tables, FeatureTable) else tables)
    first = next(pieces, None)
    if first is None:
        raise ColumnError(f"cannot write {path}: not even an empty table was given")
    schema = _schema(first, provenance)
    with atomic_path(path) as temporary, pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
        for piece in chain([first], pieces):
            writer.write_table(_to_arrow(piece, schema), row_group_size=ROW_GROUP)


def read(path: Path | str, columns: Iterable[str] | None = None) -> FeatureTable:
    """Read a whole table, or the named columns of it."""
    return concatenate(list(iterate(path, columns)))


def iterate(
    path: Path | str, columns: Iterable[str] | None = None, size: int = 65_536
) -> Iterator[FeatureTable]:
    """Stream a stored table in pieces of at most ``size`` events; an empty table yields one empty piece."""
    with _open(path) as file:
        names = _names(path, file, columns)
        if file.metadata.num_rows == 0:
            yield _from_arrow(file.schema_arrow.empty_table().select(names))
        for batch in file.iter_batches(batch_size=size, columns=names):
            yield _from_arrow(pa.Table.from_batches([batch]))


def read_provenance(path: Path | str) -> dict[str, Any]:
    """Read the provenance record of a stored table."""
    with _open(path) as file:
        record = (file.schema_arrow.metadata or {}).get(_KEY)
    if record is None:
        raise FileError(f"{path} has no dijethunt provenance; make it with `dijethunt select`")
    content: dict[str, Any] = json.loads(record)
    return content


def read_label(paths: Iterable[Path | str]) -> str:
    """Return what stored tables ask figures to say, such as that their events are not for physics; mostly nothing."""
    for path in paths:
        with suppress(FileError):  # of other origin
            if label := str(read_provenance(path).get("label", "")):
                return label
    return ""


def names(path: Path | str) -> list[str]:
    """Name the columns of a stored table."""
    with _open(path) as file:
        return list(file.schema_arrow.names)


def require(path: Path | str, columns: Iterable[str]) -> None:
    """Raise ``ColumnError`` for the first of the named columns that a stored table lacks; no event is read."""
    with _open(path) as file:
        _names(path, file, columns)


def count(path: Path | str) -> int:
    """Return the number of events of a stored table."""
    with _open(path) as file:
        return int(file.metadata.num_rows)


def _open(path: Path | str) -> Any:
    try:
        return pq.ParquetFile(path)
    except FileNotFoundError as error:
        raise FileError(
            f"there is no table {path}; correct its name, or make it with `dijethunt select`"
        ) from error
    except (OSError, pa.ArrowInvalid) as error:
        reason = str(error).split(". ")[0]
        raise FileError(
            f"cannot read the table {path}: {reason}; give one that `dijethunt select` has made, or make it again (in a "
            "store remove its folder)"
        ) from error


def _names(path: Path | str, file: Any, columns: Iterable[str] | None) -> list[str]:
    known = file.schema_arrow.names
    wanted = list(known) if columns is None else list(columns)
    for name in wanted:
        if name not in known:
            raise ColumnError(f"{path}: {unknown('column', name, known)}")
    return wanted


def _schema(table: FeatureTable, provenance: Mapping[str, Any]) -> pa.Schema:
    columns = describe(table.columns)
    fields = [
        pa.field(
            name,
            _type(values),
            nullable=False,
            metadata={"unit": columns[name].unit, "meaning": columns[name].meaning},
        )
        for name, values in table.columns.items()
    ]
    return pa.schema(fields, metadata={_KEY: json.dumps(provenance, sort_keys=True)})


def _type(values: Array) -> pa.DataType:
    kind = pa.from_numpy_dtype(values.dtype)
    for length in reversed(values.shape[1:]):
        kind = pa.list_(kind, length)
    return kind


def _to_arrow(table: FeatureTable, schema: pa.Schema) -> pa.Table:
    if set(table.columns) != set(schema.names):
        raise ColumnError(
            f"pieces of a table differ in columns {sorted(set(table.columns) ^ set(schema.names))}"
        )
    return pa.table([_column(table[name]) for name in schema.names], schema=schema)


def _column(values: Array) -> pa.Array:
    column = pa.array(np.ascontiguousarray(values).reshape(-1))
    for length in reversed(values.shape[1:]):
        column = pa.FixedSizeListArray.from_arrays(column, length)
    return column


def _from_arrow(table: pa.Table) -> FeatureTable:
    return FeatureTable({name: _values(table.column(name).combine_chunks()) for name in table.column_names})


def _values(column: Any) -> Array:
    shape = [len(column)]
    while pa.types.is_fixed_size_list(column.type):
        shape.append(column.type.list_size)
        column = column.flatten()
    values: Array = column.to_numpy(zero_copy_only=False).reshape(shape)
    return values

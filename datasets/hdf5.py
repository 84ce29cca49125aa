"""HDF5 files: opening them, finding datasets, reading rows, and saying what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from .error import DataError, FileError

Array = NDArray[Any]

SUFFIXES = (".h5", ".hdf5")


def is_hdf5(path: Path | str) -> bool:
    """Tell whether a file is HDF5, by its first bytes, or is at least called so."""
    return str(path).endswith(SUFFIXES) or ("://" not in str(path) and bool(h5py.is_hdf5(path)))


@contextmanager
def opened(path: Path | str) -> Iterator[h5py.File]:
    """Open a file for reading; ``FileError`` names it in whatever HDF5 finds wrong with it."""
    if "://" in str(path):
        raise FileError(f"{path}: HDF5 files are read from disk only; copy it to a folder first")
    if not Path(path).is_file():
        raise FileError(f"{path}: no such file; check the path or the catalogue")
    try:
        with h5py.File(path, "r") as file:
            yield file
    except DataError:
        raise
    except (OSError, RuntimeError, KeyError) as error:
        reason = str(error).strip().split("\n")[0]
        raise FileError(f"{path}: not a readable HDF5 file ({reason}); copy or make it again") from error


def find(path: Path | str, file: Any, name: str, *shape: int) -> h5py.Dataset:
    """Look up a dataset of at least the trailing ``shape``; rows come first.

    ``FileError`` lists what is there when it is missing, and gives both shapes when they do not fit.
    """
    if not isinstance(file.get(name), h5py.Dataset):
        there = ", ".join(sorted(file.keys())) or "nothing"
        raise FileError(f"{path}: no dataset {name!r}, only {there}; give a complete file of this layout")
    found = file[name]
    tail = found.shape[1:]
    if len(tail) != len(shape) or any(is_ < least for is_, least in zip(tail, shape, strict=True)):
        wanted = ", ".join(["n", *(f"{n} or more" for n in shape)])
        raise FileError(f"{path}: {name} has shape {found.shape}; it must be ({wanted})")
    return found


def same_length(path: Path | str, datasets: list[h5py.Dataset]) -> int:
    """Return the number of rows that datasets share; ``FileError`` when they differ."""
    lengths = {dataset.name.removeprefix("/"): len(dataset) for dataset in datasets}
    if len(set(lengths.values())) > 1:
        raise FileError(f"{path}: datasets differ in length, {lengths}; the file was not written to its end")
    return next(iter(lengths.values()))


def rows(path: Path | str, dataset: h5py.Dataset, start: int, stop: int) -> Array:
    """Read rows [start, stop) and check that all are finite numbers."""
    require_filters(path, dataset)
    values: Array = dataset[start:stop]
    require_finite(path, dataset.name.removeprefix("/"), values, start)
    return values


def require_finite(path: Path | str, name: str, values: Array, start: int) -> None:
    """Raise ``FileError`` with the number of the first row in which ``values`` (n, ...) are no finite numbers."""
    axes = tuple(range(1, values.ndim))
    bad = np.flatnonzero(~np.isfinite(values).all(axis=axes))
    if len(bad):
        span = f"events {start} to {start + len(values)}"
        raise FileError(
            f"{path}: {name} is not finite in {len(bad)} of {span}, first in row {start + bad[0]}; "
            "correct or remove these rows"
        )


def require_filters(path: Path | str, dataset: h5py.Dataset) -> None:
    """Make sure that a dataset can be decompressed, with the help of ``hdf5plugin`` where it is installed."""
    missing = _missing_filters(dataset)
    if missing:
        with suppress(ImportError):
            import_module("hdf5plugin")  # registers its filters with h5py
        missing = _missing_filters(dataset)
    if missing:
        raise FileError(
            f"{path}: {dataset.name.removeprefix('/')} is compressed with {', '.join(missing)}, which h5py cannot "
            "read alone; install `dijethunt[hdf5]`, or store the file again with gzip (complib='zlib' in pandas)"
        )


def _missing_filters(dataset: h5py.Dataset) -> list[str]:
    creation = dataset.id.get_create_plist()
    filters = [creation.get_filter(i) for i in range(creation.get_nfilters())]
    return [
        f"{name.decode() or 'filter'} ({code})"
        for code, _, _, name in filters
        if not h5py.h5z.filter_avail(code)
    ]

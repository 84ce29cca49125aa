"""Flat event files in HDF5: which layout a file has, what it holds, and its events."""

from __future__ import annotations

from pathlib import Path

from . import case, lhco
from .error import FileError
from .hdf5 import opened
from .record import Ntuple, Record

LAYOUTS = (case, lhco)
READERS = {case.LAYOUT: case, lhco.FEATURES: lhco, lhco.PARTICLES: lhco}


def inspect(path: Path | str) -> Ntuple:
    """Look into a file without reading events; ``FileError`` when it cannot be read or its layout is not known."""
    with opened(path) as file:
        for layout in LAYOUTS:
            found: Ntuple | None = layout.inspect(path, file)
            if found is not None:
                return found
        there = ", ".join(sorted(file)) or "nothing"
    raise FileError(
        f"{path}: neither a table of the LHC Olympics nor an ntuple of the CMS searches; it holds {there}"
    )


def read(file: Ntuple, position: int, start: int, stop: int, candidates: bool = True) -> Record:
    """Read events [start, stop) of a file, the one at ``position`` in its sample, with the candidates if wanted."""
    with opened(file.path) as content:
        record: Record = READERS[file.layout].read(file.path, content, position, start, stop, candidates)
        return record

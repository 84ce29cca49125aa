"""Writing HDF5 so that a full disk is an error: HDF5 by itself does not survive it, and ends the process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py


class Sink:
    """A file for h5py that keeps the first error of writing and takes what comes after it for written."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.error: OSError | None = None

    def write(self, data: Any) -> int:
        """Write all of ``data`` at the current position."""
        rest = memoryview(data).cast("B")
        size = len(rest)
        try:
            while len(rest) and self.error is None:
                rest = rest[self.file.write(rest) :]
        except OSError as error:
            self.error = error
        return size

    def truncate(self, size: int) -> int:
        """Set the length of the file."""
        try:
            return int(self.file.truncate(size))
        except OSError as error:
            self.error = self.error or error
            return size

    def __getattr__(self, name: str) -> Any:
        """Leave all else, such as seeking and reading, to the file."""
        return getattr(self.file, name)

    def check(self) -> None:
        """Raise the error that was kept."""
        if self.error is not None:
            raise self.error


@contextmanager
def created(path: Path) -> Iterator[tuple[h5py.File, Sink]]:
    """Create a file and yield it with its sink, to be checked now and then; ``OSError`` when not all was written."""
    with path.open("w+b", buffering=0) as raw:
        sink = Sink(raw)
        try:
            with h5py.File(sink, "w") as file:
                yield file, sink
        except (OSError, RuntimeError):
            sink.check()
            raise
        sink.check()

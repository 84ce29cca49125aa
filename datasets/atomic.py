"""Writing a file so that it is either whole or absent."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .error import FileError


@contextmanager
def atomic_path(path: Path | str) -> Iterator[Path]:
    """Yield a temporary sibling of ``path`` that becomes ``path`` when the block succeeds.

    On failure, or when the process dies, ``path`` is left as it was. ``FileError`` when the folder cannot be
    written to.
    """
    target = Path(path)
    temporary = target.with_name(f".{target.stem}.{os.getpid()}.partial{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(target)
    except OSError as error:
        raise FileError(f"cannot write {target}: {error.strerror or error}; nothing was changed") from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def make_folder(path: Path | str) -> Path:
    """Make a folder and those above it, and return it; ``FileError`` when that is not allowed."""
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(
            f"cannot make the folder {folder}: {error.strerror}; choose another place or mend its permissions"
        ) from error
    return folder


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Work in a folder that no other process works in at the same time; ``FileError`` when one does."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise FileError(
            f"another run is at work in {folder}; wait for it, or choose another folder"
        ) from None
    finally:
        os.close(handle)


def write_json(path: Path | str, content: Any) -> None:
    """Write JSON with sorted keys, byte-identical for equal content; NaN and infinity are refused."""
    text = json.dumps(content, indent=1, sort_keys=True, allow_nan=False)
    with atomic_path(path) as temporary:
        temporary.write_text(text + "\n")


def remove_old(record: Path, figures: Iterable[str]) -> None:
    """Remove figures of an earlier run: those that its ``record`` lists and that are not among ``figures``, beside the record.

    A record is known by its provenance: what another program has left there is not touched.
    """
    found = read_json(record) if record.exists() else None
    if isinstance(found, dict) and "provenance" in found:
        for name in set(found.get("figures", ())) - set(figures):
            (record.parent / name).unlink(missing_ok=True)


def read_json(path: Path | str) -> Any:
    """Read JSON; ``FileError`` names a file that is missing or broken."""
    try:
        return json.loads(Path(path).read_text())
    except FileNotFoundError as error:
        raise FileError(f"there is no file {path}; correct its name, or run what makes it") from error
    except (OSError, json.JSONDecodeError) as error:
        raise FileError(f"cannot read {path}: {error}; remove it and run again") from error

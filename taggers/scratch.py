"""Parts of trainings that are kept on disk: several methods, or one that was interrupted, need them once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from ..datasets.atomic import atomic_path
from ..datasets.table import Array
from .base import Run

Arrays = Mapping[str, Array]
VERSION = 3
"""Raise it when the code of flows, autoencoders or their training changes: what is kept of older versions is then made again."""


def kept(run: Run, settings: Any, inputs: tuple[Array, ...], make: Callable[[], Arrays]) -> Arrays:
    """Return what ``make`` returns, from ``run.scratch`` when it was made before.

    It must be decided by the dataclass ``settings``, the arrays ``inputs``, and seed, device and threads of the run.
    Without scratch it is made. Files that are damaged are made again.
    """
    if run.scratch is None:
        return make()
    path = run.scratch / f"{key(run, settings, inputs)}.npz"
    found: Arrays | None = read(path)
    if found is None:
        found = make()
        write(path, found)
    return found


def key(run: Run, settings: Any, inputs: Iterable[Array]) -> str:
    """Return a name for all that decides a part of a training, as in `kept`."""
    decided = {
        "versions": [VERSION, version("torch"), version("nflows")],
        "settings": asdict(settings),
        "seed": run.seed,
        "device": run.place,
        "threads": run.threads,
    }
    digest = blake2b(json.dumps(decided, sort_keys=True).encode(), digest_size=16)
    for array in inputs:
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def write(path: Path, arrays: Arrays) -> None:
    """Write arrays by name so that the file is whole or absent."""
    with atomic_path(path) as temporary:
        np.savez(temporary, allow_pickle=False, **arrays)


def read(path: Path) -> dict[str, Array] | None:
    """Read arrays by name; None where there is no file or a damaged one."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return dict(stored)
    except (OSError, ValueError, EOFError, BadZipFile):
        return None

"""Parts of trainings that are kept on disk: several methods, or one that was interrupted, need them once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from hashlib import blake2b
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from ..datasets.atomic import atomic_path
from ..datasets.table import Array
from .base import Run

Arrays = Mapping[str, Array]


def kept(run: Run, settings: Any, inputs: tuple[Array, ...], make: Callable[[], Arrays]) -> Arrays:
    """Return what ``make`` returns, from ``run.scratch`` when it was made before.

    It must be decided by the dataclass ``settings``, the arrays ``inputs``, and seed, device and threads of the run.
    Without scratch it is made. Files that are damaged are made again.
    """
    if run.scratch is None:
        return make()
    path = run.scratch / f"{_key(run, settings, inputs)}.npz"
    found: Arrays | None = _read(path)
    if found is None:
        found = make()
        with atomic_path(path) as temporary:
            np.savez(temporary, allow_pickle=False, **found)
    return found


def _key(run: Run, settings: Any, inputs: tuple[Array, ...]) -> str:
    decided = {"settings": asdict(settings), "seed": run.seed, "device": run.device, "threads": run.threads}
    digest = blake2b(json.dumps(decided, sort_keys=True).encode(), digest_size=16)
    for array in inputs:
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _read(path: Path) -> dict[str, Array] | None:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return dict(stored)
    except (OSError, ValueError, EOFError, BadZipFile):
        return None

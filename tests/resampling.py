"""Large files out of small ones: events drawn again and again, numbered anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot

CHUNK = 10_000


def resample(source: Path, target: Path, n: int, seed: int = 1) -> Path:
    """Write ``n`` events drawn with replacement from the ``Events`` of a file, with identities of their own."""
    rng = np.random.default_rng(seed)
    with uproot.open(source) as file:
        columns = _collections(file["Events"].arrays())
    events = len(columns["event"])
    with uproot.recreate(target, compression=uproot.ZSTD(1)) as file:
        tree = None
        for first in range(0, n, CHUNK):
            number = np.arange(first, min(first + CHUNK, n), dtype=np.uint64)
            rows = rng.integers(0, events, len(number))
            chunk = {name: values[rows] for name, values in columns.items()} | {"event": number}
            tree = tree or file.mktree("Events", {name: _type(values) for name, values in chunk.items()})
            tree.extend(chunk)
    return target


def _collections(arrays: Any) -> dict[str, Any]:
    """Put the branches of each jagged collection together."""
    jagged: dict[str, dict[str, Any]] = {}
    columns: dict[str, Any] = {}
    for name in arrays.fields:
        collection, _, field = name.partition("_")
        if f"n{collection}" in arrays.fields and field:
            jagged.setdefault(collection, {})[field] = arrays[name]
        elif not (name[0] == "n" and name[1:2].isupper()):
            columns[name] = arrays[name].to_numpy()
    return columns | {name: ak.zip(fields) for name, fields in jagged.items()}


def _type(values: Any) -> Any:
    return values.dtype if isinstance(values, np.ndarray) else values.type

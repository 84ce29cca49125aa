"""Writing and reading files of simulated events; ``content`` says what they hold of an event."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot

from .atomic import atomic_path
from .content import RUN, Columns
from .error import FileError

EVENTS, RUNS, PROVENANCE = "Events", "Runs", "provenance"
COMPRESSION = uproot.ZSTD(3)
CHUNK = 2500


@dataclass(frozen=True)
class RunRecord:
    """One row of the ``Runs`` tree: what was generated before selection, and its cross section in pb.

    The cross section of some of the events is ``cross_section`` times their sum of weights over ``sumw``.
    """

    events: int
    sumw: float
    cross_section: float
    cross_section_error: float


def join(batches: Sequence[Columns]) -> Columns:
    """Put batches of events one after the other."""
    return {name: ak.concatenate([batch[name] for batch in batches]) for name in batches[0]}


def numbered(chunks: Iterable[Columns]) -> Iterator[Columns]:
    """Yield the chunks with their events numbered throughout, from 1 on."""
    first = 1
    for chunk in chunks:
        number = len(chunk["event"])
        yield {**chunk, "event": np.arange(first, first + number, dtype=np.uint64)}
        first += number


def write(
    path: Path, chunks: Iterable[Columns], records: Sequence[RunRecord], provenance: Mapping[str, Any]
) -> None:
    """Write a file of events chunk after chunk, with what was generated and how; nothing is left half done."""
    with atomic_path(path) as temporary, uproot.recreate(temporary, compression=COMPRESSION) as file:
        tree = None
        for chunk in chunks:
            if tree is None:
                tree = file.mktree(EVENTS, _types(chunk), title=provenance.get("label", EVENTS))
            tree.extend(chunk)
        rows = _rows(records)
        file.mktree(RUNS, {name: values.dtype for name, values in rows.items()}).extend(rows)
        file[PROVENANCE] = json.dumps(provenance, sort_keys=True)


def read_provenance(path: Path) -> dict[str, Any]:
    """Read how a file was made; ``FileError`` when it is not whole or was not made by ``write``."""
    with _opened(path) as file:
        content: dict[str, Any] = json.loads(str(file[PROVENANCE]))
        return content


def read_records(path: Path) -> list[RunRecord]:
    """Read what was generated, one record per part."""
    with _opened(path) as file:
        rows = file[RUNS].arrays(list(_BRANCHES.values()), library="np")
        columns = [rows[branch].tolist() for branch in _BRANCHES.values()]
        return [RunRecord(*values) for values in zip(*columns, strict=True)]


def read_chunks(path: Path) -> Iterator[Columns]:
    """Read the events of a file that ``write`` made, in chunks that ``write`` takes."""
    with _opened(path) as file:
        tree = file[EVENTS]
        groups = _groups(tree.keys())
        for start in range(0, tree.num_entries, CHUNK):
            arrays = tree.arrays(entry_start=start, entry_stop=start + CHUNK)
            yield {name: _gathered(arrays, name, members) for name, members in groups.items()}


_BRANCHES = {
    "events": "genEventCount",
    "sumw": "genEventSumw",
    "cross_section": "crossSection",
    "cross_section_error": "crossSectionError",
}


def _rows(records: Sequence[RunRecord]) -> Columns:
    columns: Columns = {"run": np.full(len(records), RUN, dtype=np.uint32)}
    for name, branch in _BRANCHES.items():
        kind = np.int64 if name == "events" else np.float64
        columns[branch] = np.array([getattr(record, name) for record in records], dtype=kind)
    return columns


def _types(chunk: Columns) -> Columns:
    return {
        name: value.dtype if isinstance(value, np.ndarray) else ak.type(value).content
        for name, value in chunk.items()
    }


def _groups(branches: Iterable[str]) -> dict[str, list[str]]:
    """Sort branches by collection: those with a counter (nFatJet) are collections, the others stand alone."""
    names = list(branches)
    collections = [name[1:] for name in names if name[0] == "n" and name[1].isupper()]
    groups: dict[str, list[str]] = {}
    for name in names:
        collection = next((c for c in collections if name.startswith(f"{c}_")), None)
        if collection:
            groups.setdefault(collection, []).append(name.removeprefix(f"{collection}_"))
        elif name[1:] not in collections:
            groups[name] = []
    return groups


def _gathered(arrays: Any, name: str, members: list[str]) -> Any:
    if not members:
        return ak.to_numpy(arrays[name])
    return ak.zip({member: arrays[f"{name}_{member}"] for member in members})


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with uproot.open(path) as file:
            yield file
    except Exception as error:  # a broken file fails in as many ways as there are bytes in it
        raise FileError(f"{path}: not a file of simulated events ({error!r}); make it again") from error

"""Writing events as PFNano: NanoAOD with the particle-flow candidates of the two leading AK8 jets."""

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
from numpy.typing import NDArray

from .atomic import atomic_path
from .detector import Flow
from .error import FileError
from .jagged import Index, owners, starts
from .reconstruction import CANDIDATES_MAX, Reconstruction, truncate

Columns = dict[str, Any]

EVENTS, RUNS, PROVENANCE = "Events", "Runs", "provenance"
RUN = 1
JET_ID = 6  # tight, and tight with lepton veto
BITS = {"pt": 10, "eta": 12, "phi": 12, "mass": 8, "d0": 8, "dz": 8}
COMPRESSION = uproot.ZSTD(3)
CHUNK = 2500


@dataclass(frozen=True)
class RunRecord:
    """One row of the ``Runs`` tree: what was generated before selection, and its cross section in pb.

    The cross section of the events that are stored and selected is ``cross_section * selected / events``.
    """

    events: int
    sumw: float
    cross_section: float
    cross_section_error: float


def event_columns(
    flow: Flow, kept: Reconstruction, hard: Mapping[str, NDArray[Any]], luminosity_block: int, first: int
) -> Columns:
    """Lay the kept events of a batch out as branches; they are numbered from ``first`` on."""
    number = len(kept.event)
    return {
        "run": np.full(number, RUN, dtype=np.uint32),
        "luminosityBlock": np.full(number, luminosity_block, dtype=np.uint32),
        "event": np.arange(first, first + number, dtype=np.uint64),
        "genWeight": hard["weight"][kept.event].astype(np.float32),
        **{f"Generator_{name}": _narrow(value[kept.event]) for name, value in hard.items()},
        "PuppiMET_pt": truncate(np.hypot(*kept.met.T), 10),
        "PuppiMET_phi": truncate(np.arctan2(kept.met[:, 1], kept.met[:, 0]), 10),
        **_jet_columns(flow, kept),
    }


def _jet_columns(flow: Flow, kept: Reconstruction) -> Columns:
    jets = kept.jets
    number = np.bincount(jets.event, minlength=jets.events)[kept.event]
    rank = np.arange(len(jets.event)) - np.repeat(starts(number), number)
    stored = np.where(rank < 2, np.minimum(jets.size, CANDIDATES_MAX), 0)
    values = {name: getattr(jets, name) for name in ("pt", "eta", "phi", "mass")}
    values["msoftdrop"] = kept.substructure.soft_drop_mass
    values |= {f"tau{i + 1}": tau for i, tau in enumerate(kept.substructure.tau.T)}
    columns: Columns = {name: truncate(value, 12) for name, value in values.items()}
    columns |= {
        "jetId": np.full(len(rank), JET_ID, dtype=np.int32),
        "rawFactor": np.zeros(len(rank), dtype=np.float32),
        "nConstituents": stored.astype(np.uint8),
        "nPFCandsAll": jets.size.astype(np.int32),
    }
    fat_jet = ak.zip({name: ak.unflatten(value, number) for name, value in columns.items()})
    return {"FatJet": fat_jet, **_candidate_columns(flow, kept, stored, rank, number)}


def _candidate_columns(
    flow: Flow, kept: Reconstruction, stored: Index, rank: Index, number: Index
) -> Columns:
    """Collect the hardest candidates of each jet, jet after jet."""
    jets = kept.jets
    owner = owners(jets.size)
    hardness = np.lexsort((-flow.pt[jets.members], owner))
    place = np.arange(len(owner)) - np.repeat(starts(jets.size), jets.size)
    chosen = place < stored[owner]
    members, jet = jets.members[hardness][chosen], owner[chosen]
    size = np.bincount(owners(number), stored, minlength=len(number)).astype(np.int64)
    values = {name: getattr(flow, name)[members] for name in BITS}
    values["pt"] = values["pt"] * jets.factor[jet]
    values["mass"] = values["mass"] * jets.factor[jet]
    columns: Columns = {name: truncate(value, BITS[name]) for name, value in values.items()}
    columns |= {
        "pdgId": flow.pdg_id[members],
        "charge": flow.charge[members],
        "puppiWeight": np.ones(len(members), dtype=np.float32),
    }
    local = np.arange(len(members)) - np.repeat(starts(size), size)
    links = {"jetIdx": rank[jet].astype(np.int32), "pFCandsIdx": local.astype(np.int32)}
    return {
        name: ak.zip({key: ak.unflatten(value, size) for key, value in content.items()})
        for name, content in (("PFCands", columns), ("FatJetPFCands", links))
    }


def _narrow(values: NDArray[Any]) -> NDArray[Any]:
    return values.astype(np.float32) if values.dtype == np.float64 else values


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

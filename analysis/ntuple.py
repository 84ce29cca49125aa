"""Dijets out of flat event files: the cuts, quantities and columns that NanoAOD gets, as far as they apply."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import pairwise
from math import ceil
from typing import Any

import numpy as np
from coffea.analysis_tools import PackedSelection
from numpy.typing import NDArray

from ..datasets.catalogue import Dataset
from ..datasets.column import JETS, TRUTH
from ..datasets.error import FileError
from ..datasets.fold import sample_id
from ..datasets.ntuple import read
from ..datasets.record import Ntuple, Record
from ..datasets.table import FeatureTable
from ..selections.constituent import Constituents
from ..selections.cutflow import cutflow
from ..selections.dijet import invariant_mass
from ..selections.field import CANDIDATES
from ..selections.quality import Quality
from ..selections.quantities import DEFAULT, KINEMATICS, QUANTITIES
from ..selections.quantity import Jets, Quantity
from ..selections.region import DijetSelection
from .correction import Corrections
from .processor import DijetProcessor, Piece, TableProcessor

Array = NDArray[Any]
Mask = NDArray[np.bool_]

ORDER = {"msd": "msoftdrop", "mass": "mass", "pt": "pt"}
HARMLESS = ("year", "hem_fraction")
"""Keys of data quality that ask for nothing by themselves."""


@dataclass(frozen=True)
class Slice:
    """Events [start, stop) of a file of a sample; ``position`` is that of the file in the sample."""

    dataset: Dataset
    file: Ntuple
    position: int
    start: int
    stop: int

    def __len__(self) -> int:
        """Return the number of events."""
        return self.stop - self.start


def slices(dataset: Dataset, file: Ntuple, position: int) -> Iterator[Slice]:
    """Cut a file into slices of about equal length, as long as its layout allows."""
    number = max(ceil(file.entries / file.chunk), 1)
    edges = [file.entries * i // number for i in range(number + 1)]
    for start, stop in pairwise(edges):
        yield Slice(dataset, file, position, start, stop)


def check(file: Ntuple, kind: str, processor: TableProcessor) -> None:
    """Refuse what a file does not offer; ``FileError`` names the file and what to do instead."""
    if not isinstance(processor, DijetProcessor):
        raise FileError(
            f"{file.path}: {file.layout} holds dijets, not single jets; give NanoAOD or PFNano files, or select "
            "dijets without [jets]"
        )
    if kind == "mixed" and not file.labelled:
        raise FileError(
            f"{file.path}: events have no labels; say whether they are data, background or signal"
        )
    selection = processor.selection
    asked = [f.name for f in fields(Quality) if f.name not in HARMLESS and getattr(selection, f.name)]
    if asked:
        raise FileError(f"{file.path}: {', '.join(asked)} cannot be applied to {file.layout}; leave it out")
    if processor.corrections != Corrections():
        raise FileError(
            f"{file.path}: corrections cannot be applied to {file.layout}; leave [corrections] out, and make a variation "
            "when the file is written: `dijethunt mix -c CONFIG --set corrections.variation=jes_up`, or `dijethunt select`"
        )
    if ORDER[selection.order] not in file.fields:
        raise FileError(
            f"{file.path}: {file.layout} has no {selection.order} to order jets by; use order = 'msd'"
        )
    if processor.constituents and not file.constituents:
        raise FileError(f"{file.path}: {file.layout} has no candidates; ask for no constituents")
    for quantity in processor.quantities:
        if quantity not in KINEMATICS and not _is_default(processor) and not _source(quantity, file):
            offered = ", ".join(name for name, q in QUANTITIES.items() if _source(q, file))
            raise FileError(
                f"{file.path}: {file.layout} has nothing to compute the quantity {quantity.name} from; "
                f"ask for some of those that it offers: {offered}"
            )


def process(processor: DijetProcessor, piece: Slice) -> Piece:
    """Select the events of a slice and compute the quantities of their jets."""
    candidates = processor.constituents or any(
        CANDIDATES in _fields(q, piece.file) for q in processor.quantities
    )
    record = read(piece.file, piece.position, piece.start, piece.stop, candidates)
    record = record.ordered(np.asarray(record.jets[ORDER[processor.selection.order]]))
    mjj, deta = _dijet(record)
    cuts = _cuts(record, processor.selection, piece.dataset.kind, mjj, deta)
    rows = np.flatnonzero(cuts.all(*cuts.names))
    weight = np.ones(len(piece)) if piece.dataset.kind == "data" else record.weight
    columns = _event_columns(record, piece.dataset, weight) | {"mjj": mjj, "deta": deta}
    columns = {name: values[rows] for name, values in columns.items()}
    return Piece(
        FeatureTable(columns | _jet_columns(record, rows, processor, piece.file)), cutflow(cuts, weight)
    )


def _dijet(record: Record) -> tuple[Array, Array]:
    """Return m_jj in GeV and the distance of the jets in eta, those that the file states if it does."""
    jets = record.jets
    mjj, deta = record.mjj, record.deta
    if mjj is None:
        mjj = invariant_mass(*(jets[name] for name in ("pt", "eta", "phi", "mass")))
    return mjj, np.abs(jets["eta"][:, 0] - jets["eta"][:, 1]) if deta is None else deta


def _cuts(record: Record, selection: DijetSelection, kind: str, mjj: Array, deta: Array) -> PackedSelection:
    cuts = PackedSelection()
    if record.label is not None and kind in {"background", "signal"}:
        cuts.add("label", (record.label > 0) == (kind == "signal"))
    cuts.add("two_jets", record.found)
    cuts.add("pt", (record.jets["pt"] > selection.pt_min).all(axis=1))
    cuts.add("eta", (np.abs(record.jets["eta"]) < selection.eta_max).all(axis=1))
    if selection.leading_pt_min is not None:
        cuts.add("leading_pt", record.jets["pt"].max(axis=1) > selection.leading_pt_min)
    cuts.add("deta", _between(deta, selection.deta_min, selection.deta_max))
    cuts.add("mjj", _between(mjj, selection.mjj_min, selection.mjj_max))
    return cuts


def _between(values: Array, low: float | None, high: float | None) -> Mask:
    return np.asarray(
        (values >= (-np.inf if low is None else low)) & (values < (np.inf if high is None else high)), bool
    )


def _event_columns(record: Record, dataset: Dataset, weight: Array) -> dict[str, Array]:
    named = np.full(len(weight), sample_id(dataset.name), dtype=np.uint64)
    columns = {"sample": named, **record.identity, "weight": weight}
    if dataset.kind != "data":
        signal = np.full(len(weight), dataset.kind == "signal") if record.label is None else record.label > 0
        columns[TRUTH] = signal.astype(np.int8)
    return columns


def _jet_columns(record: Record, rows: Array, processor: DijetProcessor, file: Ntuple) -> dict[str, Array]:
    jets: dict[str, Any] = {name: values[rows] for name, values in record.jets.items()}
    if record.constituents is not None:
        jets[CANDIDATES] = _constituents(record.constituents[rows])
    values = {q.name: _value(q, record, rows, jets) for q in processor.quantities if _source(q, file)}
    if processor.constituents and record.constituents is not None:
        values["constituents"] = record.constituents[rows]
    return {f"{jet}_{name}": v[:, i] for i, jet in enumerate(JETS) for name, v in values.items()}


def _value(quantity: Quantity, record: Record, rows: Array, jets: Jets) -> Array:
    if quantity.name in record.quantities:
        return record.quantities[quantity.name][rows]
    return quantity(jets)


def _is_default(processor: DijetProcessor) -> bool:
    """Tell whether nothing was asked for, so that what a file offers will do."""
    return {q.name for q in processor.quantities} == {q.name for q in KINEMATICS} | set(DEFAULT)


def _source(quantity: Quantity, file: Ntuple) -> bool:
    """Tell whether a quantity is there, or can be computed from the fields of a file."""
    return quantity.name in file.quantities or bool(_fields(quantity, file))


def _fields(quantity: Quantity, file: Ntuple) -> tuple[str, ...]:
    """Return the best fields of a file to compute a quantity from; none if it is there or cannot be computed."""
    there = file.fields | ({CANDIDATES} if file.constituents else set())
    if quantity.name in file.quantities:
        return ()
    return next((names for names in quantity.fields if set(names) <= there), ())


def _constituents(momentum: Array) -> Constituents:
    """Lay candidates (n, 2, 100, 3), taken as massless, out flat."""
    there = momentum.any(axis=-1)
    px, py, pz = momentum[there].astype(np.float64).T
    energy, pt = np.sqrt(px**2 + py**2 + pz**2), np.hypot(px, py)
    flat = np.stack([energy, px, py, pz], axis=-1)
    return Constituents(there.sum(axis=-1), flat, pt, np.arcsinh(pz / pt), np.arctan2(py, px))

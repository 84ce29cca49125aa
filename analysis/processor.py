"""The coffea processor that turns NanoEvents into the columns of a feature table and a cutflow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from coffea.processor import ProcessorABC
from numpy.typing import NDArray

from ..datasets.candidate import NAMINGS, need
from ..datasets.column import JETS, TRUTH
from ..datasets.fold import sample_id
from ..datasets.nanoaod import GENERATOR_WEIGHT, IDENTITY_BRANCHES, NanoFile, Need, available
from ..datasets.table import FeatureTable, concatenate
from ..selections.constituent import hardest
from ..selections.cutflow import Cutflow, cutflow
from ..selections.dijet import Dijet
from ..selections.field import CANDIDATES, field
from ..selections.quantities import DEFAULT, KINEMATICS, find, offered
from ..selections.quantity import Quantity
from ..selections.region import DijetSelection
from .correction import Corrections
from .corrector import corrected

Array = NDArray[Any]
Chunk = tuple[str, str, int]
"""What identifies a piece of the input: name of the sample, file, first event."""


@dataclass(frozen=True)
class Piece:
    """What is left of one chunk of events: the selected ones, and how the cuts went."""

    table: FeatureTable
    cutflow: Cutflow


class DijetProcessor(ProcessorABC):
    """Select dijet events and compute the quantities of their jets.

    ``selection`` holds the cuts, ``quantities`` names (or own ``Quantity`` objects) to compute for j1 and j2
    beside pt, eta, phi and mass; ``constituents`` adds the candidates, (n, 100, 3) for each jet. ``corrections``
    are made to the jets before anything else.

    It keeps no state and runs with every coffea executor. The output maps each chunk to its ``Piece``, so that
    the result does not depend on the order in which workers finish; ``join`` makes one table of it. The name of
    the data set becomes the sample; ``kind`` in its metadata is data, background or signal (without it, events
    with a generator weight are background).
    """

    def __init__(
        self,
        selection: DijetSelection | None = None,
        quantities: Iterable[str | Quantity] = DEFAULT,
        constituents: bool = False,
        corrections: Corrections | None = None,
    ) -> None:
        self.selection = selection or DijetSelection()
        named = [find(q) if isinstance(q, str) else q for q in quantities]
        self.quantities = tuple({q.name: q for q in (*KINEMATICS, *named)}.values())
        self.constituents = constituents
        self.corrections = corrections or Corrections()

    def process(self, events: Any) -> dict[Chunk, Piece]:
        """Process one chunk of NanoEvents."""
        meta = events.metadata
        branches = available(events)
        kind = meta.get("kind", "background" if GENERATOR_WEIGHT in branches else "data")
        weight = _weight(events, kind)
        events = corrected(events, self.corrections, kind, meta["dataset"])
        cuts, pair = self.selection.apply(events, kind, meta["dataset"])
        pair = pair.where(cuts.all(*cuts.names)[pair.event])
        columns = _event_columns(events, pair, meta["dataset"], kind, weight) | self._jet_columns(
            events, pair
        )
        chunk = (meta["dataset"], meta["filename"], int(meta["entrystart"]))
        return {chunk: Piece(FeatureTable(columns), cutflow(cuts, weight))}

    def postprocess(self, accumulator: dict[Chunk, Piece]) -> dict[Chunk, Piece]:
        """Leave the merged output as it is."""
        return accumulator

    def needs(self, file: NanoFile, kind: str) -> tuple[Need, ...]:
        """State what must be in a file of a kind; remedies name the quantities that the file does offer."""
        instead = f"ask for some of the quantities that this file offers: {', '.join(offered(file.branches))}"
        needs = [
            Need("the identity of events", (frozenset(IDENTITY_BRANCHES),), "give complete NanoAOD files")
        ]
        if kind != "data":
            remedy = "say kind = 'data' if these are recorded events, else give files with generator weights"
            needs.append(Need("the weight of simulated events", (frozenset([GENERATOR_WEIGHT]),), remedy))
        needs += [*self.selection.needs(file.branches), *self.corrections.needs(kind)]
        needs += [Need(f"the quantity {q.name}", q.branches(), instead) for q in self.quantities]
        return (*needs, need("reading constituents")) if self.constituents else tuple(needs)

    def branches(self) -> frozenset[str]:
        """Return every branch that may be read."""
        names = {*IDENTITY_BRANCHES, GENERATOR_WEIGHT}
        names.update(self.selection.branches(), self.corrections.branches())
        names.update(*(b for q in self.quantities for b in q.branches()))
        if self.constituents:
            names.update(*(n.branches for n in NAMINGS))
        return frozenset(names)

    def reads_candidates(self, branches: frozenset[str]) -> bool:
        """Tell whether the momenta of candidates are read from a file with these branches."""
        return CANDIDATES in self._fields(branches)

    def _fields(self, branches: frozenset[str]) -> tuple[str, ...]:
        """Return the fields to read, each once."""
        fields = {name for q in self.quantities for name in q.source(branches) or ()}
        return tuple(sorted(fields | {CANDIDATES} if self.constituents else fields))

    def _jet_columns(self, events: Any, pair: Dijet) -> dict[str, Array]:
        branches = available(events)
        jets: dict[str, Any] = {n: field(n).read(events, pair.jets) for n in self._fields(branches)}
        values = {q.name: q({name: jets[name] for name in q.source(branches) or ()}) for q in self.quantities}
        if self.constituents:
            values["constituents"] = hardest(jets[CANDIDATES])
        return {f"{jet}_{name}": v[:, i] for i, jet in enumerate(JETS) for name, v in values.items()}


def join(output: dict[Chunk, Piece]) -> tuple[FeatureTable, Cutflow]:
    """Make one table and one cutflow of a processor's output, in the order of samples, files and events."""
    pieces = [output[chunk] for chunk in sorted(output)]
    total = pieces[0].cutflow
    for piece in pieces[1:]:
        total = total + piece.cutflow
    return concatenate([piece.table for piece in pieces]), total


def _weight(events: Any, kind: str) -> NDArray[np.float64]:
    if kind == "data":
        return np.ones(len(events))
    return np.asarray(events[GENERATOR_WEIGHT], dtype=np.float64)


def _event_columns(
    events: Any, pair: Dijet, sample: str, kind: str, weight: NDArray[np.float64]
) -> dict[str, Array]:
    rows = pair.event
    columns: dict[str, Array] = {
        "sample": np.full(len(rows), sample_id(sample), dtype=np.uint64),
        "run": np.asarray(events.run).astype(np.uint32)[rows],
        "lumi": np.asarray(events.luminosityBlock).astype(np.uint32)[rows],
        "event": np.asarray(events.event).astype(np.uint64)[rows],
        "weight": weight[rows],
    }
    if kind != "data":
        columns[TRUTH] = np.full(len(rows), kind == "signal", dtype=np.int8)
    return columns | {"mjj": pair.mjj, "deta": pair.deta}

"""The coffea processor that turns NanoEvents into the columns of a feature table and a cutflow."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from coffea.processor import ProcessorABC
from numpy.typing import NDArray

from ..datasets.candidate import NAMINGS, need
from ..datasets.column import JETS, TRUTH
from ..datasets.fold import IDENTITY, sample_id
from ..datasets.jagged import Index
from ..datasets.nanoaod import GENERATOR_WEIGHT, IDENTITY_BRANCHES, NanoFile, Need, available
from ..datasets.table import FeatureTable, concatenate
from ..selections.constituent import hardest
from ..selections.cutflow import Cutflow, cutflow
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


class Cuts(Protocol):
    """What a processor asks of its selection."""

    def identity(self) -> dict[str, Any]:
        """Return the cuts as plain data."""

    def needs(self, stored: frozenset[str] = frozenset()) -> tuple[Need, ...]:
        """State the branches that the cuts need."""

    def branches(self) -> frozenset[str]:
        """Return every branch that the cuts may read."""


class TableProcessor(ProcessorABC):
    """Make a feature table: rows that a selection keeps, with the quantities of their jets.

    ``selection`` holds the cuts, ``quantities`` names (or own ``Quantity`` objects) to compute for each jet beside pt,
    eta, phi and mass; ``constituents`` adds the candidates, (n, 100, 3) for each jet. ``corrections`` are made to the
    jets before anything else.

    It keeps no state and runs with every coffea executor. The output maps each chunk to its ``Piece``, so that
    the result does not depend on the order in which workers finish; ``join`` makes one table of it. The name of
    the data set becomes the sample; ``kind`` in its metadata is data, background or signal (without it, events
    with a generator weight are background).
    """

    rows: ClassVar[str]
    """What a row of the table and an entry of the cutflow stand for."""
    identity: ClassVar[tuple[str, ...]]
    """The columns that together occur once."""

    selection: Cuts

    def __init__(
        self,
        selection: Cuts,
        quantities: Iterable[str | Quantity] = DEFAULT,
        constituents: bool = False,
        corrections: Corrections | None = None,
    ) -> None:
        self.selection = selection
        named = [find(q) if isinstance(q, str) else q for q in quantities]
        self.quantities = tuple({q.name: q for q in (*KINEMATICS, *named)}.values())
        self.constituents = constituents
        self.corrections = corrections or Corrections()

    def process(self, events: Any) -> dict[Chunk, Piece]:
        """Process one chunk of NanoEvents."""
        meta = events.metadata
        kind = meta.get("kind", "background" if GENERATOR_WEIGHT in available(events) else "data")
        weight = _weight(events, kind)
        events = corrected(events, self.corrections, kind, meta["dataset"])
        chunk = (meta["dataset"], meta["filename"], int(meta["entrystart"]))
        return {chunk: self.select(events, kind, meta["dataset"], weight)}

    @abstractmethod
    def select(self, events: Any, kind: str, sample: str, weight: NDArray[np.float64]) -> Piece:
        """Select from NanoEvents whose jets are corrected; ``weight`` (n_events,) are those of the events."""

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

    def values(self, events: Any, jets: Index) -> dict[str, Array]:
        """Compute the quantities (m, k, ...) by name of jets (m, k), given by flat positions."""
        branches = available(events)
        read: dict[str, Any] = {n: field(n).read(events, jets) for n in self._fields(branches)}
        values = {q.name: q({name: read[name] for name in q.source(branches) or ()}) for q in self.quantities}
        if self.constituents:
            values["constituents"] = hardest(read[CANDIDATES])
        return values


class DijetProcessor(TableProcessor):
    """Select dijet events: one row per event, with the quantities of j1 and j2.

    The arguments are those of ``TableProcessor``; without a ``selection`` it is the default one.
    """

    rows = "events"
    identity = IDENTITY
    selection: DijetSelection

    def __init__(
        self,
        selection: DijetSelection | None = None,
        quantities: Iterable[str | Quantity] = DEFAULT,
        constituents: bool = False,
        corrections: Corrections | None = None,
    ) -> None:
        super().__init__(selection or DijetSelection(), quantities, constituents, corrections)

    def select(self, events: Any, kind: str, sample: str, weight: NDArray[np.float64]) -> Piece:
        """Select dijets; see ``TableProcessor.select``."""
        cuts, pair = self.selection.apply(events, kind, sample)
        pair = pair.where(cuts.all(*cuts.names)[pair.event])
        columns = event_columns(events, pair.event, kind, sample, weight)
        columns |= {"mjj": pair.mjj, "deta": pair.deta}
        values = self.values(events, pair.jets)
        columns |= {f"{jet}_{name}": v[:, i] for i, jet in enumerate(JETS) for name, v in values.items()}
        return Piece(FeatureTable(columns), cutflow(cuts, weight))


def join(output: dict[Chunk, Piece]) -> tuple[FeatureTable, Cutflow]:
    """Make one table and one cutflow of a processor's output, in the order of samples, files and events."""
    pieces = [output[chunk] for chunk in sorted(output)]
    total = pieces[0].cutflow
    for piece in pieces[1:]:
        total = total + piece.cutflow
    return concatenate([piece.table for piece in pieces]), total


def event_columns(
    events: Any, rows: Index, kind: str, sample: str, weight: NDArray[np.float64]
) -> dict[str, Array]:
    """Return identity, weight and, of simulation, truth of the events at positions ``rows`` (m,), by column."""
    columns: dict[str, Array] = {
        "sample": np.full(len(rows), sample_id(sample), dtype=np.uint64),
        "run": np.asarray(events.run).astype(np.uint32)[rows],
        "lumi": np.asarray(events.luminosityBlock).astype(np.uint32)[rows],
        "event": np.asarray(events.event).astype(np.uint64)[rows],
        "weight": weight[rows],
    }
    if kind != "data":
        columns[TRUTH] = np.full(len(rows), kind == "signal", dtype=np.int8)
    return columns


def _weight(events: Any, kind: str) -> NDArray[np.float64]:
    if kind == "data":
        return np.ones(len(events))
    return np.asarray(events[GENERATOR_WEIGHT], dtype=np.float64)

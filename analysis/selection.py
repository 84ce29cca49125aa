"""The selection stage: files in, a feature table and cutflows out, through coffea's ``Runner``.

Pieces are handed on as they are made, a few chunks of events at a time, so that memory does not grow with the
input; their order is that of the input, whatever the number of processes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise
from math import ceil
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from coffea.processor import FuturesExecutor, IterativeExecutor, Runner
from coffea.processor.executor import WorkItem
from coffea.util import coffea_console

from ..datasets.atomic import write_json
from ..datasets.catalogue import Dataset, match
from ..datasets.error import DataError, FileError
from ..datasets.fold import IDENTITY
from ..datasets.identity import Identity, join, refuse_duplicates
from ..datasets.nanoaod import (
    GENERATOR_WEIGHT,
    TREE,
    Generated,
    NanoFile,
    PlainSchema,
    check,
    inspect,
    reading,
)
from ..datasets.provenance import provenance
from ..datasets.store import write
from ..datasets.table import FeatureTable, concatenate
from ..selections.cutflow import Cutflow
from ..selections.error import SelectionError
from .processor import Chunk, DijetProcessor, Piece

CHUNK = 100_000
CHUNK_WITH_CONSTITUENTS = 10_000
CHUNKS_IN_FLIGHT = 4
"""Chunks per process that are worked on before their results are handed on."""

Inputs = Iterable[Dataset] | Iterable[Path | str]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Source:
    """A sample with what was found in its files."""

    dataset: Dataset
    files: tuple[NanoFile, ...]

    @property
    def generated(self) -> Generated | None:
        """The generator record of all files together; None when any of them has none."""
        records = [file.generated for file in self.files]
        total = records[0]
        for record in records[1:]:
            total = total + record if total and record else None
        return total

    def items(self, size: int) -> list[WorkItem]:
        """Cut the files into chunks of at most ``size`` events of about equal length."""
        return [item for file in self.files for item in _chunks(self.dataset, file, size)]


@dataclass(frozen=True)
class SampleFlow:
    """How the cuts went for one sample, with what is needed to turn counts into cross sections."""

    source: Source
    cutflow: Cutflow

    @property
    def acceptance(self) -> float | None:
        """Sum of weights selected over sum of weights generated; None without a generator record."""
        generated = self.source.generated
        return self.cutflow.sumw[-1] / generated.sumw if generated and generated.sumw else None

    def record(self) -> dict[str, Any]:
        """Return plain data, as stored in JSON (cross sections in pb, luminosity in fb-1)."""
        dataset, generated = self.source.dataset, self.source.generated
        return {
            "kind": dataset.kind,
            "label": dataset.label,
            "cross_section": dataset.cross_section,
            "luminosity": dataset.luminosity,
            "generated": asdict(generated) if generated else None,
            "acceptance": self.acceptance,
            "cuts": self.cutflow.rows(),
        }


def select(
    inputs: Inputs, processor: DijetProcessor | None = None, jobs: int = 1, progress: Progress | None = None
) -> tuple[FeatureTable, dict[str, SampleFlow]]:
    """Select events and keep them in memory.

    ``inputs`` are data sets of a catalogue, or paths and globs that together make one sample; ``processor`` says
    what to select and to compute; ``jobs`` is the number of processes; ``progress`` is called with the events
    done and their total. Returns the table and, by name of sample, its cutflow. ``FileError`` names a file that
    cannot be used and the way out, ``DuplicateError`` events that occur twice.
    """
    processor = processor or DijetProcessor()
    sources = look(inputs, processor)
    cutflows: dict[str, Cutflow] = {}
    tables = list(_tables(sources, processor, jobs, progress, cutflows))
    return concatenate(tables), _flows(sources, cutflows)


def write_selection(
    path: Path | str,
    inputs: Inputs,
    processor: DijetProcessor | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> dict[str, SampleFlow]:
    """Select events into a parquet table, with the cutflows beside it in ``<name>.cutflow.json``.

    Arguments, errors and the returned cutflows are those of ``select``; the events are never in memory together.
    Neither file appears before all events are read.
    """
    processor = processor or DijetProcessor()
    sources = look(inputs, processor)
    cutflows: dict[str, Cutflow] = {}
    record = provenance(configuration(processor), seeds={}, inputs=_identities(sources))
    write(path, _tables(sources, processor, jobs, progress, cutflows), record)
    flows = _flows(sources, cutflows)
    write_json(cutflow_path(path), {name: flow.record() for name, flow in flows.items()})
    return flows


def cutflow_path(table: Path | str) -> Path:
    """Return where the cutflows of a table are kept."""
    return Path(table).with_suffix(".cutflow.json")


def configuration(processor: DijetProcessor) -> dict[str, Any]:
    """Describe cuts and quantities as plain data, for hashes and records."""
    return {
        "selection": asdict(processor.selection),
        "quantities": [quantity.name for quantity in processor.quantities],
        "constituents": processor.constituents,
    }


def look(inputs: Inputs, processor: DijetProcessor) -> tuple[Source, ...]:
    """Look into all files and check that they hold what the processor needs, before reading any event."""
    given = list(inputs)
    datasets = [item for item in given if isinstance(item, Dataset)]
    if len(datasets) != len(given):
        datasets = [dataset_of([str(item) for item in given])]
    if not datasets:
        raise SelectionError("nothing to select from; give files or samples of a catalogue")
    if len({dataset.name for dataset in datasets}) < len(datasets):
        raise SelectionError(f"samples share a name: {sorted(d.name for d in datasets)}; rename one")
    if len({dataset.kind == "data" for dataset in datasets}) > 1:
        raise SelectionError("data and simulation cannot share a table; select them one after the other")
    sources = tuple(Source(d, tuple(inspect(file) for file in d.files)) for d in datasets)
    for source in sources:
        for file in source.files:
            check(file, processor.needs(file, source.dataset.kind))
    return sources


def dataset_of(patterns: Iterable[str], name: str | None = None, kind: str | None = None) -> Dataset:
    """Make one sample of paths and globs.

    Without a ``name`` it is called like its first file; without a ``kind``, files with generator weights are
    background and others data. ``SelectionError`` when the files disagree.
    """
    files = match(patterns)
    if kind is None:
        simulated = {GENERATOR_WEIGHT in inspect(file).branches for file in files}
        if len(simulated) > 1:
            raise SelectionError(
                "some files have generator weights and some not; select data and simulation apart"
            )
        kind = "background" if simulated == {True} else "data"
    return Dataset(name or Path(files[0]).stem, files, kind)


def stream(
    sources: Iterable[Source], processor: DijetProcessor, jobs: int = 1, progress: Progress | None = None
) -> Iterator[tuple[str, Piece]]:
    """Run the processor over all events and yield the name of the sample and the piece of each chunk, in order."""
    size = CHUNK_WITH_CONSTITUENTS if processor.constituents else CHUNK
    items = [item for source in sources for item in source.items(size)]
    options = reading(processor.branches())
    done, total = 0, sum(len(item) for item in items)
    with _runner(min(jobs, len(items))) as run:
        for start in range(0, len(items), CHUNKS_IN_FLIGHT * jobs):
            batch = items[start : start + CHUNKS_IN_FLIGHT * jobs]
            with _quiet(), _alive():
                output = run(batch, partial(_attempt, processor), iteritems_options=options)
            for item in batch:
                yield item.dataset, _succeeded(output[item.dataset, item.filename, item.entrystart])
                done += len(item)
                if progress:
                    progress(done, total)


@dataclass(frozen=True)
class Failure:
    """Why a chunk could not be processed; comes back as a value so that no process pool prints a traceback."""

    message: str


def _attempt(processor: DijetProcessor, events: Any) -> dict[Chunk, Piece | Failure]:
    meta = events.metadata
    try:
        return dict(processor.process(events))
    except DataError as error:
        message = str(error)
    except Exception as error:  # noqa: BLE001 - whatever it was, the file must be named
        kind = type(error).__name__
        span = f"events {meta['entrystart']} to {meta['entrystop']}"
        message = f"{meta['filename']}, {span}: {kind}: {error}; copy or make the file again"
    return {(meta["dataset"], meta["filename"], int(meta["entrystart"])): Failure(message)}


def _succeeded(piece: Piece | Failure) -> Piece:
    if isinstance(piece, Failure):
        raise FileError(piece.message)
    return piece


@contextmanager
def _runner(jobs: int) -> Iterator[Runner]:
    if jobs <= 1:
        yield Runner(IterativeExecutor(status=False, retries=0), schema=PlainSchema)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        executor = FuturesExecutor(pool=pool, workers=jobs, status=False, retries=0)
        yield Runner(executor, schema=PlainSchema)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep coffea's progress bars, which would start anew with every batch, from the screen."""
    before, coffea_console.quiet = coffea_console.quiet, True
    try:
        yield
    finally:
        coffea_console.quiet = before


@contextmanager
def _alive() -> Iterator[None]:
    try:
        yield
    except BrokenExecutor as error:
        raise SelectionError(
            "a selecting process ended unexpectedly, perhaps for lack of memory; select with fewer jobs"
        ) from error


def _tables(
    sources: tuple[Source, ...],
    processor: DijetProcessor,
    jobs: int,
    progress: Progress | None,
    cutflows: dict[str, Cutflow],
) -> Iterator[FeatureTable]:
    """Yield tables, add up their cutflows by sample, and refuse duplicates at the end."""
    seen: list[Identity] = []
    for name, piece in stream(sources, processor, jobs, progress):
        cutflows[name] = cutflows[name] + piece.cutflow if name in cutflows else piece.cutflow
        seen.append(tuple(piece.table[column] for column in IDENTITY))
        yield piece.table
    refuse_duplicates(join(seen), " and ".join(cutflows))


def _flows(sources: tuple[Source, ...], cutflows: dict[str, Cutflow]) -> dict[str, SampleFlow]:
    return {s.dataset.name: SampleFlow(s, cutflows[s.dataset.name]) for s in sources}


def _identities(sources: tuple[Source, ...]) -> dict[str, Any]:
    """Identify inputs by name, number of events and size: no path and no time, so that equal runs agree."""
    return {
        source.dataset.name: [[Path(file.path).name, file.entries, file.size] for file in source.files]
        for source in sources
    }


def _chunks(dataset: Dataset, file: NanoFile, size: int) -> Iterator[WorkItem]:
    number = max(ceil(file.entries / size), 1)
    edges = [file.entries * i // number for i in range(number + 1)]
    for start, stop in pairwise(edges):
        yield WorkItem(dataset.name, file.path, TREE, start, stop, file.uuid, {"kind": dataset.kind})

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
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from coffea.processor import FuturesExecutor, IterativeExecutor, Runner
from coffea.util import coffea_console

from ..datasets.atomic import write_json
from ..datasets.error import DataError, FileError
from ..datasets.fold import IDENTITY
from ..datasets.identity import Identity, join, refuse_duplicates
from ..datasets.nanoaod import PlainSchema, reading
from ..datasets.provenance import provenance
from ..datasets.store import write
from ..datasets.table import FeatureTable, concatenate
from ..selections.cutflow import Cutflow
from ..selections.error import SelectionError
from .processor import Chunk, DijetProcessor, Piece
from .source import Inputs, Source, look

CHUNK = 100_000
CHUNK_WITH_CONSTITUENTS = 10_000
CHUNKS_IN_FLIGHT = 4
"""Chunks per process that are worked on before their results are handed on."""

Progress = Callable[[int, int], None]


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

    ``inputs`` are samples of a catalogue, and paths and globs that together make one more; ``processor`` says
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
    Neither file appears before all events are read; the table comes last.
    """
    processor = processor or DijetProcessor()
    sources = look(inputs, processor)
    flows: dict[str, SampleFlow] = {}

    def tables() -> Iterator[FeatureTable]:
        cutflows: dict[str, Cutflow] = {}
        yield from _tables(sources, processor, jobs, progress, cutflows)
        flows.update(_flows(sources, cutflows))
        write_json(cutflow_path(path), {name: flow.record() for name, flow in flows.items()})

    write(path, tables(), provenance(configuration(processor), seeds={}, inputs=_identities(sources)))
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
        reason = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        span = f"events {meta['entrystart']} to {meta['entrystop']}"
        message = f"{meta['filename']}, {span}: {reason}; the file is damaged or a quantity at fault"
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

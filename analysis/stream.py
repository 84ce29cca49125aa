"""Events through the selection, a few chunks at a time, in one process or several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Any

from coffea.processor import FuturesExecutor, IterativeExecutor, Runner
from coffea.util import coffea_console

from ..datasets.error import DataError, FileError
from ..datasets.nanoaod import NanoFile, PlainSchema, reading
from ..selections.error import SelectionError
from ..selections.quantities import QUANTITIES
from . import ntuple
from .ntuple import Slice
from .processor import Chunk, DijetProcessor, Piece, TableProcessor
from .source import Source, Work

CHUNK = 100_000
CHUNK_WITH_CONSTITUENTS = 10_000
CHUNKS_IN_FLIGHT = 4
"""Chunks per process that are worked on before their results are handed on."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Failure:
    """Why a chunk could not be processed; comes back as a value so that no process pool prints a traceback."""

    message: str


def stream(
    sources: Iterable[Source], processor: TableProcessor, jobs: int = 1, progress: Progress | None = None
) -> Iterator[tuple[str, Piece]]:
    """Select from all events and yield the name of the sample and the piece of each chunk, in order."""
    items = [item for source in sources for item in source.items(_size(source, processor))]
    done, total = 0, sum(len(item) for item in items)
    with _workers(min(jobs, len(items)), processor) as work:
        for start in range(0, len(items), CHUNKS_IN_FLIGHT * jobs):
            batch = items[start : start + CHUNKS_IN_FLIGHT * jobs]
            with _quiet(), _alive():
                output = work(batch)
            for item in batch:
                yield _chunk(item)[0], _succeeded(output[_chunk(item)])
                done += len(item)
                if progress:
                    progress(done, total)


def _size(source: Source, processor: TableProcessor) -> int:
    """Return the number of events to process at once: fewer where candidates are read."""
    branches = [file.branches for file in source.files if isinstance(file, NanoFile)]
    return CHUNK_WITH_CONSTITUENTS if any(map(processor.reads_candidates, branches)) else CHUNK


def _chunk(item: Work) -> Chunk:
    if isinstance(item, Slice):
        return item.dataset.name, item.file.path, item.start
    return item.dataset, item.filename, item.entrystart


@contextmanager
def _workers(
    jobs: int, processor: TableProcessor
) -> Iterator[Callable[[list[Work]], dict[Chunk, Piece | Failure]]]:
    """Yield what works on a list of chunks: NanoAOD through coffea, flat files directly, in the same processes."""
    if jobs <= 1:
        runner = Runner(IterativeExecutor(status=False, retries=0), schema=PlainSchema)
        yield partial(_work, processor, runner, map)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        executor = FuturesExecutor(pool=pool, workers=jobs, status=False, retries=0)
        yield partial(_work, processor, Runner(executor, schema=PlainSchema), pool.map)


def _work(
    processor: TableProcessor, runner: Any, each: Any, batch: list[Work]
) -> dict[Chunk, Piece | Failure]:
    flat = [item for item in batch if isinstance(item, Slice)]
    output = dict(zip(map(_chunk, flat), _flat(processor, each)(flat), strict=True))
    trees = [item for item in batch if not isinstance(item, Slice)]
    if trees:
        options = reading(processor.branches())
        output |= runner(trees, partial(_attempt, processor), iteritems_options=options)
    return output


def _flat(processor: DijetProcessor, each: Any) -> Callable[[list[Slice]], Iterator[Piece | Failure]]:
    """Return what works on slices; quantities go to other processes by name, so that those of a user stay here."""
    if each is map or any(QUANTITIES.get(q.name) is not q for q in processor.quantities):
        return partial(map, partial(_attempt_slice, processor))
    names = [quantity.name for quantity in processor.quantities]
    made = partial(DijetProcessor, processor.selection, names, processor.constituents)
    return partial(each, partial(_attempt_elsewhere, made))


def _attempt(processor: TableProcessor, events: Any) -> dict[Chunk, Piece | Failure]:
    meta = events.metadata
    chunk = (meta["dataset"], meta["filename"], int(meta["entrystart"]))
    span = f"events {meta['entrystart']} to {meta['entrystop']}"
    try:
        return dict(processor.process(events))
    except DataError as error:
        return {chunk: Failure(str(error))}
    except Exception as error:  # noqa: BLE001 - whatever it was, the file must be named
        return {chunk: Failure(_reason(meta["filename"], span, error))}


def _attempt_slice(processor: DijetProcessor, piece: Slice) -> Piece | Failure:
    try:
        return ntuple.process(processor, piece)
    except DataError as error:
        return Failure(str(error))
    except Exception as error:  # noqa: BLE001 - whatever it was, the file must be named
        return Failure(_reason(piece.file.path, f"events {piece.start} to {piece.stop}", error))


def _attempt_elsewhere(make: Callable[[], DijetProcessor], piece: Slice) -> Piece | Failure:
    return _attempt_slice(make(), piece)


def _reason(path: str, span: str, error: Exception) -> str:
    reason = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
    return f"{path}, {span}: {reason}; the file is damaged or a quantity at fault"


def _succeeded(piece: Piece | Failure) -> Piece:
    if isinstance(piece, Failure):
        raise FileError(piece.message)
    return piece


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

"""Work on several processes: progress while it goes on, results as they come, and no worker left behind."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import active_children, connection, get_context, parent_process
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from .error import DataError

POLL_SECONDS = 0.5
WAITING = -1


class PoolError(DataError):
    """Work that could not be done; the message names the piece of work."""


class Piece(Protocol):
    """A piece of work: picklable, with a title for messages and the number of events that it makes."""

    @property
    def title(self) -> str:
        """What the piece is called in messages."""

    @property
    def size(self) -> int:
        """The number of events."""


P = TypeVar("P", bound=Piece)
R = TypeVar("R")
Done = NDArray[np.int64]
Note = Callable[[int], None]
Work = Callable[[P, Note], R]


def work_through(
    work: Work[P, R],
    pieces: Sequence[P],
    jobs: int,
    table: Path,
    progress: Callable[[Done], None],
    finished: Callable[[P, R], None],
) -> None:
    """Do pieces of work on ``jobs`` processes, in this one when there is only one job or one piece.

    ``work`` is a function of a module; it gets a piece and the function that notes how many of its events are done.
    ``progress`` is called with the events done of every piece (n,), ``WAITING`` for one not begun; ``finished`` with
    each piece and its result, in this process, in any order. ``table`` is a file that the processes share meanwhile.
    The first failure ends everything at once: ``PoolError`` names the piece.
    """
    done = np.full(len(pieces), WAITING, dtype=np.int64)
    if min(jobs, len(pieces)) > 1:
        _in_parallel(work, pieces, min(jobs, len(pieces)), table, progress, finished)
        return
    for i, piece in enumerate(pieces):
        result = _here(work, piece, _noting(done, i, progress))
        done[i] = piece.size
        finished(piece, result)


def _noting(done: Done, i: int, progress: Callable[[Done], None]) -> Note:
    def note(events: int) -> None:
        done[i] = events
        progress(done)

    return note


def _here(work: Work[P, R], piece: P, note: Note) -> R:
    try:
        return work(piece, note)
    except Exception as error:
        _blame(piece, error)
        raise


def _blame(piece: Piece, error: BaseException) -> None:
    """Name the piece in an error: one of ours becomes a ``PoolError``, any other gets a note."""
    if isinstance(error, DataError):
        raise PoolError(f"{piece.title}: {error}") from error
    error.add_note(f"while working on {piece.title}")


def _in_parallel(
    work: Work[P, R],
    pieces: Sequence[P],
    jobs: int,
    table: Path,
    progress: Callable[[Done], None],
    finished: Callable[[P, R], None],
) -> None:
    done: Done = np.memmap(table, dtype=np.int64, mode="w+", shape=(len(pieces),))
    done[:] = WAITING
    others = set(active_children())
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_prepare)
    ready: SimpleQueue[Future[R]] = SimpleQueue()
    try:
        futures: dict[Future[R], int] = {}
        for i, piece in enumerate(pieces):
            future = pool.submit(_there, work, piece, i, len(pieces), table)
            futures[future] = i
            future.add_done_callback(ready.put)
        _collect(ready, futures, pieces, done, progress, finished)
    except BaseException:
        _stop(others)
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        with suppress(OSError):
            table.unlink()


def _collect(
    ready: SimpleQueue[Future[R]],
    futures: dict[Future[R], int],
    pieces: Sequence[P],
    done: Done,
    progress: Callable[[Done], None],
    finished: Callable[[P, R], None],
) -> None:
    left = len(pieces)
    while left:
        batch = _batch(ready)
        for future in sorted(batch, key=_failed):  # what succeeded is not lost to what failed beside it
            piece = pieces[futures[future]]
            result = _result(future, futures, pieces, done)
            done[futures[future]] = piece.size
            finished(piece, result)
        left -= len(batch)
        progress(done)


def _batch(ready: SimpleQueue[Future[R]]) -> list[Future[R]]:
    """Return the futures that came to an end, none when none did for a while.

    ``concurrent.futures.wait`` would hold their locks: interrupted there, the pool could never end.
    """
    batch = []
    with suppress(Empty):
        batch.append(ready.get(timeout=POLL_SECONDS))
        while True:
            batch.append(ready.get_nowait())
    return batch


def _failed(future: Future[Any]) -> bool:
    return future.exception() is not None


def _result(future: Future[R], futures: dict[Future[R], int], pieces: Sequence[P], done: Done) -> R:
    try:
        return future.result()
    except BrokenProcessPool as error:
        begun = [piece.title for piece, events in zip(pieces, done, strict=True) if 0 <= events < piece.size]
        what = "; ".join(begun[:8]) or "its first piece of work"
        raise PoolError(
            f"a process died while working on {what} (out of memory, killed, or a script without "
            '`if __name__ == "__main__"`); what is finished is kept: run again, with fewer jobs if memory is short'
        ) from error
    except Exception as error:
        _blame(pieces[futures[future]], error)
        raise


def _there(work: Work[P, R], piece: P, i: int, number: int, table: Path) -> R:
    done: Done = np.memmap(table, dtype=np.int64, mode="r+", shape=(number,))
    done[i] = 0

    def note(events: int) -> None:
        done[i] = events

    return work(piece, note)


def _stop(others: Collection[object]) -> None:
    """End the processes of this pool, which would go on for minutes: all children but ``others``."""
    ours = [child for child in active_children() if child not in others]
    for child in ours:
        child.terminate()
    for child in ours:
        child.join()


def _prepare() -> None:
    """Leave an interruption from the keyboard to the process that began it all, and end with that process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()

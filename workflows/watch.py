"""Progress of a running search, drawn by a process of its own from the outputs on disk."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Places = Mapping[str, Sequence[Path]]
INTERVAL = 0.5
LOG_INTERVAL = 30.0


@contextmanager
def watched(places: Places) -> Iterator[None]:
    """Draw one bar per stage while the block runs; ``places`` lists the outputs that each stage will write.

    The drawing process never forks and never writes, so that workers can be forked from this one.
    """
    process = multiprocessing.get_context("spawn").Process(
        target=_draw, args=(places, os.getpid()), daemon=True
    )
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()
        _summarise(places)


def done(places: Places) -> dict[str, tuple[int, int]]:
    """Count finished and expected outputs by stage."""
    return {stage: (sum(p.exists() for p in paths), len(paths)) for stage, paths in places.items()}


def _draw(places: Places, parent: int) -> None:
    console = Console(stderr=True)
    if not console.is_terminal:
        _log(console, places, parent)
        return
    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bars = {stage: progress.add_task(stage, total=len(paths)) for stage, paths in places.items()}
        while os.getppid() == parent:
            for stage, (finished, _) in done(places).items():
                progress.update(bars[stage], completed=finished)
            time.sleep(INTERVAL)


def _log(console: Console, places: Places, parent: int) -> None:
    while os.getppid() == parent:
        state = ", ".join(f"{stage} {finished}/{total}" for stage, (finished, total) in done(places).items())
        console.print(f"{time.strftime('%H:%M:%S')} {state}", highlight=False, soft_wrap=True)
        time.sleep(LOG_INTERVAL)


def _summarise(places: Places) -> None:
    console = Console(stderr=True)
    for stage, (finished, total) in done(places).items():
        console.print(f"{stage:<10} {finished} of {total}", highlight=False)

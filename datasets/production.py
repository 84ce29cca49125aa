"""Producing simulated events in parts, on several processes, so that nothing finished is ever lost.

A part is a fixed number of selected events with random numbers of its own. The events of a sample therefore do
not depend on how many processes make them, nor on how often the production was interrupted.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection, get_context, parent_process
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .atomic import make_folder
from .detector import Detector, simulate_detector
from .error import FileError
from .generator import Generator
from .pfnano import (
    Columns,
    RunRecord,
    event_columns,
    join,
    numbered,
    read_chunks,
    read_provenance,
    read_records,
    write,
)
from .process import DijetCut, Process
from .recipe import ProductionError, Recipe, identity, origin
from .reconstruction import reconstruct

__all__ = ["ProductionError", "Recipe", "holds", "merge", "simulate", "simulate_part"]

Progress = Callable[[int, int], None]

BATCH_MIN, BATCH_MAX = 100, 500
PATIENCE = 20_000
POLL_SECONDS = 0.5


def simulate(
    process: Process,
    events: int,
    seed: int,
    output: Path | str,
    *,
    cut: DijetCut | None = None,
    jobs: int = 1,
    mpi: bool = True,
    events_per_part: int = 2500,
    detector: Detector | None = None,
    progress: Progress | None = None,
) -> Path:
    """Produce a sample of simulated events as one PFNano file.

    ``events`` is the number of events that pass ``cut`` (by default the loosest that ``process`` covers). ``jobs``
    processes work at a time; ``progress`` is called with the selected events done and asked for. Finished parts
    are kept in ``<output>.parts`` until all are there: after an interruption the same call goes on. A finished
    ``output`` of the same settings is left as it is. Returns ``output``.
    """
    recipe = Recipe(process, cut or process.cut, events, seed, mpi, events_per_part, detector or Detector())
    target = Path(output)
    if holds(target, recipe.settings()):
        return target
    folder = make_folder(target.with_name(f"{target.name}.parts"))
    paths = [folder / f"part-{part:05d}.root" for part in range(recipe.parts)]
    _make_parts(recipe, paths, jobs, progress or _silent)
    merge(paths, target)
    shutil.rmtree(folder)
    return target


def simulate_part(recipe: Recipe, part: int, output: Path | str, *, progress: Progress | None = None) -> Path:
    """Produce one part of a sample as a PFNano file; the unit of work of a batch job. Returns ``output``.

    A finished ``output`` of the same settings is left as it is; any other file of this name is replaced.
    ``ProductionError`` when hardly any event passes the cut.
    """
    path, settings, wanted = Path(output), recipe.settings(part), recipe.size(part)
    if holds(path, settings):
        return path
    rng = recipe.rng(part)
    generator = Generator(recipe.process, recipe.pythia_seed(part), mpi=recipe.mpi)
    batches: list[Columns] = []
    selected = stored = generated = 0
    sumw = 0.0
    while selected < wanted:
        collisions = generator.batch(int(np.clip(2 * (wanted - selected), BATCH_MIN, BATCH_MAX)))
        flow = simulate_detector(collisions.particles, recipe.detector, rng)
        kept, used = reconstruct(flow, recipe.cut, recipe.detector, rng).until(wanted - selected)
        batches.append(event_columns(flow, kept, collisions.hard, part + 1, stored + 1))
        stored += len(kept.event)
        selected += int(kept.passes.sum())
        generated += used
        sumw += float(collisions.hard["weight"][:used].sum())
        _check_efficiency(recipe, selected, generated)
        (progress or _silent)(selected, wanted)
    record = RunRecord(generated, sumw, *generator.cross_section())
    write(path, [join(batches)], [record], origin(settings))
    return path


def merge(parts: Sequence[Path | str], output: Path | str) -> Path:
    """Join the parts of one sample into one file and number its events throughout. Returns ``output``.

    ``ProductionError`` when a part is missing or of another sample.
    """
    paths = [Path(part) for part in parts]
    settings = [read_provenance(path)["settings"] for path in paths]
    sample = [{**content, "events": 0, "part": 0} for content in settings]
    for number, (path, content) in enumerate(zip(paths, settings, strict=True)):
        if content["part"] != number or sample[number] != sample[0]:
            raise ProductionError(
                f"{path} is part {content['part']} of {content['process']} with seed {content['seed']}, "
                f"expected part {number} of the sample that {paths[0]} begins; give all parts of one sample in order"
            )
    whole = {**settings[0], "events": sum(content["events"] for content in settings)}
    del whole["part"]
    chunks = numbered(chunk for path in paths for chunk in read_chunks(path))
    records = [record for path in paths for record in read_records(path)]
    write(Path(output), chunks, records, origin(whole))
    return Path(output)


def holds(path: Path | str, settings: dict[str, Any]) -> bool:
    """Tell whether a file is whole and was made with these settings and with the installed generator."""
    try:
        return bool(read_provenance(Path(path))["identity"] == identity(settings))
    except (FileError, KeyError):
        return False


def _make_parts(recipe: Recipe, paths: Sequence[Path], jobs: int, progress: Progress) -> None:
    """Produce the parts that are not there yet."""
    sizes = np.array([recipe.size(part) for part in range(recipe.parts)])
    kept = np.array([holds(path, recipe.settings(part)) for part, path in enumerate(paths)])
    missing = np.flatnonzero(~kept).tolist()
    progress(int(sizes[kept].sum()), recipe.events)
    if jobs > 1 and len(missing) > 1:
        _in_parallel(recipe, paths, missing, min(jobs, len(missing)), progress)
        return
    for part in missing:
        simulate_part(
            recipe, part, paths[part], progress=_after(int(sizes[kept].sum()), recipe.events, progress)
        )
        kept[part] = True


def _after(before: int, total: int, progress: Progress) -> Progress:
    """Let the progress of one part count on top of what was done before it."""
    return lambda done, _: progress(before + done, total)


def _in_parallel(
    recipe: Recipe, paths: Sequence[Path], missing: Sequence[int], jobs: int, progress: Progress
) -> None:
    table = paths[0].with_name("progress")
    sizes = [recipe.size(part) for part in range(recipe.parts)]
    done = np.memmap(table, dtype=np.int64, mode="w+", shape=(recipe.parts,))
    done[:] = [0 if part in missing else size for part, size in enumerate(sizes)]
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_end_with_parent)
    try:
        waiting = {pool.submit(_work, recipe, part, paths[part], table) for part in missing}
        while waiting:
            finished, waiting = wait(waiting, timeout=POLL_SECONDS)
            progress(int(done.sum()), recipe.events)
            for future in finished:
                future.result()
    except BrokenProcessPool as error:
        raise ProductionError(
            f"a process that made parts of {paths[0].parent} died (out of memory, killed, or a script without "
            '`if __name__ == "__main__"`); the finished parts are kept: run again, with fewer jobs if memory is short'
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _work(recipe: Recipe, part: int, path: Path, table: Path) -> None:
    done: NDArray[np.int64] = np.memmap(table, dtype=np.int64, mode="r+", shape=(recipe.parts,))

    def note(selected: int, _: int) -> None:
        done[part] = selected

    simulate_part(recipe, part, path, progress=note)


def _end_with_parent() -> None:
    """Let a worker end when the process that started it is killed, instead of working for nobody."""
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _check_efficiency(recipe: Recipe, selected: int, generated: int) -> None:
    if generated >= PATIENCE and selected < 1e-3 * generated:
        raise ProductionError(
            f"{selected} of {generated} events of {recipe.process} pass {recipe.cut}; "
            "choose a process and a cut that go together"
        )


def _silent(_done: int, _total: int) -> None:
    """Report nothing."""

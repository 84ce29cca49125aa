"""Producing simulated events in parts, on several processes, so that nothing finished is ever lost.

A part is a fixed number of selected events with random numbers of its own. The events of a sample therefore do
not depend on how many processes make them, nor on how often the production was interrupted.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .atomic import alone_in, make_folder
from .chain import Chain
from .content import Columns
from .detector import Detector
from .error import FileError
from .pfnano import (
    RunRecord,
    join,
    numbered,
    read_chunks,
    read_provenance,
    read_records,
    write,
)
from .pool import Done, Note, work_through
from .process_contract import Cut, Process
from .recipe import ProductionError, Recipe, identity, origin

__all__ = ["ProductionError", "Recipe", "Task", "holds", "merge", "simulate", "simulate_part", "tasks_of"]

Progress = Callable[[int, int], None]

PATIENCE = 20_000


@dataclass(frozen=True)
class Task:
    """One part of a sample, to be made as a file."""

    sample: str
    recipe: Recipe
    part: int
    path: Path

    @property
    def title(self) -> str:
        """What the part is called in messages."""
        return f"sample {self.sample!r}, part {self.part}"

    @property
    def size(self) -> int:
        """The number of selected events."""
        return self.recipe.size(self.part)

    @property
    def settings(self) -> dict[str, Any]:
        """All that decides the events of the part."""
        return self.recipe.settings(self.part)


def tasks_of(sample: str, recipe: Recipe, folder: Path) -> list[Task]:
    """List the parts of a sample, as ``folder/part-00000.root`` and so on."""
    return [Task(sample, recipe, part, folder / part_name(part)) for part in range(recipe.parts)]


def part_name(part: int) -> str:
    """Return the name of the file of a part."""
    return f"part-{part:05d}.root"


def simulate(
    process: Process,
    events: int,
    seed: int,
    output: Path | str,
    *,
    cut: Cut | None = None,
    jobs: int = 1,
    mpi: bool = True,
    events_per_part: int = 2500,
    detector: Detector | None = None,
    radius: float = 0.8,
    pileup: float = 0.0,
    progress: Progress | None = None,
) -> Path:
    """Produce a sample of simulated events as one PFNano file.

    ``events`` is the number of events that pass ``cut`` (by default the loosest that ``process`` covers). ``jobs``
    processes work at a time; ``progress`` is called with the selected events done and asked for. Jets have ``radius``;
    ``pileup`` is the mean number of other collisions in an event. Finished parts are kept in ``<output>.parts`` until
    all are there: after an interruption the same call goes on. A finished ``output`` of the same settings is left as
    it is. Returns ``output``.
    """
    recipe = Recipe(
        process,
        cut or process.cut,
        events,
        seed,
        mpi,
        events_per_part,
        detector or Detector(),
        radius,
        pileup,
    )
    target = Path(output)
    if target.is_dir():
        raise FileError(f"{output} is a folder; give the name of a file")
    if holds(target, recipe.settings()):
        return target
    folder = make_folder(target.with_name(f"{target.name}.parts"))
    tasks = tasks_of(process.name, recipe, folder)
    with alone_in(folder):
        _make_parts(tasks, jobs, folder, progress or _silent)
        merge([task.path for task in tasks], target)
        shutil.rmtree(folder)
    return target


def simulate_part(recipe: Recipe, part: int, output: Path | str, *, progress: Progress | None = None) -> Path:
    """Produce one part of a sample as a PFNano file; the unit of work of a batch job. Returns ``output``.

    A finished ``output`` of the same settings is left as it is; any other file of this name is replaced.
    ``ProductionError`` when hardly any event passes the cut.
    """
    if not holds(output, recipe.settings(part)):
        produce_part(recipe, part, Path(output), progress or _silent)
    return Path(output)


def produce_part(recipe: Recipe, part: int, path: Path, progress: Progress) -> Chain:
    """Produce one part, whatever is there; returns the chain that made it."""
    chain, wanted = Chain(recipe, part), recipe.size(part)
    batches: list[Columns] = []
    while chain.selected < wanted:
        batches.append(chain.batch(wanted - chain.selected))
        _check_efficiency(recipe, chain.selected, chain.generated)
        progress(chain.selected, wanted)
    record = RunRecord(chain.generated, chain.sumw, *chain.generator.cross_section())
    write(path, [join(batches)], [record], origin(recipe.settings(part)))
    return chain


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


def _make_parts(tasks: Sequence[Task], jobs: int, folder: Path, progress: Progress) -> None:
    """Produce the parts that are not there yet."""
    missing = [task for task in tasks if not holds(task.path, task.settings)]
    total = sum(task.size for task in tasks)
    kept = total - sum(task.size for task in missing)
    progress(kept, total)

    def report(done: Done) -> None:
        progress(kept + int(done.clip(0).sum()), total)

    work_through(_make, missing, jobs, folder / "progress", report, _keep)


def _make(task: Task, note: Note) -> None:
    simulate_part(task.recipe, task.part, task.path, progress=lambda done, _: note(done))


def _keep(_task: Task, _result: None) -> None:
    """Leave a finished part where it is."""


def _check_efficiency(recipe: Recipe, selected: int, generated: int) -> None:
    if generated >= PATIENCE and selected < 1e-3 * generated:
        raise ProductionError(
            f"{selected} of {generated} events of {recipe.process} pass {recipe.cut}; "
            "choose a process and a cut that go together"
        )


def _silent(_done: int, _total: int) -> None:
    """Report nothing."""

"""The input of a selection: samples, what their files hold, and the chunks they are read in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from pathlib import Path

from coffea.processor.executor import WorkItem

from ..datasets.catalogue import Dataset, match
from ..datasets.nanoaod import GENERATOR_WEIGHT, TREE, Generated, NanoFile, check, inspect
from ..selections.error import SelectionError
from .processor import DijetProcessor

Inputs = Iterable[Dataset | Path | str]


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


def look(inputs: Inputs, processor: DijetProcessor) -> tuple[Source, ...]:
    """Look into all files and check that they hold what the processor needs, before reading any event."""
    given = list(inputs)
    if not given:
        raise SelectionError("nothing to select from; give files or samples of a catalogue")
    datasets = [item for item in given if isinstance(item, Dataset)]
    plain = [str(item) for item in given if not isinstance(item, Dataset)]
    sources = [source_of(plain)] if plain else []
    _agree([source.dataset for source in sources] + datasets)
    sources += [Source(d, tuple(inspect(file) for file in d.files)) for d in datasets]
    for source in sources:
        for file in source.files:
            check(file, processor.needs(file, source.dataset.kind))
    return tuple(sources)


def source_of(patterns: Iterable[str]) -> Source:
    """Make one sample of paths and globs, called like its first file.

    Files with generator weights are background and others data; ``SelectionError`` when they disagree.
    """
    files = tuple(inspect(path) for path in match(patterns))
    simulated = {GENERATOR_WEIGHT in file.branches for file in files}
    if len(simulated) > 1:
        raise SelectionError(
            "some files have generator weights and some not; select them one after the other"
        )
    kind = "background" if simulated == {True} else "data"
    return Source(Dataset(Path(files[0].path).stem, tuple(file.path for file in files), kind), files)


def _agree(datasets: list[Dataset]) -> None:
    """Refuse samples that cannot share a table."""
    if len({dataset.name for dataset in datasets}) < len(datasets):
        raise SelectionError(f"samples share a name: {sorted(d.name for d in datasets)}; rename one")
    if len({dataset.kind == "data" for dataset in datasets}) > 1:
        raise SelectionError("data and simulation cannot share a table; select them one after the other")


def _chunks(dataset: Dataset, file: NanoFile, size: int) -> Iterator[WorkItem]:
    number = max(ceil(file.entries / size), 1)
    edges = [file.entries * i // number for i in range(number + 1)]
    for start, stop in pairwise(edges):
        yield WorkItem(dataset.name, file.path, TREE, start, stop, file.uuid, {"kind": dataset.kind})

"""The input of a selection: samples, what their files hold, and the chunks they are read in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import TypeAlias

from coffea.processor.executor import WorkItem

from ..datasets.catalogue import FOUND_OUT, Dataset, match
from ..datasets.error import FileError
from ..datasets.hdf5 import is_hdf5
from ..datasets.nanoaod import GENERATOR_WEIGHT, TREE, Generated, NanoFile, inspect
from ..datasets.nanoaod import check as check_nanoaod
from ..datasets.ntuple import inspect as inspect_ntuple
from ..datasets.pfnano import read_provenance
from ..datasets.record import Ntuple
from ..selections.error import SelectionError
from .ntuple import Slice, slices
from .ntuple import check as check_ntuple
from .processor import TableProcessor

Inputs = Iterable[Dataset | Path | str]
Work: TypeAlias = WorkItem | Slice
TABLE = ".parquet"


@dataclass(frozen=True)
class Source:
    """A sample with what was found in its files."""

    dataset: Dataset
    files: tuple[NanoFile | Ntuple, ...]

    @property
    def generated(self) -> Generated | None:
        """The generator record of all files together; None when any of them has none."""
        records = [file.generated for file in self.files]
        total = records[0]
        for record in records[1:]:
            total = total + record if total and record else None
        return total

    @property
    def label(self) -> str:
        """What its first file asks figures to say, such as that the simulation is not for physics; mostly nothing."""
        first = self.files[0]
        if isinstance(first, Ntuple):
            return first.label
        try:
            return "" if "://" in first.path else str(read_provenance(Path(first.path)).get("label", ""))
        except FileError:  # of other origin
            return ""

    def items(self, size: int) -> list[Work]:
        """Cut the files into chunks of about equal length, those of NanoAOD of at most ``size`` events."""
        items: list[Work] = []
        for position, file in enumerate(self.files):
            if isinstance(file, Ntuple):
                items += slices(self.dataset, file, position)
            else:
                items += _chunks(self.dataset, file, size)
        return items


def look(inputs: Inputs, processor: TableProcessor) -> tuple[Source, ...]:
    """Look into all files and check that they hold what the processor needs, before reading any event."""
    given = list(inputs)
    if not given:
        raise SelectionError("nothing to select from; give files or samples of a catalogue")
    plain = match(str(item) for item in given if not isinstance(item, Dataset))
    datasets = [Dataset(Path(plain[0]).stem, plain, FOUND_OUT)] if plain else []
    sources = [source_of(d) for d in (*datasets, *(item for item in given if isinstance(item, Dataset)))]
    _agree([source.dataset for source in sources])
    for source in sources:
        for file in source.files:
            _check(file, source.dataset.kind, processor)
    return tuple(sources)


def source_of(dataset: Dataset) -> Source:
    """Look into the files of a sample, and find out its kind if that is to be found out.

    Files with generator weights are then background, files with labels mixed and others data; ``SelectionError``
    when they disagree.
    """
    if tables := [path for path in dataset.files if path.endswith(TABLE)]:
        raise FileError(
            f"{tables[0]}: a selection reads no parquet table; write the mixture or the selection as .h5"
        )
    files = tuple(inspect_ntuple(path) if is_hdf5(path) else inspect(path) for path in dataset.files)
    if len({isinstance(file, Ntuple) for file in files}) > 1:
        raise SelectionError(f"sample {dataset.name!r} has ROOT and HDF5 files; make two samples of it")
    if dataset.kind != FOUND_OUT:
        return Source(dataset, files)
    kinds = {_kind(file) for file in files}
    if len(kinds) > 1:
        mark = "labels" if "mixed" in kinds else "generator weights"
        raise SelectionError(f"some files have {mark} and some not; select them one after the other")
    return Source(replace(dataset, kind=kinds.pop()), files)


def _kind(file: NanoFile | Ntuple) -> str:
    if isinstance(file, Ntuple):
        return "mixed" if file.labelled else "data"
    return "background" if GENERATOR_WEIGHT in file.branches else "data"


def _check(file: NanoFile | Ntuple, kind: str, processor: TableProcessor) -> None:
    if isinstance(file, Ntuple):
        check_ntuple(file, kind, processor)
    elif kind == "mixed":
        raise FileError(f"{file.path}: events of ROOT files have no labels; say background, signal or data")
    else:
        check_nanoaod(file, processor.needs(file, kind))


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

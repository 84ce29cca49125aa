"""The selection stage: files in, a feature table and cutflows out.

Pieces are handed on as they are made, a few chunks of events at a time, so that memory does not grow with the
input; their order is that of the input, whatever the number of processes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..datasets import case_writer, store
from ..datasets.atomic import write_json
from ..datasets.hdf5 import SUFFIXES
from ..datasets.identity import Identity, join, refuse_duplicates
from ..datasets.provenance import provenance
from ..datasets.table import FeatureTable, concatenate
from ..selections.cutflow import Cutflow
from ..selections.error import SelectionError
from .processor import DijetProcessor, TableProcessor
from .source import Inputs, Source, look
from .stream import Progress, stream


@dataclass(frozen=True)
class SampleFlow:
    """How the cuts went for one sample, with what is needed to turn counts into cross sections.

    ``counts`` says what the cutflow counts: events, or jets.
    """

    source: Source
    cutflow: Cutflow
    counts: str = "events"

    @property
    def acceptance(self) -> float | None:
        """Sum of weights selected, of events or jets, over that of generated events; None without a generator record."""
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
            "counts": self.counts,
            "cuts": self.cutflow.rows(),
        }


def select(
    inputs: Inputs, processor: TableProcessor | None = None, jobs: int = 1, progress: Progress | None = None
) -> tuple[FeatureTable, dict[str, SampleFlow]]:
    """Select events, or jets, and keep them in memory.

    ``inputs`` are samples of a catalogue, and paths and globs that together make one more; ``processor`` says
    what to select and to compute (a ``DijetProcessor``, also by default, or a ``JetProcessor``); ``jobs`` is the number
    of processes; ``progress`` is called with the events done and their total. Returns the table and, by name of
    sample, its cutflow. ``FileError`` names a file that cannot be used and the way out, ``DuplicateError`` events that
    occur twice.
    """
    processor = processor or DijetProcessor()
    sources = look(inputs, processor)
    cutflows: dict[str, Cutflow] = {}
    tables = list(_tables(sources, processor, jobs, progress, cutflows))
    return concatenate(tables), _flows(sources, cutflows, processor)


def write_selection(
    path: Path | str,
    inputs: Inputs,
    processor: TableProcessor | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> dict[str, SampleFlow]:
    """Select events, or jets, into a parquet table, with the cutflows beside it in ``<name>.cutflow.json``.

    A ``path`` that ends in .h5 makes an HDF5 file of the CMS searches instead (``datasets.case``). Arguments, errors
    and the returned cutflows are those of ``select``; the events are never in memory together. Neither file appears
    before all events are read; the table comes last.
    """
    processor = processor or DijetProcessor()
    flat = Path(path).suffix in SUFFIXES
    if not flat and Path(path).suffix != ".parquet":
        raise SelectionError(f"{path}: a table is written as .parquet or .h5; give it one of these endings")
    if flat and processor.rows != "events":
        raise SelectionError(
            f"cannot write {path}: the HDF5 layout holds dijets; write {processor.rows} to .parquet"
        )
    sources = look(inputs, processor)
    flows: dict[str, SampleFlow] = {}

    def tables() -> Iterator[FeatureTable]:
        cutflows: dict[str, Cutflow] = {}
        yield from _tables(sources, processor, jobs, progress, cutflows)
        flows.update(_flows(sources, cutflows, processor))
        write_json(cutflow_path(path), {name: flow.record() for name, flow in flows.items()})

    made = configuration(processor, sources[0].dataset.kind)
    record = provenance(made, seeds={}, inputs=_identities(sources)) | labelled(s.label for s in sources)
    if flat:
        case_writer.write(path, tables(), record, lambda: _efficiency(flows))
    else:
        store.write(path, tables(), record)
    return flows


def cutflow_path(table: Path | str) -> Path:
    """Return where the cutflows of a table are kept."""
    return Path(table).with_suffix(".cutflow.json")


def configuration(processor: TableProcessor, kind: str = "background") -> dict[str, Any]:
    """Describe cuts, quantities, and the corrections of events of a kind as plain data, for hashes and records."""
    return {
        "selection": processor.selection.identity(),
        "quantities": [quantity.name for quantity in processor.quantities],
        "constituents": processor.constituents,
        "corrections": processor.corrections.identity(kind),
    }


def labelled(labels: Iterable[str]) -> dict[str, str]:
    """Return the first label that says something, as a provenance record holds it; nothing without any."""
    return next(({"label": label} for label in labels if label), {})


def _tables(
    sources: tuple[Source, ...],
    processor: TableProcessor,
    jobs: int,
    progress: Progress | None,
    cutflows: dict[str, Cutflow],
) -> Iterator[FeatureTable]:
    """Yield tables, add up their cutflows by sample, and refuse duplicates at the end."""
    seen: list[Identity] = []
    for name, piece in stream(sources, processor, jobs, progress):
        cutflows[name] = cutflows[name] + piece.cutflow if name in cutflows else piece.cutflow
        seen.append(tuple(piece.table[column] for column in processor.identity))
        yield piece.table
    refuse_duplicates(join(seen), " and ".join(cutflows))


def _flows(
    sources: tuple[Source, ...], cutflows: dict[str, Cutflow], processor: TableProcessor
) -> dict[str, SampleFlow]:
    return {s.dataset.name: SampleFlow(s, cutflows[s.dataset.name], processor.rows) for s in sources}


def _efficiency(flows: dict[str, SampleFlow]) -> float | None:
    """Return the fraction of generated events that is selected, of one sample with a generator record."""
    (flow, *others) = flows.values()
    generated = flow.source.generated
    return (
        flow.cutflow.events[-1] / generated.events if generated and generated.events and not others else None
    )


def _identities(sources: tuple[Source, ...]) -> dict[str, Any]:
    """Identify inputs by name, number of events and size: no path and no time, so that equal runs agree."""
    return {
        source.dataset.name: [[Path(file.path).name, file.entries, file.size] for file in source.files]
        for source in sources
    }

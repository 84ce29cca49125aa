"""The data of a search: samples joined, and a simulated signal hidden in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..datasets.atomic import read_json, write_json
from ..datasets.column import TRUTH
from ..datasets.error import ColumnError
from ..datasets.injection import Injection, inject, inject_cross_section
from ..datasets.provenance import provenance
from ..datasets.store import read, read_provenance, write
from ..datasets.table import FeatureTable, concatenate
from .selection import cutflow_path

DATA, SIGNAL, SUMMARY = "data.parquet", "signal.parquet", "injection.json"


@dataclass(frozen=True)
class Strength:
    """How much signal is injected: ``events`` after the selection, or ``cross_section`` (fb) at ``luminosity`` (fb-1)."""

    events: int = 0
    cross_section: float | None = None
    luminosity: float | None = None


def make_data(
    folder: Path, samples: Mapping[str, Path], signal: tuple[str, Path], strength: Strength, seed: int
) -> None:
    """Write the data of a search and the signal that was not injected to ``folder``.

    ``samples`` are the feature tables (by name) that make up the data, ``signal`` name and table of the signal. The
    summary counts the injected events, and those that the data are ``labelled`` as signal before (None without labels).
    ``ColumnError`` when the tables differ in columns.
    """
    data = concatenate([_present(read(path), name) for name, path in samples.items()])
    name, path = signal
    injection = _inject(data, _present(read(path), name), strength, path, name, seed)
    inputs = {n: read_provenance(p)["configuration"] for n, p in {**samples, name: path}.items()}
    record = provenance({"strength": vars(strength)}, {"injection": seed}, inputs)
    write(folder / DATA, injection.table, record)
    write(folder / SIGNAL, injection.remaining, record)
    summary = {
        "injected": injection.number,
        "labelled": int((data[TRUTH] > 0).sum()) if TRUTH in data else None,
        "data": _describe(injection.table),
        "signal": _describe(injection.remaining),
    }
    write_json(folder / SUMMARY, summary)


def _inject(
    data: FeatureTable, signal: FeatureTable, strength: Strength, path: Path, name: str, seed: int
) -> Injection:
    if strength.cross_section is None or strength.luminosity is None:
        return inject(data, signal, strength.events, seed)
    generated = read_json(cutflow_path(path))[name]["generated"]
    sumw = generated["sumw"] if generated else 0.0
    picobarn = strength.cross_section / 1000
    return inject_cross_section(data, signal, picobarn, strength.luminosity, sumw, seed)


def _present(table: FeatureTable, name: str) -> FeatureTable:
    """Return the table; refuse an empty one."""
    if not len(table):
        raise ColumnError(f"sample {name!r} has no selected event; check its cutflow and the selection")
    return table


def _describe(table: FeatureTable) -> dict[str, Any]:
    return {"events": len(table), "digest": table.digest()}

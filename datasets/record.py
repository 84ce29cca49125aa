"""What flat event files hold, whatever their layout: two jets of each event, before any cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .nanoaod import Generated

Array = NDArray[Any]


@dataclass(frozen=True)
class Ntuple:
    """A readable flat file: its layout, number of events, and what it says of them.

    ``fields`` are those of the jets, called as in NanoAOD; ``quantities`` those that are stored as the feature
    table has them; ``labelled`` says whether events are marked as background or signal, ``constituents`` whether
    there are candidates; ``chunk`` is the number of events to be read at a time; ``label`` is what figures must say.
    """

    path: str
    layout: str
    entries: int
    size: int
    chunk: int
    fields: frozenset[str]
    labelled: bool = False
    constituents: bool = False
    quantities: frozenset[str] = frozenset()
    generated: Generated | None = None
    label: str = ""

    @property
    def branches(self) -> frozenset[str]:
        """The fields as branches of NanoAOD, which quantities ask for."""
        return frozenset(f"FatJet_{name}" for name in self.fields)


@dataclass(frozen=True)
class Record:
    """A piece of a flat file, n events long.

    ``identity`` holds run, lumi and event (n,), and sample if the file was made from a feature table. ``jets`` are
    fields of two jets (n, 2), ``found`` (n,) says which events have two; ``label`` (n,) is above 0 for signal;
    ``constituents`` (n, 2, 100, 3) are px, py, pz. ``mjj`` in GeV and ``deta`` (n,) are there when the file states
    them, ``quantities`` (n, 2) when it was made from a feature table.
    """

    identity: Mapping[str, Array]
    weight: Array
    jets: Mapping[str, Array]
    found: Array
    label: Array | None = None
    constituents: Array | None = None
    mjj: Array | None = None
    deta: Array | None = None
    quantities: Mapping[str, Array] = field(default_factory=dict)

    def ordered(self, order: Array) -> Record:
        """Return the record with the jet of larger ``order`` (n, 2) first; equal ones keep their places."""
        swapped = order[:, 1] > order[:, 0]
        content = dict(vars(self))
        content["jets"] = {name: _swap(values, swapped) for name, values in self.jets.items()}
        content["quantities"] = {name: _swap(values, swapped) for name, values in self.quantities.items()}
        if self.constituents is not None:
            content["constituents"] = _swap(self.constituents, swapped)
        return Record(**content)


def numbered(position: int, start: int, stop: int) -> dict[str, Array]:
    """Identify events of files that do not: run 1, the ``position`` of the file in its sample, the row."""
    size = stop - start
    return {
        "run": np.ones(size, dtype=np.uint32),
        "lumi": np.full(size, position + 1, dtype=np.uint32),
        "event": np.arange(start, stop, dtype=np.uint64),
    }


def _swap(values: Array, swapped: Array) -> Array:
    return np.where(swapped.reshape(-1, *[1] * (values.ndim - 1)), values[:, ::-1], values)

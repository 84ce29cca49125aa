"""Simulated events that must be others than the data: no event is in two tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..datasets.column import TRUTH
from ..datasets.error import DataError
from ..datasets.fold import IDENTITY, event_hash
from ..datasets.identity import DuplicateError
from ..datasets.store import names, read
from ..datasets.table import FeatureTable, concatenate

KINEMATICS = ("mjj", "j1_pt", "j1_eta", "j1_phi", "j2_pt")
"""Columns whose values, to the last bit, two different events never share."""


def read_background(
    samples: Mapping[str, Path], data: Path, columns: Sequence[str], kind: str = "background"
) -> FeatureTable | None:
    """Read tables of simulated background (by sample), None for no sample; ``data`` is the table of the data, ``kind`` what messages call the others.

    ``DuplicateError`` names a sample that shares events with the data or with a sample before it, under whatever
    name and number: the kinematics of the jets are compared. A classifier would know those events by heart.
    """
    if not samples:
        return None
    require_independent([("the data", data), *((f"{kind} {name!r}", path) for name, path in samples.items())])
    return concatenate([read(path, columns) for path in samples.values()])


def read_priors(
    priors: Mapping[str, Path], tables: Sequence[Path], columns: Sequence[str]
) -> FeatureTable | None:
    """Read tables of signals (by sample) with a column ``prior`` that numbers them, None for no sample.

    They may hold events of the ``tables`` that are scored, as those of the signal that is searched for: these are folded alike, if
    they have one name (`require_one_name`).
    """
    if not priors:
        return None
    require_one_name(priors, tables)
    return numbered([read(path, columns) for path in priors.values()])


def numbered(priors: Sequence[FeatureTable]) -> FeatureTable:
    """Join tables of signals, with a column ``prior`` that numbers them."""
    return concatenate(
        [table.with_columns(prior=np.full(len(table), i, np.int8)) for i, table in enumerate(priors)]
    )


def require_one_name(priors: Mapping[str, Path], tables: Sequence[Path]) -> None:
    """Raise ``DuplicateError`` for a prior that holds events of the ``tables`` under another name or number."""
    known = [path for path in tables if {*KINEMATICS} <= {*names(path)}]
    if not (priors and known):
        return
    scored = concatenate([read(path, (*KINEMATICS, *IDENTITY)) for path in known])
    for name, path in priors.items():
        own = read(path, (*KINEMATICS, *IDENTITY))
        equal, same = (np.isin(mark(own), mark(scored)) for mark in (fingerprint, _named))
        if other := int(np.sum(equal & ~same)):
            raise DuplicateError(
                f"prior {name!r}: {other} of its {len(own)} events are also searched for or in the data, under another name; "
                "name that sample in its place"
            )


def require_independent(tables: Sequence[tuple[str, Path]]) -> None:
    """Raise ``DuplicateError`` when one of the named ``tables`` shares events with another, by the kinematics of their jets.

    Tables without kinematics, which `select` does not make, are not compared.
    """
    seen: dict[str, NDArray[np.uint64]] = {}
    for name, path in tables:
        if not set(KINEMATICS) <= set(names(path)):
            continue
        own = fingerprint(read(path, KINEMATICS))
        for other, known in seen.items():
            if shared := int(np.isin(own, known).sum()):
                raise DuplicateError(
                    f"{name}: {shared} of its {len(own)} events are also in {other}; simulate it with another seed, or "
                    "give other files"
                )
        seen[name] = own


def require_background(tables: Sequence[Path]) -> None:
    """Raise ``DataError`` when a table that should be background has signal events by its column ``truth``, if it has one."""
    for path in tables:
        if TRUTH in names(path) and (signal := int(read(path, [TRUTH])[TRUTH].sum())):
            raise DataError(
                f"{path}: {signal} of its events are signal by their column {TRUTH!r}; give background alone"
            )


def fingerprint(table: FeatureTable) -> NDArray[np.uint64]:
    """Hash the kinematics of each event (n,): equal for equal events, whatever they are called."""
    bits = tuple(np.asarray(table[name], dtype=np.float32).view(np.uint32) for name in KINEMATICS)
    return event_hash(bits, "kinematics")


def _named(table: FeatureTable) -> NDArray[np.uint64]:
    """Hash kinematics and identity of each event (n,)."""
    return event_hash((fingerprint(table), *table.identity), "named")

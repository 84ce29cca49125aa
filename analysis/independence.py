"""Simulated background that taggers may train on: none of its events is part of the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..datasets.fold import event_hash
from ..datasets.identity import DuplicateError
from ..datasets.store import read
from ..datasets.table import FeatureTable, concatenate

KINEMATICS = ("mjj", "j1_pt", "j1_eta", "j1_phi", "j2_pt")
"""Columns whose values, to the last bit, two different events never share."""


def read_background(samples: Mapping[str, Path], data: Path, columns: Sequence[str]) -> FeatureTable | None:
    """Read tables of simulated background (by sample), None for no sample; ``data`` is the table of the data.

    ``DuplicateError`` names a sample that shares events with the data or with a sample before it, under whatever
    name and number: the kinematics of the jets are compared. A classifier would know those events by heart.
    """
    if not samples:
        return None
    seen = fingerprint(read(data, KINEMATICS))
    for name, path in samples.items():
        own = fingerprint(read(path, KINEMATICS))
        shared = int(np.isin(own, seen).sum())
        if shared:
            raise DuplicateError(
                f"background {name!r}: {shared} of its {len(own)} events are also in the data or in another background "
                "sample; simulate it with another seed, or give other files"
            )
        seen = np.concatenate([seen, own])
    return concatenate([read(path, columns) for path in samples.values()])


def fingerprint(table: FeatureTable) -> NDArray[np.uint64]:
    """Hash the kinematics of each event (n,): equal for equal events, whatever they are called."""
    bits = tuple(np.asarray(table[name], dtype=np.float32).view(np.uint32) for name in KINEMATICS)
    return event_hash(bits, "kinematics")

"""Event filters: flags against detector noise and beam background, all of which an event must pass."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets.nanoaod import Need, available
from .error import SelectionError

PREFIX = "Flag_"
ALWAYS = (
    "goodVertices",
    "globalSuperTightHalo2016Filter",
    "HBHENoiseFilter",
    "HBHENoiseIsoFilter",
    "EcalDeadCellTriggerPrimitiveFilter",
    "BadPFMuonFilter",
    "eeBadScFilter",
)
FILTERS: Mapping[int, tuple[str, ...]] = {
    2016: ALWAYS,
    2017: (*ALWAYS, "ecalBadCalibFilter"),
    2018: (*ALWAYS, "ecalBadCalibFilter"),
}
"""The filters of a Run 2 search with jets, for data and simulation alike."""

WHERE_STORED = ("BadPFMuonDzFilter",)
"""Filters of the default that files before NanoAOD version 9 do not have; applied where they are stored."""


def names(filters: str | tuple[str, ...], year: int | None) -> tuple[str, ...]:
    """Return the filters of a year (``filters`` = "default"), or the given ones; ``Flag_`` may be left out.

    >>> names(("Flag_goodVertices", "BadPFMuonFilter"), None)
    ('goodVertices', 'BadPFMuonFilter')
    """
    if not isinstance(filters, str):
        return tuple(name.removeprefix(PREFIX) for name in filters)
    if year is None:
        raise SelectionError(f"the default filters need a year; give one of {', '.join(map(str, FILTERS))}")
    return FILTERS[year]


def optional(filters: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return the filters that are applied only where a file has them: none when they are given by name."""
    return WHERE_STORED if isinstance(filters, str) else ()


def need(required: tuple[str, ...], stored: frozenset[str] = frozenset()) -> Need:
    """State that all filters must be stored; ``stored`` branches of a file help to name the nearest ones."""
    wanted = [f"{PREFIX}{name}" for name in required]
    flags = sorted(branch for branch in stored if branch.startswith(PREFIX))
    near = [get_close_matches(name, flags, n=1) for name in wanted if name not in stored]
    hints = sorted({name for found in near for name in found})
    hint = f"did you mean {', '.join(hints)}? " if hints else ""
    remedy = f"{hint}name filters that the files have in selection.filters, or leave filters out"
    return Need("the filtering of events", (frozenset(wanted),), remedy)


def passed(events: Any, required: tuple[str, ...], where_stored: tuple[str, ...] = ()) -> NDArray[np.bool_]:
    """Tell which events (n,) of NanoEvents pass all filters, and those of ``where_stored`` that the file has."""
    stored = available(events)
    chosen = [*required, *(name for name in where_stored if f"{PREFIX}{name}" in stored)]
    mask = np.ones(len(events), dtype=bool)
    for name in chosen:
        mask &= np.asarray(events.Flag[name]).astype(bool)
    return mask

"""High-level triggers: the paths of which one must have fired, by year and run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets.nanoaod import Need, available
from .error import SelectionError

PREFIX = "HLT_"
RUN_2016H = 280919
"""First run of era H of 2016, in which H_T and jet triggers had other thresholds."""


@dataclass(frozen=True)
class Menu:
    """Paths, one of which must have fired, in the runs from ``first`` to below ``end`` (None: no end)."""

    paths: tuple[str, ...]
    first: int = 0
    end: int | None = None

    @property
    def branches(self) -> tuple[str, ...]:
        """The names of the paths in NanoAOD."""
        return tuple(f"{PREFIX}{path}" for path in self.paths)

    def covers(self, run: NDArray[Any]) -> NDArray[np.bool_]:
        """Tell for which runs (n,) the menu is."""
        passed = np.asarray(run >= self.first)
        return passed if self.end is None else passed & (run < self.end)


MENUS: Mapping[int, tuple[Menu, ...]] = {
    2016: (
        Menu(("PFHT800", "PFJet450"), end=RUN_2016H),
        Menu(("PFHT900", "PFJet450", "AK8PFJet450"), first=RUN_2016H),
    ),
    2017: (Menu(("PFHT1050", "AK8PFJet500")),),
    2018: (Menu(("PFHT1050", "AK8PFJet500")),),
}
"""The unprescaled triggers of CMS-EXO-22-026 (arXiv:2412.03747); simulation, run 1, takes the first of its year."""


def menus(triggers: str | tuple[str, ...], year: int | None) -> tuple[Menu, ...]:
    """Return the menus of a year (``triggers`` = "default"), or one of the given paths for all runs.

    Paths may be written with or without ``HLT_``.

    >>> menus(("HLT_PFHT1050",), None)
    (Menu(paths=('PFHT1050',), first=0, end=None),)
    """
    if not isinstance(triggers, str):
        return (Menu(tuple(path.removeprefix(PREFIX) for path in triggers)),)
    if year is None:
        raise SelectionError(f"the default triggers need a year; give one of {', '.join(map(str, MENUS))}")
    return MENUS[year]


def need(menu: tuple[Menu, ...]) -> Need:
    """State that at least one of the paths must be stored: paths come and go within a year."""
    branches = dict.fromkeys(branch for m in menu for branch in m.branches)
    remedy = (
        "name paths that the files have in selection.triggers, check selection.year, or leave triggers out"
    )
    return Need("the trigger", tuple(frozenset([branch]) for branch in branches), remedy)


def fired(events: Any, menu: tuple[Menu, ...]) -> NDArray[np.bool_]:
    """Tell which events (n,) of NanoEvents were triggered: one path of the menu of their run fired.

    Paths that the file does not store count as not fired; ``SelectionError`` when it stores none of a menu that
    its runs need.
    """
    run = np.asarray(events.run)
    stored = available(events)
    passed = np.zeros(len(run), dtype=bool)
    for m in menu:
        covered = m.covers(run)
        if covered.any():
            passed |= covered & _any(events, [b for b in m.branches if b in stored], m)
    return passed


def _any(events: Any, branches: list[str], menu: Menu) -> NDArray[np.bool_]:
    if not branches:
        file = events.metadata.get("filename", "these events")
        raise SelectionError(
            f"{file}: none of the triggers {', '.join(menu.branches)} is stored, which runs from {menu.first} on "
            "need; name paths that the file has in selection.triggers"
        )
    paths = [np.asarray(events.HLT[branch.removeprefix(PREFIX)]) for branch in branches]
    return np.asarray(np.any(paths, axis=0), bool)

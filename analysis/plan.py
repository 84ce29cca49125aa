"""Which mass windows a tagger is trained in, and which masses each of them is used for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..datasets.error import DataError
from ..datasets.window import LOW_SIDEBAND, Window
from ..selections.window import EFFICIENCY, MASSES, inside, window

EVERYWHERE = "all"
"""Stands for the window of a tagger that knows no windows."""


class PlanError(DataError):
    """A search in which there is nothing to do."""


def windows(windowed: bool, low: float, high: float) -> tuple[str, ...]:
    """Name the windows that lie, sidebands included, inside [low, high) GeV; `EVERYWHERE` for what is not ``windowed``.

    ``PlanError`` when the range holds no window.
    """
    names = tuple(w.name for w in inside(low, high))
    if not names:
        raise PlanError(
            f"no mass window lies, sidebands included, inside {low:g} to {high:g} GeV; widen scan.range "
            "(B3, 2725 to 3331 GeV, needs 2230 to 4071 GeV)"
        )
    return names if windowed else (EVERYWHERE,)


def masses(name: str, low: float, high: float) -> tuple[float, ...]:
    """Return the resonance masses (GeV) that are fitted to the events selected in a window."""
    if name != EVERYWHERE:
        return MASSES[name]
    return tuple(sorted(mass for w in inside(low, high) for mass in MASSES[w.name]))


def find(name: str) -> Window | None:
    """Look up a window by name; None for `EVERYWHERE`."""
    return None if name == EVERYWHERE else window(name)


def region(name: str, mjj: NDArray[np.floating]) -> NDArray[np.int8]:
    """Label masses (n,) in GeV as `Window.region` does; without a window every event counts as sideband."""
    chosen = find(name)
    return np.full(len(mjj), LOW_SIDEBAND, dtype=np.int8) if chosen is None else chosen.region(mjj)


def efficiency(name: str, given: float | None) -> float:
    """Return the nominal efficiency in a window: the given one, or that of the published search.

    ``PlanError`` when neither exists.
    """
    if given is not None:
        return given
    if name == EVERYWHERE:
        raise PlanError(
            "a tagger without windows has no published working point; set its efficiency, 1.0 to keep all events"
        )
    return EFFICIENCY[name]

"""The working point of a tagger: what the configuration, the tagger itself and the window say of it together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..taggers.error import ParameterError
from ..taggers.selector import Selector
from ..taggers.workingpoint import IN_WINDOWS, working_point
from . import plan
from .training import make_tagger

Settings = Mapping[str, Any]


def point_settings(name: str, settings: Settings) -> Settings | None:
    """Return the working point of a tagger: that of the configuration, over the tagger's own of the same kind.

    None for the efficiency of each window. Where the configuration has an ``efficiency``, it takes the place of the tagger's own threshold or
    ``efficiencies``. ``ParameterError`` for both, and for bins of a plane that the tagger does not have.
    """
    own, given = dict(make_tagger(name, settings).working_point), settings.get("working_point")
    if "efficiency" in settings:
        own.pop("efficiencies", None)
    if given is not None:
        if "efficiency" in settings and "efficiencies" in given:
            raise ParameterError("efficiency and working_point.efficiencies: give one of them")
        if given.get("kind") in IN_WINDOWS and own.get("kind") != given["kind"]:
            raise ParameterError(
                f"working_point of kind {given['kind']!r} is for taggers with a plane, such as quak"
            )
        return {**own, **given} if given.get("kind") == own.get("kind") else given
    return None if "efficiency" in settings and own.get("kind") == "absolute" else own or None


def selects_in_windows(name: str, settings: Settings) -> bool:
    """Say whether the events of a tagger are selected window by window, with a model for each of them or with one for all."""
    in_windows = (point_settings(name, settings) or {}).get("kind") in IN_WINDOWS
    return make_tagger(name, settings).traits.window or in_windows


def make_point(name: str, settings: Settings, window: str, folds: int, seed: int) -> Selector:
    """Make the working point of a tagger in a window; ``PlanError`` where it needs an efficiency and nobody says one."""
    chosen = point_settings(name, settings)
    decided = {"threshold", "efficiencies"} & set(chosen or {})
    efficiency = 1.0 if decided else plan.efficiency(window, settings.get("efficiency"))
    folded = make_tagger(name, settings).traits.folds
    return working_point(chosen, efficiency, folds, window, seed, folded=folded)

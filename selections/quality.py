"""Which events are fit for analysis at all: certified, triggered, filtered, with a complete calorimeter."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets.fold import sample_id
from ..datasets.nanoaod import Need
from ..datasets.provenance import file_hash
from . import certification, event_filter, hem, trigger
from .error import SelectionError

DEFAULT = "default"
HEM_YEAR = 2018

Masks = dict[str, NDArray[np.bool_]]


@dataclass(frozen=True, kw_only=True)
class Quality:
    """Requirements on data quality, all off by default.

    ``year`` (2016 to 2018) chooses the defaults of ``triggers`` and ``filters``, which are "default" or names.
    ``golden_json`` lists certified luminosity blocks and is for data only. ``hem_veto`` drops events with one of
    the two jets in the part of the calorimeter that was off in 2018; in simulation, in a ``hem_fraction`` of
    events.
    """

    year: int | None = None
    triggers: str | tuple[str, ...] | None = None
    filters: str | tuple[str, ...] | None = None
    golden_json: str | None = None
    hem_veto: bool = False
    hem_fraction: float = hem.FRACTION

    def __post_init__(self) -> None:
        """Refuse an unknown year, empty lists, and defaults without a year."""
        if self.year is not None and self.year not in trigger.MENUS:
            known = ", ".join(map(str, trigger.MENUS))
            raise SelectionError(f"year = {self.year}; give one of {known}, or name triggers and filters")
        for name in ("triggers", "filters"):
            value = getattr(self, name)
            if value is None:
                continue
            if not value or (isinstance(value, str) and value != DEFAULT):
                raise SelectionError(f'{name} = {value!r}; give "{DEFAULT}" or a list of names')
            if value == DEFAULT and self.year is None:
                raise SelectionError(f'{name} = "{DEFAULT}" needs a year; give 2016, 2017 or 2018')
        if self.hem_veto and self.year not in {None, HEM_YEAR}:
            raise SelectionError(f"hem_veto is for {HEM_YEAR}, not for {self.year}; leave it out")
        if not 0 <= self.hem_fraction <= 1:
            raise SelectionError(f"hem_fraction = {self.hem_fraction}; give a number from 0 to 1")

    def identity(self) -> dict[str, Any]:
        """Return the requirements as plain data, with the content of files in the place of their names."""
        return asdict(self) | {"golden_json": file_hash(self.golden_json) if self.golden_json else None}

    def quality_needs(self, stored: frozenset[str] = frozenset()) -> tuple[Need, ...]:
        """State the branches that are read; ``stored`` branches of a file help to name those that are meant."""
        needs = []
        if self.triggers is not None:
            needs.append(trigger.need(trigger.menus(self.triggers, self.year)))
        if self.filters is not None:
            needs.append(event_filter.need(event_filter.names(self.filters, self.year), stored))
        return tuple(needs)

    def quality_branches(self) -> frozenset[str]:
        """Return every branch that may be read."""
        extra = event_filter.optional(self.filters) if self.filters is not None else ()
        needed: frozenset[str] = frozenset().union(*(need.branches for need in self.quality_needs()))
        return needed | {f"{event_filter.PREFIX}{name}" for name in extra}

    def quality_cuts(self, events: Any, kind: str) -> Masks:
        """Evaluate what does not depend on jets, for events of a ``kind``; returns masks (n,) by name, in order."""
        cuts: Masks = {}
        if self.golden_json is not None and kind == "data":
            run, lumi = np.asarray(events.run), np.asarray(events.luminosityBlock)
            cuts["certified"] = certification.certified(self.golden_json, run, lumi)
        if self.triggers is not None:
            cuts["trigger"] = trigger.fired(events, trigger.menus(self.triggers, self.year))
        if self.filters is not None:
            required = event_filter.names(self.filters, self.year)
            cuts["filters"] = event_filter.passed(events, required, event_filter.optional(self.filters))
        return cuts

    def without_modules(self, events: Any, kind: str, sample: str) -> NDArray[np.bool_]:
        """Tell which events (n,) the HEM veto is for."""
        columns = [np.asarray(events[name]) for name in ("run", "luminosityBlock", "event")]
        samples = np.full(len(columns[0]), sample_id(sample), dtype=np.uint64)
        return hem.affected((samples, *columns), kind != "data", self.hem_fraction)

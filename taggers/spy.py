"""A tagger that watches another: it raises when the other is shown what it must not see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from ..datasets.fold import IDENTITY, event_hash
from ..datasets.table import Array, FeatureTable
from ..datasets.window import SIGNAL_REGION
from .base import Run, Sample, Tagger, Traits, learned, nest, unnest
from .blind import REGION, inputs_of
from .division import PRIOR
from .error import ConformanceError

SOURCES = {
    "data": "data",
    "validation": "data",
    "background": "background",
    "background_validation": "background",
    "signal": "signal",
    "signal_validation": "signal",
    "priors": "priors",
    "priors_validation": "priors",
}
"""The tables of a `Sample`, each with the source whose events it holds."""


def _no_events() -> NDArray[np.uint64]:
    return np.empty(0, dtype=np.uint64)


@dataclass(frozen=True, kw_only=True)
class Spy(Tagger):
    """Another tagger, watched: it raises when shown what it must not see, or events that it was trained on."""

    name: ClassVar[str] = "spy"
    tagger: Tagger
    trained_on: NDArray[np.uint64] = learned(_no_events)  # noqa: RUF009

    @property
    def traits(self) -> Traits:
        """The traits of the watched tagger."""
        return self.tagger.traits

    @property
    def inputs(self) -> frozenset[str]:
        """The inputs of the watched tagger, and the identity of the events."""
        return self.tagger.inputs | frozenset(IDENTITY)

    @property
    def scored_by(self) -> frozenset[str]:
        """The columns that the watched tagger scores by, and the identity of the events."""
        return self.tagger.scored_by | frozenset(IDENTITY)

    def fit(self, sample: Sample, run: Run) -> Self:
        """Train the watched tagger and remember the events."""
        shown = {name: table for name, table in tables_of(sample).items() if len(table)}
        undeclared = {name for name in shown if SOURCES[name] not in self.traits.trains_on}
        require(
            not undeclared,
            f"{self.tagger.name}: shown samples {sorted(undeclared)}, which it does not declare",
        )
        allowed = self.inputs | {REGION} if self.traits.window else self.inputs
        for name, table in shown.items():
            numbered = {PRIOR} if SOURCES[name] == "priors" else set()
            require(
                set(table.columns) <= allowed | numbered,
                f"shown columns {sorted(set(table.columns) - allowed)}",
            )
        seen = [event_hash(table.identity, "spy") for table in shown.values()]
        tagger = self.tagger.fit(each(sample, lambda t: inputs_and_region(t, self.tagger)), run)
        return replace(self, tagger=tagger).learn(trained_on=np.concatenate([self.trained_on, *seen]))

    def calibrate(self, held_out: FeatureTable) -> Self:
        """Calibrate the watched tagger with events that it was not trained on."""
        self._require_unseen(held_out)
        if self.traits.window:
            require(SIGNAL_REGION not in held_out[REGION], "calibrated with events of the signal region")
        scored_by = self.tagger.scored_by
        tagger = self.tagger.calibrate(inputs_and_region(held_out, self.tagger, scored_by))
        return replace(self, tagger=tagger).learn(trained_on=self.trained_on)

    def score(self, table: FeatureTable) -> NDArray[Any]:
        """Score events that the watched tagger was not trained on."""
        require(set(table.columns) == self.scored_by, f"scored with columns {sorted(table.columns)}")
        self._require_unseen(table)
        return self.tagger.score(inputs_of(table, self.tagger, self.tagger.scored_by))

    def state(self) -> dict[str, Array]:
        """Return the state of the watched tagger and the events."""
        return nest({"tagger": self.tagger.state()}) | {"trained_on": self.trained_on}

    def restore(self, state: Mapping[str, Array]) -> Self:
        """Return the spy that had this ``state``."""
        tagger = self.tagger.restore(unnest("tagger", state))
        return replace(self, tagger=tagger).learn(trained_on=state["trained_on"])

    def _require_unseen(self, table: FeatureTable) -> None:
        known = np.isin(event_hash(table.identity, "spy"), self.trained_on)
        require(not known.any(), f"{self.tagger.name}: {known.sum()} events were used in training")


def inputs_and_region(
    table: FeatureTable, tagger: Tagger, names: frozenset[str] | None = None
) -> FeatureTable:
    """Return the inputs of a tagger, or those in ``names``, with the column region where the table has it."""
    if not table.columns:
        return table
    inputs = inputs_of(table, tagger, names)
    return inputs.with_columns(region=table[REGION]) if REGION in table else inputs


def tables_of(sample: Sample) -> dict[str, FeatureTable]:
    """Return the tables of a sample by name."""
    tables = {name: getattr(sample, name) for name in SOURCES}
    return {name: table for name, table in tables.items() if table is not None}


def each(sample: Sample, change: Callable[[FeatureTable], FeatureTable]) -> Sample:
    """Return a sample with every table changed."""
    changed: dict[str, Any] = {name: change(table) for name, table in tables_of(sample).items()}
    return replace(sample, **changed)


def require(fulfilled: bool, problem: str) -> None:
    """Raise ``ConformanceError`` with a description of the problem unless ``fulfilled``."""
    if not fulfilled:
        raise ConformanceError(problem)

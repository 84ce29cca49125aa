"""The reference without a tagger: every event has the same score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from ..datasets.table import Array, FeatureTable
from .base import Run, Sample, Tagger, Traits


@dataclass(frozen=True, kw_only=True)
class Inclusive(Tagger):
    """No selection beyond that of the events: the score is 0 for all of them.

    With a working point of efficiency 1 it is the inclusive search, to which every method is compared.
    """

    name: ClassVar[str] = "inclusive"
    traits: ClassVar[Traits] = Traits(
        level="event", region="signal", window=False, folds=False, trains_on=frozenset()
    )

    @property
    def inputs(self) -> frozenset[str]:
        """The event number, by which events are counted."""
        return frozenset({"event"})

    def fit(self, sample: Sample, run: Run) -> Self:  # noqa: ARG002
        """Return the tagger itself: there is nothing to train."""
        return self

    def score(self, table: FeatureTable) -> NDArray[np.float64]:
        """Return 0 for each event (n,)."""
        return np.zeros(len(table))

    def state(self) -> dict[str, Array]:
        """Return nothing: nothing was learned."""
        return {}

    def restore(self, state: Mapping[str, Array]) -> Self:  # noqa: ARG002
        """Return the tagger itself."""
        return self

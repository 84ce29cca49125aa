"""A score that is a column of the table: one that somebody else computed, or that was computed once for many searches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from ..datasets.table import Array, FeatureTable, Floats
from .base import Run, Sample, Tagger, Traits


@dataclass(frozen=True, kw_only=True)
class Stored(Tagger):
    """The numbers in ``column``, higher for more anomalous. Whether events were scored by models that saw them is for its author to say."""

    name: ClassVar[str] = "stored"
    traits: ClassVar[Traits] = Traits(
        level="event", region="signal", window=False, folds=False, trains_on=frozenset()
    )

    column: str = "score"

    @property
    def inputs(self) -> frozenset[str]:
        """The column."""
        return frozenset({self.column})

    def fit(self, sample: Sample, run: Run) -> Self:  # noqa: ARG002
        """Return the tagger itself: there is nothing to train."""
        return self

    def score(self, table: FeatureTable) -> Floats:
        """Return the numbers of the column (n,)."""
        return np.asarray(table[self.column], dtype=np.float64)

    def state(self) -> dict[str, Array]:
        """Return nothing: nothing was learned."""
        return {}

    def restore(self, state: Mapping[str, Array]) -> Self:  # noqa: ARG002
        """Return the tagger itself."""
        return self

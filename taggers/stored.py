"""A score that is a column of the table: one that somebody else computed, or that was computed once for many searches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..datasets.table import FeatureTable, Floats
from .untrained import Untrained


@dataclass(frozen=True, kw_only=True)
class Stored(Untrained):
    """The numbers in ``column``, higher for more anomalous. Whether events were scored by models that saw them is for its author to say."""

    name: ClassVar[str] = "stored"

    column: str = "score"

    @property
    def inputs(self) -> frozenset[str]:
        """The column."""
        return frozenset({self.column})

    def score(self, table: FeatureTable) -> Floats:
        """Return the numbers of the column (n,)."""
        return np.asarray(table[self.column], dtype=np.float64)

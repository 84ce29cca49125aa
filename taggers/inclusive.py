"""The reference without a tagger: every event has the same score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..datasets.table import FeatureTable
from .untrained import Untrained


@dataclass(frozen=True, kw_only=True)
class Inclusive(Untrained):
    """No selection beyond that of the events: the score is 0 for all of them.

    With a working point of efficiency 1 it is the inclusive search, to which every method is compared.
    """

    name: ClassVar[str] = "inclusive"

    @property
    def inputs(self) -> frozenset[str]:
        """The event number, by which events are counted."""
        return frozenset({"event"})

    def score(self, table: FeatureTable) -> NDArray[np.float64]:
        """Return 0 for each event (n,)."""
        return np.zeros(len(table))

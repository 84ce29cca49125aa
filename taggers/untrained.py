"""Taggers that there is nothing to train for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from ..datasets.table import Array
from .base import Run, Sample, Tagger, Traits


@dataclass(frozen=True, kw_only=True)
class Untrained(Tagger):
    """A tagger whose score is a function of the event alone; a subclass says which."""

    traits: ClassVar[Traits] = Traits(
        level="event", region="signal", window=False, folds=False, trains_on=frozenset()
    )

    def fit(self, sample: Sample, run: Run) -> Self:  # noqa: ARG002
        """Return the tagger itself: there is nothing to train."""
        return self

    def state(self) -> dict[str, Array]:
        """Return nothing: nothing was learned."""
        return {}

    def restore(self, state: Mapping[str, Array]) -> Self:  # noqa: ARG002
        """Return the tagger itself."""
        return self

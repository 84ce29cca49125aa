"""The idealized anomaly detector: data of the signal region against background that is known there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..datasets.table import FeatureTable
from ..datasets.window import SIGNAL_REGION
from .base import Sample, Traits
from .blind import REGION
from .classifier import Classes, Classifier


@dataclass(frozen=True, kw_only=True)
class Idealized(Classifier):
    """Classification without labels with a perfect background: what weak supervision can reach at best.

    Data of the signal region are told from simulated background in the same region. The background must be
    independent of the data and should be as large or larger. Methods that must learn it, from sidebands or by
    interpolation, lose against this one what their background lacks (arXiv:2109.00546).
    """

    name: ClassVar[str] = "idealized"
    traits: ClassVar[Traits] = Traits(
        level="event",
        region="signal",
        window=True,
        folds=True,
        trains_on=frozenset({"data", "background"}),
    )

    def classes(self, sample: Sample) -> tuple[Classes, Classes | None]:
        """Return data and background in the signal region, and those of them that decide when to stop."""
        training = Classes(_inside(sample.data), _inside(self.sample_of(sample, "background")))
        if sample.validation is None or sample.background_validation is None:
            return training, None
        return training, Classes(_inside(sample.validation), _inside(sample.background_validation))


def _inside(table: FeatureTable) -> FeatureTable:
    return table.where(table[REGION] == SIGNAL_REGION)

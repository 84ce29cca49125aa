"""Taggers that score each of the two jets and combine the two numbers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from ..datasets.column import JETS
from ..datasets.error import unknown
from ..datasets.table import Array, FeatureTable, Floats
from .base import Run, Sample, Tagger, learned, nest, unnest
from .error import ParameterError
from .rank import Rank
from .weight import sideband_weight

COMBINATIONS: Mapping[str, Callable[[Floats], Floats]] = {
    "max": lambda jets: jets.max(axis=1),
    "min": lambda jets: jets.min(axis=1),
    "product": lambda jets: jets.prod(axis=1),
    "sum": lambda jets: jets.sum(axis=1),
}


@dataclass(frozen=True)
class Jets:
    """Pairs of jets: ``features`` (n, 2, ...), ``region`` of the event (n,), ``pt`` (n, 2) in GeV."""

    features: Array
    region: NDArray[np.int8] | None = None
    pt: Floats | None = None


@dataclass(frozen=True, kw_only=True)
class JetTagger(Tagger):
    """A tagger with a score per jet; ``combine`` makes one of two: "max", "min", "product" or "sum".

    Calibration turns the score of each jet into its rank among the same jet of sideband events. "max" finds
    events with one anomalous jet, "product" those with two (arXiv:2002.12376). Without calibration the outputs
    of the model are combined as they are; so they are where ``ranking`` is false, for one model of both jets.
    """

    ranking: ClassVar[bool] = True
    combine: str = "max"
    ranks: tuple[Rank, ...] = learned(tuple)

    def __post_init__(self) -> None:
        """Refuse an unknown combination."""
        super().__post_init__()
        if self.combine not in COMBINATIONS:
            raise ParameterError(f"tagger {self.name}: {unknown('combination', self.combine, COMBINATIONS)}")

    @abstractmethod
    def jets(self, table: FeatureTable) -> Jets:
        """Collect what `fit_jets` and `score_jets` need from a table."""

    @abstractmethod
    def fit_jets(self, training: Jets, validation: Jets | None, run: Run) -> Self:
        """Return a tagger trained on pairs of jets."""

    @abstractmethod
    def score_jets(self, jets: Jets) -> Floats:
        """Return the output of the model for each jet, (n, 2), higher is more anomalous."""

    def fit(self, sample: Sample, run: Run) -> Self:
        """Return a tagger trained on the data of ``sample``; see `Tagger.fit`."""
        validation = None if sample.validation is None else self.jets(sample.validation)
        return self.fit_jets(self.jets(sample.data), validation, run)

    def calibrate(self, held_out: FeatureTable) -> Self:
        """Return a tagger that ranks each jet among those of ``held_out``.

        Without ``ranking`` it is the tagger itself. With a column ``region`` only sideband events count, both sidebands equally; else all events do.
        """
        if not self.ranking:
            return self
        outputs = self.score_jets(self.jets(held_out))
        weight = sideband_weight(held_out["region"]) if "region" in held_out else np.ones(len(outputs))
        return self.learn(ranks=tuple(Rank.fit(output, weight) for output in outputs.T))

    def ranked(self, table: FeatureTable) -> Floats:
        """Return the rank of each jet (n, 2), or the outputs of the model before calibration."""
        outputs = self.score_jets(self.jets(table))
        if not self.ranks:
            return outputs
        return np.stack([rank(output) for rank, output in zip(self.ranks, outputs.T, strict=True)], axis=1)

    def score(self, table: FeatureTable) -> Floats:
        """Score events by the combination of their jets' ranks (n,)."""
        return COMBINATIONS[self.combine](self.ranked(table))

    def diagnostics(self, table: FeatureTable) -> dict[str, Array]:
        """Return the rank of each jet, ``j1`` and ``j2``, each (n,)."""
        return dict(zip(JETS, self.ranked(table).T, strict=True))

    def evaluate(self, table: FeatureTable) -> dict[str, Array]:
        """Return the score of each event and the ranks of its jets, each (n,), of one evaluation of the model."""
        ranks = self.ranked(table)
        return {"score": COMBINATIONS[self.combine](ranks), **dict(zip(JETS, ranks.T, strict=True))}

    def rank_state(self) -> dict[str, Array]:
        """Return the arrays of the rank transforms, none before calibration."""
        ranks = zip(JETS, self.ranks, strict=bool(self.ranks))
        return nest({f"rank/{jet}": rank.state() for jet, rank in ranks})

    def restore_ranks(self, state: Mapping[str, Any]) -> Self:
        """Return a tagger with the rank transforms found in ``state``."""
        found = [unnest(f"rank/{jet}", state) for jet in JETS]
        return self.learn(ranks=tuple(Rank.restore(arrays) for arrays in found if arrays))

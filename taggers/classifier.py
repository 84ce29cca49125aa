"""Classifiers of events that are labelled by the sample they come from."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from ..datasets.column import JETS
from ..datasets.table import Array, FeatureTable, Floats
from . import feature
from .base import Run, Sample, Tagger, learned, nest, unnest
from .error import TrainingError
from .learner import Labelled, Model
from .trees_or_network import TreesOrNetwork
from .weight import class_weight


@dataclass(frozen=True)
class Classes:
    """Two classes of events: those to be found, and ``background``."""

    anomalous: FeatureTable
    background: FeatureTable


@dataclass(frozen=True, kw_only=True)
class Classifier(TreesOrNetwork, Tagger):
    """A classifier that tells two samples apart; a subclass says which (`classes`).

    Both classes have the same total weight, whatever the number of their events. The score is the log-odds.

    ``features``: quantities of jets, without ``j1_`` for both, or of one jet, or ``delta_`` for the difference of both.
    ``per_jet``: one model for each jet in place of one for all features, which must be those of both jets then; the
    score is the sum of their log-odds, the best there is when the two jets are independent.
    ``classifier`` and its hyperparameters are explained in `TreesOrNetwork`.
    """

    features: tuple[str, ...] = ("msd", "tau21", "tau32", "tau43", "n_pf")
    per_jet: bool = False
    models: tuple[Model, ...] = learned(tuple)

    def __post_init__(self) -> None:
        """Refuse hyperparameters that cannot be used."""
        super().__post_init__()
        feature.require_features(self.name, self.features)

    @property
    def inputs(self) -> frozenset[str]:
        """The columns of the features."""
        return feature.columns(self.features)

    @abstractmethod
    def classes(self, sample: Sample) -> tuple[Classes, Classes | None]:
        """Return the events to train on and, when there are any, those that decide when to stop."""

    def fit(self, sample: Sample, run: Run) -> Self:
        """Return a tagger trained to tell the two classes apart.

        ``TrainingError`` when a class has no event or a sample is missing.
        """
        training, validation = self.classes(sample)
        blocks = self._labelled(training)
        stops = [None] * len(blocks) if validation is None else self._labelled(validation)
        trained = list(map(self.train, blocks, stops, run.split(len(blocks))))
        names = JETS if self.per_jet else ("event",)
        history = nest({name: one.history for name, one in zip(names, trained, strict=True)})
        return self.learn(models=tuple(one.model for one in trained), history=history)

    def score(self, table: FeatureTable) -> Floats:
        """Return the log-odds of the class to be found (n,)."""
        if not self.models:
            raise self.unfitted()
        blocks = self._blocks(table)
        outputs = [self.predict(model, x) for model, x in zip(self.models, blocks, strict=True)]
        return np.asarray(np.sum(outputs, axis=0))

    def state(self) -> dict[str, Array]:
        """Return models as bytes, and losses."""
        models = {f"model/{i}": model for i, model in enumerate(self.models)}
        return models | nest({"history": self.history})

    def restore(self, state: Mapping[str, Array]) -> Self:
        """Return the tagger that had this ``state``."""
        found = unnest("model", state)
        models = tuple(found[str(i)] for i in range(len(found)))
        return self.learn(models=models, history=unnest("history", state))

    def sample_of(self, sample: Sample, name: str) -> FeatureTable:
        """Return a table of a sample by its name; ``TrainingError`` when it was not given."""
        table: FeatureTable | None = getattr(sample, name)
        if table is None:
            raise TrainingError(f"tagger {self.name} trains on {name}; give Sample.{name}")
        return table

    def _blocks(self, table: FeatureTable) -> list[Floats]:
        """Return the features that each model reads, (n, F) each."""
        if not self.per_jet:
            return [feature.values(table, self.features)]
        return list(np.moveaxis(table.jets(*self.features), 1, 0))

    def _labelled(self, classes: Classes) -> list[Labelled]:
        tables = classes.background, classes.anomalous
        n_background, n_anomalous = map(len, tables)
        if not (n_background and n_anomalous):
            raise TrainingError(
                f"tagger {self.name}: {n_anomalous} events to be found and {n_background} of background; "
                "a classifier needs both: give more events or fewer folds"
            )
        label = np.repeat([0, 1], [n_background, n_anomalous])
        weight = class_weight(label)
        blocks = zip(*map(self._blocks, tables), strict=True)
        return [Labelled(np.concatenate(features), label, weight) for features in blocks]

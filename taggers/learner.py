"""What tells two weighted classes of events apart: its contract, what it is given, and what it returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets.table import Floats
from .base import Run
from .hyperparameter import Hyperparameters

Model = NDArray[Any]


def untrained() -> Model:
    """Return the model of what is not trained."""
    return np.empty(0, dtype=np.uint8)


@dataclass(frozen=True)
class Labelled:
    """Events of two classes: ``features`` (n, F), ``label`` (n,) of 0 and 1, ``weight`` (n,)."""

    features: Floats
    label: NDArray[Any]
    weight: Floats

    def where(self, rows: NDArray[np.bool_]) -> Labelled:
        """Return the events of ``rows`` (n,)."""
        return Labelled(self.features[rows], self.label[rows], self.weight[rows])


@dataclass(frozen=True)
class Trained:
    """A model as one array, and its weighted ``loss`` and ``validation`` loss by round or epoch, each (rounds,)."""

    model: Model
    loss: Floats
    validation: Floats

    @property
    def history(self) -> dict[str, Floats]:
        """The losses by name."""
        return {"loss": self.loss, "validation": self.validation}


@dataclass(frozen=True, kw_only=True)
class Learner(Hyperparameters, ABC):
    """Trains models of one kind and evaluates them.

    Its hyperparameters are the fields of a frozen dataclass, so that a tagger that derives from it has them too.
    """

    @abstractmethod
    def train(self, training: Labelled, validation: Labelled | None, run: Run) -> Trained:
        """Train one model; the same ``run.seed`` gives the same bytes."""

    def train_all(
        self, training: Labelled, validation: Labelled | None, runs: Sequence[Run]
    ) -> list[Trained]:
        """Train a model with the seed of each of the ``runs``; one after the other, unless a learner is faster otherwise."""
        return [self.train(training, validation, run) for run in runs]

    @abstractmethod
    def predict(self, model: Model, features: Floats) -> Floats:
        """Return the log-odds of class 1 for events with ``features`` (n, F), as (n,)."""

    def train_best(self, training: Labelled, validation: Labelled | None, run: Run) -> Trained:
        """Train and return the model that is kept: the only one, unless a learner makes several."""
        return self.train(training, validation, run)

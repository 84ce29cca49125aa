"""Classifiers trained on random parts of the same events, whose log-odds are averaged (arXiv:2309.13111)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..datasets.table import Floats
from .base import Run
from .error import TrainingError
from .learner import Labelled, Learner, Model, Trained


@dataclass(frozen=True, kw_only=True)
class Bag(Learner):
    """``classifiers`` models, each trained on a random part of the events and stopped by the other part.

    ``held_out`` is the share of the events that decides when to stop.
    """

    classifiers: int = 10
    held_out: float = 0.5

    def __post_init__(self) -> None:
        """Refuse values outside their range."""
        super().__post_init__()
        self.require("classifiers", self.classifiers >= 1, "at least 1")
        self.require("held_out", 0 < self.held_out < 1, "above 0 and below 1")

    def train_bag(self, events: Labelled, run: Run) -> list[Trained]:
        """Train all models; the seed of each follows from ``run.seed``."""
        return [self._train_part(events, one) for one in run.split(self.classifiers)]

    def predict_bag(self, models: Sequence[Model], features: Floats) -> Floats:
        """Return the mean log-odds of class 1 (n,) for events with ``features`` (n, F)."""
        return np.asarray(np.mean([self.predict(model, features) for model in models], axis=0))

    def _train_part(self, events: Labelled, run: Run) -> Trained:
        aside = np.random.default_rng(run.seed).random(len(events.label)) < self.held_out
        if any(len(np.unique(events.label[part])) < 2 for part in (aside, ~aside)):
            raise TrainingError(
                f"a random part of {len(aside)} events has but one class; give more events or another held_out"
            )
        return self.train(events.where(~aside), events.where(aside), run)

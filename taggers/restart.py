"""Training the same model several times and keeping the best."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ..datasets.error import unknown
from ..datasets.table import Floats
from .base import Run
from .error import ParameterError
from .learner import Labelled, Learner, Trained
from .selector import threshold

EFFICIENCY, EFFICIENCY_OF_FEW, FEW = 0.01, 0.1, 20


def passing_fraction(scores: Floats, events: Labelled) -> float:
    """Return the fraction of the events of class 1 above the cut that keeps 1% of class 0, by weight.

    It is the metric by which CMS chose between restarts (arXiv:2412.03747). Where 1% are fewer than 20
    events, the cut keeps 10%.
    """
    side = np.asarray(events.label) == 0
    efficiency = EFFICIENCY if EFFICIENCY * np.count_nonzero(side) >= FEW else EFFICIENCY_OF_FEW
    cut, _ = threshold(scores[side], events.weight[side], efficiency)
    return float(np.average(scores[~side] >= cut, weights=events.weight[~side]))


def negative_loss(scores: Floats, events: Labelled) -> float:
    """Return minus the weighted cross-entropy of log-odds ``scores`` (n,)."""
    signs = np.where(np.asarray(events.label) == 1, -1.0, 1.0)
    return -float(np.average(np.logaddexp(0.0, signs * scores), weights=events.weight))


CRITERIA: Mapping[str, Callable[[Floats, Labelled], float]] = {
    "loss": negative_loss,
    "passing": passing_fraction,
}


@dataclass(frozen=True, kw_only=True)
class Restarts(Learner):
    """A classifier that is trained ``restarts`` times, of which the best model on the validation events is kept.

    ``choose``: "passing", by the fraction of signal-region events above a cut that keeps 1% of the sidebands, or
    "loss", by the weighted cross-entropy.
    """

    restarts: int = 1
    choose: str = "passing"

    def __post_init__(self) -> None:
        """Refuse values outside their range."""
        super().__post_init__()
        self.require("restarts", self.restarts >= 1, "at least 1")
        if self.choose not in CRITERIA:
            raise ParameterError(f"hyperparameter choose: {unknown('criterion', self.choose, CRITERIA)}")

    def train_best(self, training: Labelled, validation: Labelled | None, run: Run) -> Trained:
        """Train with as many seeds and return the best; without ``validation``, the best on the training events."""
        events = training if validation is None else validation
        attempts = self.train_all(training, validation, run.split(self.restarts))
        scores = [self.predict(attempt.model, events.features) for attempt in attempts]
        return attempts[int(np.argmax([CRITERIA[self.choose](score, events) for score in scores]))]

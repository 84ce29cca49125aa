"""A classifier as a test of whether two samples are alike (arXiv:1610.06545)."""

from __future__ import annotations

import numpy as np

from ..datasets.table import Floats
from .base import Run
from .learner import Labelled
from .metric import auc
from .tree import Trees
from .weight import class_weight

TREES = Trees(rounds=100, learning_rate=0.1, leaf_weight=20.0, subsample=0.5)


def separability(first: Floats, second: Floats, seed: int = 0) -> float:
    """Return the area under the ROC curve of trees that tell two samples (n, F) and (m, F) apart; 0.5 when they are alike.

    Both have at least two events. Each half of the events is scored by trees that were trained on the other half.
    """
    label = np.repeat([0, 1], [len(first), len(second)])
    events = Labelled(np.concatenate([first, second]), label, class_weight(label))
    half = np.empty(len(label), dtype=bool)
    half[np.lexsort((np.random.default_rng(seed).random(len(label)), label))] = np.arange(len(label)) % 2
    areas = [_area(events.where(rows), events.where(~rows), seed) for rows in (half, ~half)]
    return float(np.mean(areas))


def _area(training: Labelled, test: Labelled, seed: int) -> float:
    model = TREES.train(training, None, Run(seed=seed)).model
    return auc(TREES.predict(model, test.features), test.label)

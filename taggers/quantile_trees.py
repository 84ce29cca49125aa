"""Quantiles of a score against m_jj by boosted trees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xgboost

from ..datasets.table import Floats
from .base import Run
from .hyperparameter import Hyperparameters


@dataclass(frozen=True, kw_only=True)
class QuantileTrees(Hyperparameters):
    """Hyperparameters of trees that learn quantiles of a score as functions of m_jj; sorting keeps them from crossing.

    ``rounds``, ``learning_rate``, ``depth``: number of trees of each quantile, their weight, cuts one after the other in each.
    ``leaf_share``: least share of the events in a leaf.
    """

    rounds: int = 100
    learning_rate: float = 0.1
    depth: int = 3
    leaf_share: float = 0.02

    def quantiles(
        self, x: Sequence[Floats], score: Sequence[Floats], levels: Floats, grid: Floats, run: Run
    ) -> Floats:
        """Learn the quantiles ``levels`` (Q,) of ``score`` at ``x``, both (n,) for each of F folds; return them on a ``grid`` (G,), (F, Q, G)."""
        each = zip(x, score, run.split(len(x)), strict=True)
        return np.stack([self._fold(*one, levels, grid) for one in each])

    def _fold(self, x: Floats, score: Floats, run: Run, levels: Floats, grid: Floats) -> Floats:
        settings = {
            "objective": "reg:quantileerror",
            "quantile_alpha": levels,
            "tree_method": "hist",
            "learning_rate": self.learning_rate,
            "max_depth": self.depth,
            "min_child_weight": self.leaf_share * len(x),
            "seed": run.seed,
            "nthread": run.threads,
        }
        data = xgboost.QuantileDMatrix(x[:, None], score, nthread=1)
        booster = xgboost.train(settings, data, num_boost_round=self.rounds)
        found = np.asarray(booster.inplace_predict(grid[:, None]), dtype=np.float64)
        return np.sort(found.reshape(len(grid), len(levels)), axis=1).T

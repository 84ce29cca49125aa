"""Boosted decision trees that tell two weighted classes apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xgboost

from ..datasets.table import Floats
from .base import Run
from .learner import Labelled, Learner, Model, Trained


@dataclass(frozen=True, kw_only=True)
class Trees(Learner):
    """Hyperparameters of the trees; they are made for a signal of a per cent or less among the events.

    ``rounds``: most trees in a model; early stopping usually ends far below.
    ``learning_rate``: small enough that the validation loss has a clear minimum although signal moves it little.
    ``depth``: as many cuts as it takes to enclose a signal in about five features; with fewer, it is found
    only as a sum of marginal excesses.
    ``leaf_weight``: least sum of second derivatives in a leaf, a quarter of the sum of the weights of its events. It keeps
    deep trees from fitting single events: 120 of them must fluctuate to make a leaf where weights are 1 on average. They are for methods
    that compare two classes (`class_weight`); those of CWoLa are 1 in the low sideband (`mjj_weight`), so that it takes fewer of the rarer
    events at higher masses.
    ``l2``: shrinks leaves of few events.
    ``subsample``: share of the events each tree sees. With less than all, it sees less of a signal that is hard to find.
    ``patience``: rounds without a better validation loss before training stops; 0 trains all rounds.
    """

    rounds: int = 200
    learning_rate: float = 0.05
    depth: int = 5
    leaf_weight: float = 30.0
    l2: float = 1.0
    subsample: float = 1.0
    patience: int = 10

    def __post_init__(self) -> None:
        """Refuse values outside their range."""
        super().__post_init__()
        for name in ("rounds", "depth"):
            self.require(name, getattr(self, name) >= 1, "at least 1")
        for name in ("leaf_weight", "l2", "patience"):
            self.require(name, getattr(self, name) >= 0, "0 or more")
        for name in ("learning_rate", "subsample"):
            self.require(name, 0 < getattr(self, name) <= 1, "above 0 and at most 1")

    def train(self, training: Labelled, validation: Labelled | None, run: Run) -> Trained:
        """Train up to the least validation loss when there is a ``validation`` sample.

        The model is bytes (UBJ). The same ``run.seed`` gives the same bytes. The loss is the weighted cross-entropy.
        """
        data = _matrix(training)
        evaluated = [(data, "loss")]
        if validation is not None:
            evaluated.append((_matrix(validation, data), "validation"))
        losses: dict[str, dict[str, list[float]]] = {}
        booster = xgboost.train(
            self._settings(run),
            data,
            num_boost_round=self.rounds,
            evals=evaluated,
            evals_result=losses,
            early_stopping_rounds=self.patience if validation is not None and self.patience else None,
            verbose_eval=False,
        )
        history = {name: np.asarray(loss["logloss"]) for name, loss in losses.items()}
        return Trained(_bytes(booster), history["loss"], history.get("validation", np.empty(0)))

    def predict(self, model: Model, features: Floats) -> Floats:
        """Return the log-odds of class 1 for events with ``features`` (n, F), as (n,)."""
        booster = xgboost.Booster({"nthread": 1})
        booster.load_model(bytearray(model.tobytes()))
        outputs = booster.inplace_predict(features.astype(np.float32), predict_type="margin")
        return np.asarray(outputs, dtype=np.float64)

    def _settings(self, run: Run) -> dict[str, Any]:
        return {
            "objective": "binary:logistic",
            "eval_metric": "logloss",
            "tree_method": "hist",
            "base_score": 0.5,
            "learning_rate": self.learning_rate,
            "max_depth": self.depth,
            "min_child_weight": self.leaf_weight,
            "lambda": self.l2,
            "subsample": self.subsample,
            "seed": run.seed,
            "nthread": run.threads,
            "device": "cpu" if run.device == "auto" else run.device,
        }


def _matrix(events: Labelled, reference: Any = None) -> Any:
    features = events.features.astype(np.float32)
    return xgboost.QuantileDMatrix(features, events.label, weight=events.weight, ref=reference, nthread=1)


def _bytes(booster: Any) -> Model:
    best = booster.attr("best_iteration")
    kept = booster if best is None else booster[: int(best) + 1]
    return np.frombuffer(bytes(kept.save_raw("ubj")), dtype=np.uint8)

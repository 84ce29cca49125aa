"""A classifier that is boosted trees, the dense network of CMS, or a plain one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from ..datasets.error import unknown
from ..datasets.table import Floats
from .base import Run
from .error import ParameterError
from .learner import Labelled, Learner, Model, Trained
from .network import Network
from .perceptron import Perceptron
from .tree import Trees

CLASSIFIERS: Mapping[str, type[Learner]] = {
    "network": Network,
    "perceptron": Perceptron,
    "trees": Trees,
}


@dataclass(frozen=True, kw_only=True)
class TreesOrNetwork(Trees, Network, Perceptron):
    """``classifier`` is "trees", "network" or "perceptron", with the hyperparameters of `Trees`, `Network` or `Perceptron`.

    Those of the others are not used. Networks need finite features.
    """

    classifier: str = "trees"

    def __post_init__(self) -> None:
        """Refuse an unknown kind and values outside their range."""
        if self.classifier not in CLASSIFIERS:
            raise ParameterError(
                f"hyperparameter classifier: {unknown('classifier', self.classifier, CLASSIFIERS)}"
            )
        super().__post_init__()

    @property
    def learner(self) -> Learner:
        """The chosen kind with its hyperparameters."""
        kind = CLASSIFIERS[self.classifier]
        return kind(**{entry.name: getattr(self, entry.name) for entry in fields(kind)})

    def train(self, training: Labelled, validation: Labelled | None, run: Run) -> Trained:
        """Train one model of the chosen kind."""
        return self.learner.train(training, validation, run)

    def train_all(
        self, training: Labelled, validation: Labelled | None, runs: Sequence[Run]
    ) -> list[Trained]:
        """Train a model of the chosen kind with each of the seeds."""
        return self.learner.train_all(training, validation, runs)

    def predict(self, model: Model, features: Floats) -> Floats:
        """Return the log-odds that a model of the chosen kind gives (n,)."""
        return self.learner.predict(model, features)

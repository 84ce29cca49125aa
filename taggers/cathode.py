"""CATHODE: data of the signal region against background drawn from a density (arXiv:2109.00546)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Self

import numpy as np

from ..datasets.table import Array, FeatureTable, Floats
from . import feature
from .bag import Bag
from .base import Run, Sample, learned, nest
from .density import Density, Events, draw_masses
from .interpolation import PUBLISHED_FLOW, Interpolation
from .learner import Labelled, Model
from .trees_or_network import TreesOrNetwork
from .weight import class_weight

PUBLISHED_CLASSIFIER: Mapping[str, Any] = MappingProxyType(
    {
        "classifier": "perceptron",
        "classifiers": 1,
        "layers": (64, 64, 64),
        "epochs": 100,
        "batch": 128,
        "least_steps": 1,
        "step": 1e-3,
        "anneal": False,
        "dropout": 0.0,
        "kept": 10,
    }
)


@dataclass(frozen=True, kw_only=True)
class Cathode(Interpolation, Bag, TreesOrNetwork):
    """A classifier of data against background that a flow learned from sidebands and drew in the signal region.

    A flow learns p(features | m_jj) outside of the signal region. At the masses of the events inside it draws what
    background would look like there. A classifier tells data from these events; what it can learn is
    p_data / p_background, if the flow is right. The score is the mean log-odds of the bag of classifiers.

    ``oversampling``: number of drawn events for each event of data in the signal region.
    The flow's hyperparameters are explained in `Interpolation`, those of the classifiers in `Bag` and
    `TreesOrNetwork`.
    """

    name: ClassVar[str] = "cathode"
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
        {"published": MappingProxyType({**PUBLISHED_FLOW, **PUBLISHED_CLASSIFIER})}
    )

    models_per_fold: ClassVar[int | None] = 3

    flow_epochs: int = 15
    oversampling: float = 4.0
    classifiers: int = 4
    models: tuple[Model, ...] = learned(tuple)

    def __post_init__(self) -> None:
        """Refuse hyperparameters that cannot be used."""
        super().__post_init__()
        self.require("oversampling", self.oversampling > 0, "above 0")

    @property
    def scored_by(self) -> frozenset[str]:
        """The columns of the features: m_jj does not decide scores."""
        return feature.columns(self.features)

    def fit(self, sample: Sample, run: Run) -> Self:
        """Return a tagger with flow and classifiers; ``TrainingError`` without events in the signal region."""
        window = self.window(sample)
        density, drawing, classifying = run.split(3)
        background, history = self.fit_background(sample, density)
        data = background.inside(self.signal_region(sample.data, sample.validation))
        n = round(self.oversampling * len(data[1]))
        masses = draw_masses(data[1], window.low, window.high, n, drawing.seed)
        seen = self.classified(background, data)
        drawn = self.template(background, seen, masses, drawing.seed + 1)
        trained = self.train_bag(_labelled(seen, drawn), classifying)
        history |= nest({f"classifier{i}": one.history for i, one in enumerate(trained)})
        return self.learn(background=background, models=tuple(t.model for t in trained), history=history)

    def template(self, background: Density, seen: Floats, mjj: Floats, seed: int) -> Floats:  # noqa: ARG002
        """Draw what the classifiers take for background at masses (n,) in GeV, (n, F); ``seen`` is what they see of data."""
        return background.sample(mjj, seed)

    def classified(self, background: Density, events: Events) -> Floats:  # noqa: ARG002
        """Return what the classifiers are given of events, (n, F)."""
        return events[0]

    def score(self, table: FeatureTable) -> Floats:
        """Return the log-odds of data against background of each event (n,)."""
        self.fitted()
        return self.predict_bag(self.models, feature.values(table, self.features))

    def state(self) -> dict[str, Array]:
        """Return density, classifiers and losses."""
        models = {f"model/{i}": model for i, model in enumerate(self.models)}
        return models | self.background_state()

    def restore(self, state: Mapping[str, Array]) -> Self:
        """Return the tagger that had this ``state``."""
        models = tuple(state[f"model/{i}"] for i in range(self.classifiers))
        return self.restore_background(state).learn(models=models)


def _labelled(data: Floats, drawn: Floats) -> Labelled:
    label = np.repeat([1, 0], [len(data), len(drawn)])
    return Labelled(np.concatenate([data, drawn]), label, class_weight(label))

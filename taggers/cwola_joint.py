"""CWoLa Hunting as first proposed: one classifier of the features of both jets (arXiv:1805.02664, 1902.02634)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Self

from ..datasets.table import Array, FeatureTable, Floats
from ..datasets.window import SIGNAL_REGION
from . import feature
from .base import Run, Sample, Tagger, Traits, learned, nest, unnest
from .blind import region_of
from .finite import require_finite
from .learner import Labelled, Model, untrained
from .network import PUBLISHED_NETWORK
from .restart import Restarts
from .trees_or_network import TreesOrNetwork
from .weight import mjj_weight


@dataclass(frozen=True, kw_only=True)
class CWoLaJoint(Restarts, TreesOrNetwork, Tagger):
    """Classification without labels in m_jj windows, one model of both jets together.

    Cross-fitted it is the nested division of arXiv:1902.02634: in each outer fold a model for each inner fold, the
    best of ``restarts`` trainings on that inner fold; the log-odds of these models are averaged.

    ``features``: quantities of jets, without ``j1_`` for both, or of one jet, or ``delta_`` for the difference of both.
    ``classifier`` and its hyperparameters are explained in `TreesOrNetwork`.
    ``restarts``, ``choose``: as in `Restarts`; published are 20 and "loss".
    """

    name: ClassVar[str] = "cwola_joint"
    traits: ClassVar[Traits] = Traits(
        level="event", region="signal", window=True, folds=True, trains_on=frozenset({"data"})
    )
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
        {"published": {"classifier": "network", "restarts": 20, **PUBLISHED_NETWORK}}
    )

    features: tuple[str, ...] = ("msd", "tau21", "tau32", "tau43", "n_pf")
    choose: str = "loss"
    model: Model = learned(untrained)  # noqa: RUF009

    def __post_init__(self) -> None:
        """Refuse hyperparameters that cannot be used."""
        feature.require_features(self.name, self.features)
        super().__post_init__()

    @property
    def inputs(self) -> frozenset[str]:
        """The columns of the features."""
        return feature.columns(self.features)

    def labelled(self, table: FeatureTable) -> Labelled:
        """Collect features, labels and weights of events with a column ``region``."""
        region = region_of(table, self)
        return Labelled(self._features(table), region == SIGNAL_REGION, mjj_weight(region))

    def fit(self, sample: Sample, run: Run) -> Self:
        """Return a tagger trained on signal region against sidebands; see `Tagger.fit`."""
        validation = None if sample.validation is None else self.labelled(sample.validation)
        trained = self.train_best(self.labelled(sample.data), validation, run)
        return self.learn(model=trained.model, history=trained.history)

    def score(self, table: FeatureTable) -> Floats:
        """Return the log-odds of the signal region for each event (n,)."""
        if not len(self.model):
            raise self.unfitted()
        return self.predict(self.model, self._features(table))

    def state(self) -> dict[str, Array]:
        """Return the model and the losses."""
        return {"model": self.model} | nest({"history": self.history})

    def restore(self, state: Mapping[str, Array]) -> Self:
        """Return the tagger that had this ``state``."""
        return self.learn(model=state["model"], history=unnest("history", state))

    def _features(self, table: FeatureTable) -> Floats:
        if self.classifier != "trees":
            require_finite(self.name, table, sorted(self.inputs))
        return feature.values(table, self.features)

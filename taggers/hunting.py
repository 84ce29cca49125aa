"""What CWoLa Hunting does with any classifier: labels, weights and a model for each of the two jets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from ..datasets.column import JETS
from ..datasets.table import Array, FeatureTable, Floats
from ..datasets.window import SIGNAL_REGION
from .base import Run, Traits, learned, nest, unnest
from .error import ParameterError
from .feature import require_quantities
from .jet import Jets, JetTagger
from .learner import Labelled, Learner, Model, Trained
from .weight import PtWeight, mjj_weight


@dataclass(frozen=True, kw_only=True)
class Hunting(JetTagger, Learner):
    """Classification without labels in m_jj windows, one model for each of the two jets.

    Each model learns to tell jets of the signal region from jets of the neighbouring windows. Where both have
    the same background, all it can learn is the signal (arXiv:1708.02949, Theorem 1). A tagger derives
    from this class and from a kind of classifier, such as `Trees`, in this order.

    ``features``: quantities of a jet, without ``j1_``; any columns of the table. The published
    ones are soft-drop mass, tau21, tau32, tau43, the number of candidates, LSF3 and a b-tag score.
    ``pt_weights``: weigh the sidebands to the pT spectrum of the signal region, as published. Off by default: in
    simulated dijets it changed the dependence on m_jj little and cost half of the selected signal.
    """

    traits: ClassVar[Traits] = Traits(
        level="jet", region="signal", window=True, folds=True, trains_on=frozenset({"data"})
    )

    features: tuple[str, ...] = ("msd", "tau21", "tau32", "tau43", "n_pf")
    pt_weights: bool = False
    models: tuple[Model, ...] = learned(tuple)

    def __post_init__(self) -> None:
        """Refuse hyperparameters that cannot be used."""
        super().__post_init__()
        require_quantities(self.name, self.features)

    @property
    def inputs(self) -> frozenset[str]:
        """The features of both jets, and their pT when it decides weights."""
        names = {*self.features, *(["pt"] if self.pt_weights else [])}
        return frozenset(f"{jet}_{name}" for jet in JETS for name in names)

    def jets(self, table: FeatureTable) -> Jets:
        """Collect features, and region and pT where they exist and are needed."""
        region = table.columns.get("region")
        pt = table.jets("pt")[..., 0] if self.pt_weights else None
        return Jets(table.jets(*self.features), region, pt)

    def fit_jets(self, training: Jets, validation: Jets | None, run: Run) -> Self:
        """Return a tagger whose two models were trained on jets with ``region`` (n,)."""
        trained = [self._fit_jet(jet, training, validation, run) for jet in range(len(JETS))]
        history = nest({jet: one.history for jet, one in zip(JETS, trained, strict=True)})
        return self.learn(models=tuple(one.model for one in trained), history=history, ranks=())

    def score_jets(self, jets: Jets) -> Floats:
        """Return the log-odds of the signal region for each jet (n, 2)."""
        if not self.models:
            raise self.unfitted()
        outputs = [self.predict(model, jets.features[:, jet]) for jet, model in enumerate(self.models)]
        return np.stack(outputs, axis=1)

    def state(self) -> dict[str, Array]:
        """Return models, losses and rank transforms."""
        models = {f"model/{jet}": model for jet, model in zip(JETS, self.models, strict=True)}
        return models | nest({"history": self.history}) | self.rank_state()

    def restore(self, state: Mapping[str, Array]) -> Self:
        """Return the tagger that had this ``state``."""
        models = tuple(state[f"model/{jet}"] for jet in JETS)
        return self.learn(models=models, history=unnest("history", state)).restore_ranks(state)

    def _fit_jet(self, jet: int, training: Jets, validation: Jets | None, run: Run) -> Trained:
        ratio = self._pt_weight(jet, training)
        seed = np.random.SeedSequence(run.seed, spawn_key=(jet,)).generate_state(1)[0] >> 1
        return self.train_best(
            self._labelled(jet, training, ratio),
            None if validation is None else self._labelled(jet, validation, ratio),
            replace(run, seed=int(seed)),
        )

    def _pt_weight(self, jet: int, jets: Jets) -> PtWeight | None:
        if jets.pt is None or jets.region is None:
            return None
        return PtWeight.fit(jets.pt[:, jet], jets.region, mjj_weight(jets.region))

    def _labelled(self, jet: int, jets: Jets, ratio: PtWeight | None) -> Labelled:
        if jets.region is None:
            raise ParameterError(
                f"tagger {self.name}: no region of the events; give Jets(features, region) or use CrossFit"
            )
        weight = mjj_weight(jets.region)
        if ratio is not None and jets.pt is not None:
            weight = weight * ratio(jets.pt[:, jet], jets.region)
        return Labelled(jets.features[:, jet], jets.region == SIGNAL_REGION, weight)

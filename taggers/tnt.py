"""Tag N' Train: an anomalous jet tags the other jet of its event (arXiv:2002.12376, arXiv:2412.03747)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any, ClassVar, Self, TypeVar

import numpy as np

from ..datasets.column import JETS
from ..datasets.error import unknown
from ..datasets.table import Array, FeatureTable, Floats
from ..datasets.window import LOW_SIDEBAND, SIGNAL_REGION, Window
from .base import Run, Sample, Traits, learned, nest, unnest
from .blind import REGION, region_of
from .error import ParameterError
from .feature import require_quantities
from .finite import require_finite
from .first_tagger import TaggedJets, fold_scores, sideband_jets
from .image_autoencoder import ImageAutoencoder, image_errors
from .jet import Jets, JetTagger
from .learner import Labelled, Model, untrained
from .network import PUBLISHED_NETWORK
from .restart import Restarts
from .scratch import kept
from .tagging import BACKGROUNDS, DROPPED, MEDIAN, SIGNAL_LIKE, Label, Tagging, balanced, percentile_in
from .trees_or_network import TreesOrNetwork
from .vector import Vector
from .watch import Learned
from .weight import PtWeight, Region, mjj_weight

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class TagNTrain(JetTagger, Restarts, TreesOrNetwork, ImageAutoencoder):
    """A classifier of jets whose partner in the event is anomalous against jets whose partner is not.

    An autoencoder of jet images, trained on the sidebands, one for all models of a fold, is the first tagger. Its score for one jet labels the other
    (`Tagging`). Where the two jets of background are independent, the two classes differ only in their
    shares of signal, so that the classifier, one for both jets, learns the signal (arXiv:1708.02949, Theorem 1). It needs
    signals with two anomalous jets. Scores are made without images.

    ``features``: as in `Hunting`; the published ones are those of CWoLa Hunting there.
    ``first``: the quantity that the first tagger reads, images of 32 x 32 pixels.
    ``percentile``: where the score of the first tagger becomes anomalous, 50 or more; None is 80, 65 or 50 by the mass of the window.
    ``background``: background-like are jets whose partner is below the median "or" in a sideband, or both, "and".
    ``pt_weights``: weigh background-like jets to the pT spectrum of signal-like ones, as published.
    The other hyperparameters are explained in `ImageAutoencoder`, `TreesOrNetwork` and `Restarts`. ``batch`` counts jets that are left
    when others have been dropped, as it does in effect in CMS.
    """

    name: ClassVar[str] = "tnt"
    traits: ClassVar[Traits] = Traits(
        level="jet", region="signal", window=True, folds=True, trains_on=frozenset({"data"})
    )
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
        {
            "published": {"classifier": "network", "pt_weights": True, **PUBLISHED_NETWORK},
            "article": {
                "classifier": "network",
                "background": "and",
                "percentile": 80.0,
                **PUBLISHED_NETWORK,
            },
        }
    )

    combine: str = "product"
    features: tuple[str, ...] = ("msd", "tau21", "tau32", "tau43", "n_pf")
    first: str = "image_tnt"
    percentile: float | None = None
    background: str = "or"
    pt_weights: bool = False
    subsample: float = 0.5
    autoencoder: Vector = learned(untrained)  # noqa: RUF009
    model: Model = learned(untrained)  # noqa: RUF009

    def __post_init__(self) -> None:
        """Refuse hyperparameters that cannot be used."""
        super().__post_init__()
        require_quantities(self.name, self.features)
        self.require("percentile", _is_percentile(self.percentile), "50 or more and below 100")
        if self.background not in BACKGROUNDS:
            raise ParameterError(f"tagger {self.name}: {unknown('background', self.background, BACKGROUNDS)}")

    @property
    def inputs(self) -> frozenset[str]:
        """Features and images of both jets, and their pT when it decides weights."""
        names = [self.first, *(["pt"] if self.pt_weights else [])]
        return self.scored_by | {f"{jet}_{name}" for jet in JETS for name in names}

    @property
    def scored_by(self) -> frozenset[str]:
        """The features of both jets."""
        return frozenset(f"{jet}_{name}" for jet in JETS for name in self.features)

    def jets(self, table: FeatureTable) -> Jets:
        """Collect the features, which networks need finite."""
        if self.classifier != "trees":
            require_finite(self.name, table, sorted(self.scored_by))
        return Jets(table.jets(*self.features), table.columns.get(REGION))

    def tagged_jets(self, table: FeatureTable) -> TaggedJets:
        """Collect all that training needs; ``TrainingError`` without a column ``region``."""
        pt = table.jets("pt")[..., 0] if self.pt_weights else None
        reads = np.stack([table[f"{jet}_{self.first}"] for jet in JETS], axis=1)
        return TaggedJets(
            features=self.jets(table).features, region=region_of(table, self), reads=reads, pt=pt
        )

    def fit(self, sample: Sample, run: Run) -> Self:
        """Return a tagger trained on the data of ``sample``; see `Tagger.fit`."""
        validation = None if sample.validation is None else self.tagged_jets(sample.validation)
        return self.fit_jets(self.tagged_jets(sample.data), validation, run, sample.window)

    def fit_jets(
        self, training: Jets, validation: Jets | None, run: Run, window: Window | None = None
    ) -> Self:
        """Return a tagger trained on `TaggedJets`; ``window`` decides the percentile where none is set."""
        parts = [self._tagged(jets) for jets in (training, validation) if jets is not None]
        shared = replace(run, seed=run.fold_seed)
        found = self.train_first(sideband_jets(parts, 5 * self.ae_jets // 4, shared.seed), shared)
        model = found.models[0]
        scores = fold_scores(
            parts, lambda reads: self.first_scores(model, reads), shared, self.first_settings, model
        )
        scored = [replace(jets, reads=score) for jets, score in zip(parts, scores, strict=True)]
        trained = self.train_best(*_pair(self._labelled(scored, window)), run)
        history = nest({"ae": found.history}) | trained.history
        return self.learn(autoencoder=model, model=trained.model, history=history, ranks=())

    @property
    def first_settings(self) -> ImageAutoencoder:
        """The hyperparameters of the first tagger."""
        return ImageAutoencoder(**{f.name: getattr(self, f.name) for f in fields(ImageAutoencoder)})

    def train_first(self, sidebands: Array, run: Run) -> Learned:
        """Train the first tagger of a fold by what it reads of sideband jets (m, ...); a fifth of them validate it."""
        settings, fifth = self.first_settings, len(sidebands) // 5

        def learn() -> dict[str, Array]:
            return vars(settings.train_autoencoder(sidebands[fifth:], sidebands[:fifth], run))

        return Learned(**kept(run, settings, (sidebands,), learn))

    def first_scores(self, model: Vector, reads: Array) -> Floats:
        """Return the score of the first tagger with parameters ``model`` for jets (m,), by what it reads (m, ...)."""
        return image_errors(model, reads)

    def score_jets(self, jets: Jets) -> Floats:
        """Return the log-odds of a signal-like jet for each jet (n, 2)."""
        if not len(self.model):
            raise self.unfitted()
        return np.stack([self.predict(self.model, jets.features[:, jet]) for jet in range(len(JETS))], axis=1)

    def state(self) -> dict[str, Array]:
        """Return autoencoder, classifier, losses and rank transforms."""
        models = {"autoencoder": self.autoencoder, "model": self.model}
        return models | nest({"history": self.history}) | self.rank_state()

    def restore(self, state: Mapping[str, Array]) -> Self:
        """Return the tagger that had this ``state``."""
        models = {name: state[name] for name in ("autoencoder", "model")}
        return self.learn(**models, history=unnest("history", state)).restore_ranks(state)

    def _tagged(self, jets: Jets) -> TaggedJets:
        if not isinstance(jets, TaggedJets):
            raise ParameterError(
                f"tagger {self.name}: got {type(jets).__name__}; give TaggedJets to train on"
            )
        return jets

    def _labelled(self, parts: list[TaggedJets], window: Window | None) -> list[Labelled]:
        """Label all jets by scores; percentiles and pT weights are those of the first part."""
        percentile = percentile_in(window) if self.percentile is None else self.percentile
        tagging = Tagging.fit(parts[0].reads, parts[0].region, percentile, self.background)
        labels = [tagging.label(jets.reads, jets.region) for jets in parts]
        ratios = [self._pt_weight(jet, parts[0], labels[0][:, jet]) for jet in range(len(JETS))]
        return [_join(jets, label, ratios) for jets, label in zip(parts, labels, strict=True)]

    def _pt_weight(self, jet: int, jets: TaggedJets, label: Label) -> PtWeight | None:
        if jets.pt is None:
            return None
        kept = label != DROPPED
        return PtWeight.fit(jets.pt[kept, jet], _region(label[kept]), mjj_weight(jets.region)[kept])


def _is_percentile(value: Any) -> bool:
    return value is None or (isinstance(value, float | int) and MEDIAN <= value < 100)


def _join(jets: TaggedJets, label: Label, ratios: list[PtWeight | None]) -> Labelled:
    """Join the j1 and the j2 that were not dropped; among either, both classes have equal weight."""
    weights = [_weight(jet, jets, label[:, jet], ratio) for jet, ratio in enumerate(ratios)]
    features = np.concatenate([jets.features[:, jet] for jet in range(len(JETS))])
    joined = Labelled(features, label.T.reshape(-1), np.concatenate(weights))
    return joined.where(joined.label != DROPPED)


def _weight(jet: int, jets: TaggedJets, label: Label, ratio: PtWeight | None) -> Floats:
    weight = mjj_weight(jets.region)
    if ratio is not None and jets.pt is not None:
        weight = weight * ratio(jets.pt[:, jet], _region(label))
    return balanced(weight, label)


def _region(label: Label) -> Region:
    """Return the regions that stand for the classes in `PtWeight`."""
    return np.where(label == SIGNAL_LIKE, SIGNAL_REGION, LOW_SIDEBAND).astype(np.int8)


def _pair(parts: list[T]) -> tuple[T, T | None]:
    """Return the parts for training and for validation, None where there is one part."""
    return parts[0], parts[1] if len(parts) > 1 else None

"""QUAK: events that are unlike background and like signals that one can think of (arXiv:2011.03550, arXiv:2412.03747)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Self

import numpy as np

from ..datasets.table import Array, FeatureTable, Floats
from . import feature
from .base import Run, Sample, Tagger, Traits, learned, nest, unnest
from .division import PRIOR
from .error import TrainingError
from .flow import Flow
from .flow_settings import FlowSettings
from .preparation import Preparation
from .quak_bin import LIKE, UNLIKE
from .quak_plane import QuakPlane
from .scratch import kept
from .vector import Vector
from .watch import Learned

AXES = ("mixture", "norm")
POWER = 5
UNLIKE_ENOUGH = 4.0
SLICES = 50
"""Of m_jj, in which background is counted to draw it flat."""
FLATTEST = 20.0
"""How much more often than others events where there are few are drawn at most."""


@dataclass(frozen=True, kw_only=True)
class Quak(FlowSettings, Tagger):
    """How unlike simulated background an event is, and how like a mixture of simulated signals.

    One flow learns the density of background, one that of the signals. An anomaly that is like none of them, but no background
    either, is still found: it is unlike background, and not so unlike the signals as background is. The losses, -log p, are made
    independent of m_jj and of each other (`QuakPlane`). The score is the sum of the two coordinates; what is more than four standard deviations
    unlike background is judged by its likeness to signals. The working point looks for the emptiest places of the plane (`EmptiestBins`).

    ``features``: as in `Interpolation`; the published ones have a b-tag score besides.
    ``flat``: background is drawn so that it is flat in m_jj, so that its density does not prefer low masses.
    ``axes``: signals have one flow of their "mixture", or one each, whose losses are joined by a signed "norm" of fifth powers.
    The hyperparameters of the flows are explained in `FlowSettings`.
    """

    name: ClassVar[str] = "quak"
    traits: ClassVar[Traits] = Traits(
        level="event",
        region="signal",
        window=False,
        folds=True,
        trains_on=frozenset({"background", "priors"}),
    )
    working_point: ClassVar[Mapping[str, Any]] = MappingProxyType({"kind": "emptiest"})
    models_per_fold: ClassVar[int] = 1

    features: tuple[str, ...] = ("rho", "tau21", "tau32", "tau43", "n_pf", "tau_s")
    flat: bool = True
    axes: str = "mixture"
    flow_bins: int = 8
    flow_kept: int = 1
    preparation: Preparation | None = learned(lambda: None)  # noqa: RUF009
    flows: tuple[Vector, ...] = learned(tuple)
    moments: Floats = learned(lambda: np.empty((0, 2)))  # noqa: RUF009
    plane: QuakPlane | None = learned(lambda: None)  # noqa: RUF009

    def __post_init__(self) -> None:
        """Refuse hyperparameters that cannot be used."""
        super().__post_init__()
        feature.require_features(self.name, self.features)
        self.require("axes", self.axes in AXES, ", ".join(AXES))

    @property
    def inputs(self) -> frozenset[str]:
        """The columns of the features, and m_jj, which losses are made independent of."""
        return feature.columns(self.features) | {"mjj"}

    @property
    def flow(self) -> Flow:
        """The flow of each density before training."""
        return self.make_flow(len(feature.expand(self.features)), 0)

    def hypotheses(self, sample: Sample) -> tuple[FeatureTable | None, FeatureTable | None]:
        """Return the signals to train on, and those that decide which epoch is the best."""
        return sample.priors, sample.priors_validation

    def fit(self, sample: Sample, run: Run) -> Self:
        """Return a tagger with all densities, and the plane of background that trained none of them, where there is some."""
        background, aside = (
            self._present(sample.background, "simulated background"),
            sample.background_validation,
        )
        signals, held_out = self.hypotheses(sample)
        signals = self._present(signals, "signals")
        numbers = self._numbers(signals)
        training = [self._flat(background, run), *(self._group(signals, number) for number in numbers)]
        validation = (
            [None] * len(training)
            if aside is None or held_out is None
            else [self._flat(aside, run), *(self._group(held_out, number) for number in numbers)]
        )
        preparation = Preparation.fit(
            feature.values(background, self.features), feature.expand(self.features)
        )
        empty = self.learn(preparation=preparation)
        runs = run.split(len(training))
        found = [empty._density(*one) for one in zip(training, validation, runs, strict=True)]
        names = ["background", *(f"signal{i}" for i in range(len(found) - 1))]
        history = nest({name: one.history for name, one in zip(names, found, strict=True)})
        return empty.learn(flows=tuple(one.models for one in found), history=history)._placed(
            background if aside is None else aside
        )

    def score(self, table: FeatureTable) -> Floats:
        """Return the sum of both coordinates in the plane (n,), that of unlike background no larger than 4."""
        return self.evaluate(table)["score"]

    def diagnostics(self, table: FeatureTable) -> dict[str, Array]:
        """Return the coordinates of events in the plane, which the working point looks at."""
        return dict(zip((UNLIKE, LIKE), self.coordinates(table), strict=True))

    def evaluate(self, table: FeatureTable) -> dict[str, Array]:
        """Return the score and the coordinates of events, each (n,)."""
        found = self.diagnostics(table)
        return {"score": np.minimum(found[UNLIKE], UNLIKE_ENOUGH) + found[LIKE], **found}

    def coordinates(self, table: FeatureTable) -> tuple[Floats, Floats]:
        """Return how unlike background and how like a signal events are, each (n,)."""
        if self.plane is None:
            raise self.unfitted()
        background, *signals = self.losses(table)
        return self.plane(_masses(table), background, self._joined(np.stack(signals, axis=1)))

    def losses(self, table: FeatureTable) -> list[Floats]:
        """Return -log p (n,) in nats for background and each signal, in the space of prepared features."""
        x = self._prepared(table)
        return [-self.flow.log_density(models, x, _nothing(x)) for models in self.flows]

    def state(self) -> dict[str, Array]:
        """Return the densities, the plane and the losses of the training."""
        assert self.preparation is not None
        assert self.plane is not None
        flows = {str(i): models for i, models in enumerate(self.flows)}
        parts = {
            "preparation": self.preparation.state(),
            "flows": flows,
            "plane": self.plane.state(),
            "history": self.history,
        }
        return {"moments": self.moments, **nest(parts)}

    def restore(self, state: Mapping[str, Array]) -> Self:
        """Return the tagger that had this ``state``."""
        flows = unnest("flows", state)
        return self.learn(
            preparation=Preparation.restore(unnest("preparation", state)),
            flows=tuple(flows[str(i)] for i in range(len(flows))),
            moments=state["moments"],
            plane=QuakPlane.restore(unnest("plane", state)),
            history=unnest("history", state),
        )

    def _density(self, table: FeatureTable, held_out: FeatureTable | None, run: Run) -> Learned:
        x = self._prepared(table)
        aside = None if held_out is None else self._prepared(held_out)

        def learn() -> dict[str, Array]:
            known = None if aside is None else (aside, _nothing(aside))
            return vars(self.flow.fit(x, _nothing(x), known, run))

        return Learned(**kept(run, self.flow, (x,) if aside is None else (x, aside), learn))

    def _placed(self, background: FeatureTable) -> Self:
        """Return a tagger with the plane of ``background``."""
        unlike, *signals = self.losses(background)
        each = np.stack(signals, axis=1)
        tagger = self.learn(moments=np.stack([each.mean(axis=0), each.std(axis=0)], axis=1))
        return tagger.learn(plane=QuakPlane.fit(_masses(background), unlike, tagger._joined(each)))

    def _joined(self, losses: Floats) -> Floats:
        """Join the losses (n, S) of signals to one (n,)."""
        if losses.shape[1] == 1:
            return losses[:, 0]
        scaled = (losses - self.moments[:, 0]) / self.moments[:, 1]
        total = (np.sign(scaled) * np.abs(scaled) ** POWER).sum(axis=1)
        return np.asarray(np.sign(total) * np.abs(total) ** (1 / POWER))

    def _numbers(self, signals: FeatureTable) -> Sequence[int | None]:
        """List the numbers of the signals that have a density of their own; None for one of all."""
        return (
            [None] if self.axes == "mixture" or PRIOR not in signals else np.unique(signals[PRIOR]).tolist()
        )

    def _group(self, signals: FeatureTable, number: int | None) -> FeatureTable:
        if number is None:
            return signals
        own = signals.where(signals[PRIOR] == number)
        if not len(own):
            raise TrainingError(
                f"tagger {self.name}: no event of prior {number} to choose an epoch by; give more of them"
            )
        return own

    def _flat(self, table: FeatureTable, run: Run) -> FeatureTable:
        """Draw as many events as there are, with replacement, so that m_jj is flat; or return all as they are."""
        if not self.flat:
            return table
        counts, edges = np.histogram(table["mjj"], SLICES)
        slices = np.clip(np.digitize(table["mjj"], edges) - 1, 0, SLICES - 1)
        weight = 1 / np.maximum(counts, counts.max() / FLATTEST)[slices]
        rng = np.random.default_rng(run.seed)
        return table.where(rng.choice(len(table), len(table), p=weight / weight.sum()))

    def _prepared(self, table: FeatureTable) -> Floats:
        if self.preparation is None:
            raise self.unfitted()
        return self.preparation.forward(feature.values(table, self.features))

    def _present(self, table: FeatureTable | None, kind: str) -> FeatureTable:
        if table is None or not len(table):
            raise TrainingError(f"tagger {self.name}: no {kind} to train on; give some")
        return table


@dataclass(frozen=True, kw_only=True)
class QuakModelSpecific(Quak):
    """QUAK with the signal that is searched for as its only hypothesis: in effect supervised, a reference for `Quak`."""

    name: ClassVar[str] = "quak_ms"
    traits: ClassVar[Traits] = Traits(
        level="event",
        region="signal",
        window=False,
        folds=True,
        trains_on=frozenset({"background", "signal"}),
    )

    def hypotheses(self, sample: Sample) -> tuple[FeatureTable | None, FeatureTable | None]:
        """Return the simulated signal."""
        return sample.signal, sample.signal_validation


def _masses(table: FeatureTable) -> Floats:
    return np.asarray(table["mjj"], dtype=np.float64)


def _nothing(x: Floats) -> Floats:
    return np.empty((len(x), 0))

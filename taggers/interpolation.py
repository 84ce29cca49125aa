"""Methods that learn the background of the sidebands and carry it into the signal region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Literal, Self

import numpy as np

from ..datasets.table import Array, FeatureTable
from ..datasets.window import SIGNAL_REGION, Window
from . import feature
from .base import Run, Sample, Tagger, Traits, learned, nest, unnest
from .blind import REGION
from .density import Density, Events
from .error import TrainingError
from .flow import Flow
from .flow_settings import FlowSettings
from .preparation import Preparation
from .scratch import kept

FEWEST = 10
"""Events of the signal region below which nothing can be learned there."""
SIDEBANDS = ("complement", "neighbours")
PUBLISHED_FLOW: Mapping[str, Any] = MappingProxyType(
    {
        "flow_blocks": 15,
        "flow_hidden": 128,
        "flow_stretch": 1.0,
        "flow_epochs": 100,
        "flow_batch": 256,
        "flow_least_steps": 1,
        "flow_step": 1e-4,
        "flow_decay": 1e-6,
        "flow_anneal": False,
        "flow_kept": 10,
    }
)


@dataclass(frozen=True, kw_only=True)
class Interpolation(FlowSettings, Tagger):
    """A tagger with a conditional density p(features | m_jj) that a flow learned from sidebands.

    ``features``: quantities of jets, without ``j1_`` for both, or of one jet, or ``delta_`` for the difference of both.
    ``sidebands``: "complement", all masses outside of the signal region, or "neighbours", the two next windows.
    The hyperparameters of the flow are explained in `FlowSettings`.
    """

    models_per_fold: ClassVar[int | None] = 1

    features: tuple[str, ...] = ("j2_msd", "delta_msd", "tau41")
    sidebands: str = "complement"
    background: Density | None = learned(lambda: None)  # noqa: RUF009

    def __post_init__(self) -> None:
        """Refuse hyperparameters that cannot be used."""
        super().__post_init__()
        feature.require_features(self.name, self.features)
        self.require("sidebands", self.sidebands in SIDEBANDS, ", ".join(SIDEBANDS))

    @property
    def traits(self) -> Traits:
        """Trained window by window on data; the sidebands are as configured."""
        chosen: Literal["complement", "neighbours"] = (
            "complement" if self.sidebands == "complement" else "neighbours"
        )
        return Traits(
            level="event",
            region="signal",
            window=True,
            folds=True,
            trains_on=frozenset({"data"}),
            sidebands=chosen,
        )

    @property
    def inputs(self) -> frozenset[str]:
        """The columns of the features, and m_jj."""
        return feature.columns(self.features) | {"mjj"}

    @property
    def flow(self) -> Flow:
        """The flow of the sidebands before training."""
        return self.make_flow(len(feature.expand(self.features)), 1)

    def events(self, table: FeatureTable) -> Events:
        """Return features (n, F) and m_jj (n,) in GeV."""
        return feature.values(table, self.features), np.asarray(table["mjj"], dtype=np.float64)

    def fit_background(self, sample: Sample, run: Run) -> tuple[Density, dict[str, Array]]:
        """Learn the density of the sideband events, and return it with its losses.

        It is kept in ``run.scratch``: other methods with the same flow, events and seed need not learn it again.
        """
        training = self.events(self._sidebands(sample.data))
        validation = None if sample.validation is None else self.events(self._sidebands(sample.validation))

        def learn() -> dict[str, Array]:
            preparation = Preparation.fit(training[0], feature.expand(self.features))
            density, losses = Density.fit(self.flow, training, validation, run, preparation)
            return nest({"density": density.state(), "flow": losses})

        found = kept(run, self.flow, (*training, *(validation or ())), learn)
        losses = {name: values for name, values in found.items() if name.startswith("flow/")}
        return Density.restore(self.flow, unnest("density", found)), losses

    def fitted(self) -> Density:
        """Return the density; ``NotFittedError`` before training."""
        if self.background is None:
            raise self.unfitted()
        return self.background

    def window(self, sample: Sample) -> Window:
        """Return the window of a sample; ``TrainingError`` without one."""
        if sample.window is None:
            raise TrainingError(f"tagger {self.name} is trained per window; give Sample.window")
        return sample.window

    def signal_region(self, *tables: FeatureTable | None) -> Events:
        """Return the events of all tables that lie in the signal region.

        ``TrainingError`` when there are hardly any.
        """
        inside = [table.where(table[REGION] == SIGNAL_REGION) for table in tables if table is not None]
        features, mjj = zip(*map(self.events, inside), strict=True)
        if (n := sum(map(len, mjj))) < FEWEST:
            raise TrainingError(
                f"tagger {self.name}: {n} events in the signal region; give at least {FEWEST}, or widen it"
            )
        return np.concatenate(features), np.concatenate(mjj)

    def imitate(self, table: FeatureTable, seed: int) -> dict[str, Array]:
        """Draw background from the density at the m_jj of events: its features by name, each (n,)."""
        drawn = self.fitted().sample(np.asarray(table["mjj"], dtype=np.float64), seed)
        return dict(zip(feature.expand(self.features), drawn.T, strict=True))

    def background_state(self) -> dict[str, Array]:
        """Return the arrays of the density and the losses."""
        return nest({"background": self.fitted().state(), "history": self.history})

    def restore_background(self, state: Mapping[str, Array]) -> Self:
        """Return a tagger with the density and the losses found in ``state``."""
        found = Density.restore(self.flow, unnest("background", state))
        return self.learn(background=found, history=unnest("history", state))

    def _sidebands(self, table: FeatureTable) -> FeatureTable:
        outside: Any = table[REGION] != SIGNAL_REGION
        return table.where(outside)

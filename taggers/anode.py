"""ANODE: the ratio of two densities, of the signal region and of the sidebands (arXiv:2001.04990)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Self

import numpy as np

from ..datasets.table import Array, FeatureTable, Floats
from .base import Run, Sample, learned, nest, unnest
from .density import Density
from .density_ratio import DensityRatio
from .interpolation import PUBLISHED_FLOW


@dataclass(frozen=True, kw_only=True)
class Anode(DensityRatio):
    """The logarithm of p_data / p_background, each by a flow: one of the signal region, one of the sidebands.

    Both flows have the same hyperparameters, explained in `Interpolation`; ``mass`` is explained in `DensityRatio`. The article compares
    the densities at the m_jj of each event, which is possible in the signal region only.
    """

    name: ClassVar[str] = "anode"
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
        {"published": {**PUBLISHED_FLOW, "mass": "event"}}
    )

    inner: Density | None = learned(lambda: None)  # noqa: RUF009

    def fit(self, sample: Sample, run: Run) -> Self:
        """Return a tagger with both densities; ``TrainingError`` without events in the signal region."""
        middle = self.window(sample).middle
        outside, inside = run.split(2)
        background, history = self.fit_background(sample, outside)
        data = background.inside(self.signal_region(sample.data))
        validation = None if sample.validation is None else self.signal_region(sample.validation)
        found, losses = Density.fit(self.flow, data, validation, inside, background.preparation)
        return self.learn(
            background=background,
            inner=found,
            middle=np.array([middle]),
            history=history | nest({"inner": losses}),
        )

    def score(self, table: FeatureTable) -> Floats:
        """Return log p_data - log p_background of each event (n,)."""
        background, x = self.fitted(), self.prepared(table)
        assert self.inner is not None
        densities = (self.log_density(density, x, table) for density in (self.inner, background))
        return np.subtract(*densities)

    def state(self) -> dict[str, Array]:
        """Return both densities and the losses."""
        inner = {} if self.inner is None else nest({"inner": self.inner.state()})
        return self.background_state() | inner | {"middle": self.middle}

    def restore(self, state: Mapping[str, Array]) -> Self:
        """Return the tagger that had this ``state``."""
        inner = Density.restore(self.flow, unnest("inner", state))
        return self.restore_background(state).learn(inner=inner, middle=state["middle"])

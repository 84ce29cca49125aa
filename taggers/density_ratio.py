"""Methods whose score compares the density of background with another one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..datasets.table import Array, FeatureTable, Floats
from . import feature
from .base import learned
from .density import Density
from .interpolation import Interpolation

MASSES = ("middle", "carried", "event")


@dataclass(frozen=True, kw_only=True)
class DensityRatio(Interpolation):
    """A tagger whose score is the logarithm of the ratio of a density and that of background.

    ``mass``: at which mass densities are asked: that of the "middle" of the signal region (``middle``, in GeV), so that the score
    does not know m_jj and errors of the flow in the signal region make no peak; the same, each event being "carried" there by the flow of background, to
    the features that background of that mass has in its place; or the mass of each "event".
    """

    mass: str = "middle"
    middle: Array = learned(lambda: np.empty(0))  # noqa: RUF009

    def __post_init__(self) -> None:
        """Refuse hyperparameters that cannot be used."""
        super().__post_init__()
        self.require("mass", self.mass in MASSES, ", ".join(MASSES))

    @property
    def scored_by(self) -> frozenset[str]:
        """The columns of the features, and m_jj where it decides the score."""
        return feature.columns(self.features) if self.mass == "middle" else self.inputs

    def prepared(self, table: FeatureTable) -> Floats:
        """Return the features that are compared, prepared (n, F)."""
        if self.mass == "carried":
            return self.fitted().carry(*self.events(table), float(self.middle[0]))
        return self.fitted().preparation.forward(feature.values(table, self.features))

    def log_density(self, density: Density, x: Floats, table: FeatureTable) -> Floats:
        """Return log p (n,) of `prepared` features ``x`` (n, F) by a ``density``."""
        if self.mass == "event":
            return density.log_density(*self.events(table))
        return density.log_density_at(x, float(self.middle[0]))

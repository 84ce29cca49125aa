"""From features to a space in which a flow can learn their density, and back (arXiv:2109.00546)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from .base import nest, unnest
from .error import TrainingError
from .smear import Smear

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Preparation:
    """A map of features (n, F) to standardised ones without edges, invertible.

    After a ``smear`` each feature is mapped from [``low``, ``high``] to [0, 1], by the logit to all numbers, and
    standardised with ``mean`` and ``deviation``, all (F,).
    """

    smear: Smear
    low: Floats
    high: Floats
    mean: Floats
    deviation: Floats

    @classmethod
    def fit(cls, features: Floats) -> Self:
        """Determine the map from training events (n, F); ``TrainingError`` when a feature is the same in all."""
        smear = Smear.fit(features)
        flat = np.flatnonzero(smear.least == smear.most)
        if len(flat):
            raise TrainingError(
                f"feature {flat[0]} has the value {smear.least[flat[0]]:g} in all {len(features)} training events; "
                "leave it out"
            )
        low, high = smear.range
        margin = (high - low) / len(features)
        low, high = low - margin, high + margin
        mapped = logit((smear.spread(features) - low) / (high - low))
        return cls(smear, low, high, mapped.mean(axis=0), mapped.std(axis=0))

    def inside(self, features: Floats) -> NDArray[np.bool_]:
        """Say which events (n,) lie in the range of the training events in all features."""
        return self.smear.inside(features)

    def forward(self, features: Floats) -> Floats:
        """Map features (n, F); events outside of the range of the training events are moved to its edge."""
        share = (self.smear.spread(features) - self.low) / (self.high - self.low)
        return np.asarray((logit(share) - self.mean) / self.deviation)

    def backward(self, mapped: Floats) -> Floats:
        """Return the features (n, F) that are mapped to ``mapped`` (n, F)."""
        share = expit(mapped * self.deviation + self.mean)
        return self.smear.gather(self.low + share * (self.high - self.low))

    def state(self) -> dict[str, NDArray[Any]]:
        """Return the arrays to be stored."""
        own = {name: getattr(self, name) for name in ("low", "high", "mean", "deviation")}
        return own | nest("smear", self.smear.state())

    @classmethod
    def restore(cls, state: Mapping[str, NDArray[Any]]) -> Self:
        """Rebuild a map from its arrays."""
        own = {name: state[name] for name in ("low", "high", "mean", "deviation")}
        return cls(Smear.restore(unnest("smear", state)), **own)

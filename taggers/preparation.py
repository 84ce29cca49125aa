"""From features to a space in which a flow can learn their density, and back (arXiv:2109.00546)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from ..datasets.table import Floats
from .base import nest, unnest
from .error import TrainingError
from .smear import Smear

SINGULAR = 1e-9
"""Eigenvalue of the matrix of correlations below which features are linearly dependent."""
LEAST_SHARE = 1e-3
"""Of a dependent feature in the eigenvector."""


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
    def fit(cls, features: Floats, names: Sequence[str] = ()) -> Self:
        """Determine the map from training events (n, F); ``names`` are those of the features in messages.

        ``TrainingError`` when they have no density: a feature has one value in all events or two in none that are
        integers, or is made of others linearly.
        """
        smear = Smear.fit(features)
        _require_density(features, smear, names or [str(i) for i in range(features.shape[1])])
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
        return own | nest({"smear": self.smear.state()})

    @classmethod
    def restore(cls, state: Mapping[str, NDArray[Any]]) -> Self:
        """Rebuild a map from its arrays."""
        own = {name: state[name] for name in ("low", "high", "mean", "deviation")}
        return cls(Smear.restore(unnest("smear", state)), **own)


def _require_density(features: Floats, smear: Smear, names: Sequence[str]) -> None:
    for name, column, least, most, integer in zip(
        names, features.T, smear.least, smear.most, smear.integer, strict=True
    ):
        if least == most:
            raise TrainingError(
                f"feature {name} has the value {least:g} in all {len(column)} training events; leave it out"
            )
        if not integer and np.all((column == least) | (column == most)):
            raise TrainingError(
                f"feature {name} has only the values {least:g} and {most:g}, which have no density; give integers"
            )
    values, vectors = np.linalg.eigh(np.atleast_2d(np.corrcoef(features.T)))
    if values[0] < SINGULAR:
        made = [name for name, share in zip(names, vectors[:, 0], strict=True) if abs(share) > LEAST_SHARE]
        raise TrainingError(
            f"features {', '.join(made)} are made of each other, such as two masses and their difference; "
            "leave one out"
        )

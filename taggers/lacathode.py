"""LaCATHODE: CATHODE in the space where background is normally distributed at every mass (arXiv:2210.14924)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..datasets.table import FeatureTable, Floats
from .cathode import Cathode
from .density import Density, Events

MARGINALS = ("normal", "data")


@dataclass(frozen=True, kw_only=True)
class LaCathode(Cathode):
    """CATHODE in the space of the flow, where background is standard normal at every m_jj (arXiv:2210.14924).

    The classifier cannot tell masses by what it is given. So the selection does not sculpt the spectrum as far as the
    flow is right. Where it errs in the signal region only, the classifier would learn the error, and select a bump.

    ``marginals``: how each coordinate of background is distributed in training: "normal", as published, or as that of
    the "data" of the signal region, independently of the others, so that an error in one of them is not learned, nor a
    signal that stands out in it.
    """

    name: ClassVar[str] = "lacathode"

    marginals: str = "normal"

    def __post_init__(self) -> None:
        """Refuse hyperparameters that cannot be used."""
        super().__post_init__()
        self.require("marginals", self.marginals in MARGINALS, " or ".join(MARGINALS))

    @property
    def scored_by(self) -> frozenset[str]:
        """The columns of the features, and m_jj, which the flow depends on."""
        return self.inputs

    def template(self, background: Density, seen: Floats, mjj: Floats, seed: int) -> Floats:  # noqa: ARG002
        """Draw independent coordinates (n, F)."""
        rng = np.random.default_rng(seed)
        if self.marginals == "normal":
            return rng.standard_normal((len(mjj), seen.shape[1]))
        return np.stack([rng.choice(column, len(mjj)) for column in seen.T], axis=1)

    def classified(self, background: Density, events: Events) -> Floats:
        """Map events to the space of the flow (n, F)."""
        return background.latent(*events)

    def score(self, table: FeatureTable) -> Floats:
        """Return the log-odds of data against background of each event (n,)."""
        return self.predict_bag(self.models, self.classified(self.fitted(), self.events(table)))

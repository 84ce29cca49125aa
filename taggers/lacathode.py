"""LaCATHODE: CATHODE in the space where background is normally distributed at every mass (arXiv:2210.14924)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..datasets.table import FeatureTable
from .cathode import Cathode
from .density import Density, Events
from .learner import Floats


@dataclass(frozen=True, kw_only=True)
class LaCathode(Cathode):
    """CATHODE in the space of the flow, where background is standard normal at every m_jj (arXiv:2210.14924).

    The classifier cannot tell masses by what it is given. So the selection does not sculpt the spectrum as far as the
    flow is right.
    """

    name: ClassVar[str] = "lacathode"

    @property
    def scored_by(self) -> frozenset[str]:
        """The columns of the features, and m_jj, which the flow depends on."""
        return self.inputs

    def template(self, background: Density, mjj: Floats, seed: int) -> Floats:
        """Draw standard normal numbers (n, F)."""
        return np.random.default_rng(seed).standard_normal((len(mjj), background.flow.features))

    def classified(self, background: Density, events: Events) -> Floats:
        """Map events to the space of the flow (n, F)."""
        return background.latent(*events)

    def score(self, table: FeatureTable) -> Floats:
        """Return the log-odds of data against background of each event (n,)."""
        return self.predict_bag(self.models, self.classified(self.fitted(), self.events(table)))

"""The density of features as a function of m_jj (arXiv:2001.04990)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import expit, logit

from ..datasets.table import Array, Floats
from .base import Run, nest, unnest
from .error import TrainingError
from .flow import Flow
from .preparation import Preparation
from .vector import Vector

BANDWIDTH = 0.01
Events = tuple[Floats, Floats]
"""Features (n, F) and m_jj (n,) in GeV of events."""


@dataclass(frozen=True)
class Density:
    """p(features | m_jj) by the ``models`` (K, P) of a ``flow`` behind a ``preparation`` of the features.

    ``mass`` holds mean and standard deviation (GeV) of the m_jj that the flow was trained with.
    """

    flow: Flow
    preparation: Preparation
    mass: Floats
    models: Vector

    @classmethod
    def fit(
        cls,
        flow: Flow,
        training: Events,
        validation: Events | None,
        run: Run,
        preparation: Preparation | None = None,
    ) -> tuple[Self, dict[str, Floats]]:
        """Learn the density of events; return it with the losses of all epochs, in nats.

        The ``preparation`` is that of the training events unless one is given. Validation events outside of its range
        do not count.
        """
        features, mjj = training
        preparation = preparation or Preparation.fit(features)
        mass = np.array([mjj.mean(), mjj.std()])
        empty = cls(flow, preparation, mass, np.empty((0, 0), dtype=np.float32))
        held_out = None if validation is None else empty.prepared(*empty.inside(validation))
        learned = flow.fit(*empty.prepared(features, mjj), held_out, run)
        return cls(flow, preparation, mass, learned.models), learned.history

    def prepared(self, features: Floats, mjj: Floats) -> Events:
        """Return what the flow is given: features (n, F) and conditions (n, 1)."""
        return self.preparation.forward(features), self.conditions(mjj)

    def inside(self, events: Events) -> Events:
        """Return the events in the range of those that the preparation was fitted to."""
        rows = self.preparation.inside(events[0])
        return events[0][rows], events[1][rows]

    def conditions(self, mjj: Floats) -> Floats:
        """Return m_jj (n,) in GeV as the flow is given it, (n, 1)."""
        return np.asarray((mjj - self.mass[0]) / self.mass[1])[:, None]

    def log_density(self, features: Floats, mjj: Floats) -> Floats:
        """Return log p (n,), in the space of prepared features, of events with ``features`` (n, F); outside of the range that of its edge."""
        return self.flow.log_density(self.models, *self.prepared(features, mjj))

    def latent(self, features: Floats, mjj: Floats) -> Floats:
        """Map features to what is standard normal for background at any m_jj (n, F), by the best epoch."""
        return self.flow.latent(self.models[0], *self.prepared(features, mjj))

    def carry(self, features: Floats, mjj: Floats, mass: float) -> Floats:
        """Return the features that background at ``mass`` (GeV) has in the place of these, prepared (n, F); by the best epoch."""
        to = self.conditions(np.full(len(mjj), mass))
        return self.flow.carry(self.models[0], *self.prepared(features, mjj), to)

    def log_density_at(self, prepared: Floats, mass: float) -> Floats:
        """Return log p (n,) of prepared features (n, F) at one ``mass`` (GeV)."""
        return self.flow.log_density(self.models, prepared, self.conditions(np.full(len(prepared), mass)))

    def sample(self, mjj: Floats, seed: int) -> Floats:
        """Draw the features of one background event at each m_jj (n,) in GeV, (n, F); ``TrainingError`` if they are not finite."""
        drawn = self.preparation.backward(self.flow.sample(self.models, self.conditions(mjj), seed))
        if not np.isfinite(drawn).all():
            raise TrainingError(
                "what the flow draws is not finite: its training went wrong; make flow_step smaller or give more events"
            )
        return drawn

    def state(self) -> dict[str, Array]:
        """Return the arrays to be stored."""
        return {
            "models": self.models,
            "mass": self.mass,
            **nest({"preparation": self.preparation.state()}),
        }

    @classmethod
    def restore(cls, flow: Flow, state: Mapping[str, Array]) -> Self:
        """Rebuild a density from its arrays and the settings of its flow."""
        return cls(flow, Preparation.restore(unnest("preparation", state)), state["mass"], state["models"])


def draw_masses(mjj: Floats, low: float, high: float, n: int, seed: int) -> Floats:
    """Draw ``n`` masses as those of events in a signal region [low, high) GeV are distributed, (n,) in GeV.

    The density is that of a Gaussian kernel of width 0.01 in logit((m - low) / (high - low)).
    """
    rng = np.random.default_rng(seed)
    share = (rng.choice(mjj, n) - low) / (high - low)
    moved = expit(logit(share) + BANDWIDTH * rng.standard_normal(n))
    return np.asarray(low + (high - low) * moved)

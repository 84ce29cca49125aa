"""The reference of limits in CPU-minutes: a machine on which the published flow of CATHODE is trained in half an hour."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from time import process_time

import numpy as np
from dijethunt.taggers import registry
from dijethunt.taggers.base import Run
from dijethunt.taggers.cathode import Cathode
from dijethunt.taggers.flow import Flow

STEPS = 50
ALL_STEPS = 100 * 200_000 // 256
HALF_AN_HOUR = 30 * 60.0


def published_flow() -> Flow:
    tagger = registry.make("cathode", {"features": ("a", "b", "c", "d")}, "published")
    assert isinstance(tagger, Cathode)
    flow = tagger.make_flow(4, 1)
    return replace(flow, schedule=replace(flow.schedule, epochs=1))


@dataclass
class Pace:
    """Trains the published flow for some steps between others' trainings, so that both have the same machine.

    ``spent``: CPU-seconds of all of them.
    """

    flow: Flow = field(default_factory=published_flow)
    spent: float = 0.0
    measured: int = 0

    def measure(self, *_: int) -> None:
        rng = np.random.default_rng(1)
        x, given = (rng.normal(size=(STEPS * self.flow.schedule.batch, columns)) for columns in (4, 1))
        begin = process_time()
        self.flow.fit(x, given, None, Run(seed=1))
        self.spent += process_time() - begin
        self.measured += 1

    @property
    def slowness(self) -> float:
        """How many times as long as on the reference a training takes here."""
        return self.spent / (self.measured * STEPS) * ALL_STEPS / HALF_AN_HOUR

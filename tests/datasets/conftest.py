"""What Pythia decided before showers and hadrons: the truth that signals are tested against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import awkward as ak
import numpy as np
import pytest
from dijethunt.datasets.generator import common, start
from dijethunt.datasets.hook import make_hook
from dijethunt.datasets.process import Process

NO_SHOWER = (
    "PartonLevel:ISR = off",
    "PartonLevel:FSR = off",
    "HadronLevel:all = off",
    "BeamRemnants:primordialKT = off",
)
RESONANCE = 5  # its place in an event record
DECAYED, PRODUCT = 22, 23
GENERATIONS = 5


@dataclass(frozen=True)
class Truth:
    """Event records of a signal without showers."""

    records: Any

    @cached_property
    def resonance(self) -> Any:
        return self.records[:, RESONANCE]

    @cached_property
    def mass(self) -> np.ndarray:
        """Masses of the resonance (n,)."""
        return ak.to_numpy(self.resonance.m)

    @cached_property
    def decay(self) -> Any:
        """The two particles (n, 2) that the resonance decays to."""
        copy = self.resonance.daughter1
        return self.records[(self.records.mother1 == copy) & self._hard]

    @cached_property
    def _hard(self) -> Any:
        kind = np.abs(self.records.status)
        return (kind == DECAYED) | (kind == PRODUCT)

    def masses(self, particle: int) -> np.ndarray:
        """Masses (n, number in each event) of the decayed particles of a kind, of either charge."""
        chosen = (np.abs(self.records.id) == particle) & (np.abs(self.records.status) == DECAYED)
        return np.asarray(ak.to_regular(self.records.m[chosen]))

    def cosine2(self) -> np.ndarray:
        """cos^2(theta*) (n,) of the decay."""
        mother, daughter = self.resonance.p, self.decay[:, 0].p
        along = (daughter.pz * mother.e - daughter.e * mother.pz) / self.resonance.m
        return ak.to_numpy(along**2 / (daughter.px**2 + daughter.py**2 + along**2))

    def quarks(self) -> np.ndarray:
        """Number of quarks (n, 2) at the end of each of the two decay chains, the larger last."""
        first = ak.local_index(self.records.id)[
            (self.records.mother1 == self.resonance.daughter1) & self._hard
        ]
        place = ak.local_index(self.records.id)
        for _ in range(GENERATIONS):
            early = (place == first[:, 0]) | (place == first[:, 1])
            place = ak.where(early, place, self.records.mother1[place])
        quark = (np.abs(self.records.id) <= 5) & (np.abs(self.records.status) == PRODUCT)
        each = [ak.to_numpy(ak.sum(quark & (place == first[:, i]), axis=1)) for i in (0, 1)]
        return np.sort(np.stack(each, axis=-1), axis=-1)


@pytest.fixture(scope="session")
def make_truth() -> Callable[..., Truth]:
    """Generate a signal without showers: make_truth(process, n, seed)."""

    def make(process: Process, n: int = 200, seed: int = 7) -> Truth:
        hook = make_hook(process.veto, np.random.default_rng(seed))
        pythia = start((*common(seed, mpi=False), *process.settings(), *NO_SHOWER), hook)
        return Truth(pythia.nextBatch(n).prt)

    return make

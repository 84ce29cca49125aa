"""Pile-up: the other proton-proton collisions of the same bunch crossing.

Inelastic collisions of Pythia (``SoftQCD:inelastic``, tune CP5) are generated once, as a pool from which those of
every crossing are drawn. Each is turned around the beam by a random angle and mirrored along it at random, so that
a collision that is drawn again does not fall on the same place of the detector. Diffraction of high mass has no
multiparton interactions in the pool: setting them up takes 11 s, and they are 5% of the transverse momentum.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .detector import Detector, Flow, charged, join, simulate_detector, visible
from .generator import Particles, common, stable, start
from .jagged import Index, owners, starts
from .puppi import puppi, weighted

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

POOL = 1000  # collisions
SETTINGS = ("SoftQCD:inelastic = on", "Diffraction:mMinPert = 1e5")
SEEDS = 900_000_000  # Pythia takes no more
SEED_SHIFT = 450_000_000  # between a part and its pool
BEAM_SPOT = 50.0  # mm along the beam, the width of a Gaussian
CHARGED_PT_MIN = 0.5  # GeV; below 0.7 a field of 3.8 T keeps particles from the calorimeter
NEUTRAL_PT_MIN = 0.2  # GeV; below, a calorimeter cell does not tell them from noise
BLOCK = 50  # crossings simulated at a time: what fits into the cache of a processor


@dataclass(frozen=True)
class Crossings:
    """Bunch crossings: all particles by event, which are of pile-up (p,), collisions of pile-up per event (n,)."""

    particles: Particles
    pileup: Mask
    number: Index


class Pileup:
    """A pool of collisions, of which a Poisson number with this ``mean`` is laid over every event.

    ``seed`` is that of Pythia for the events themselves: the pool has one of its own that derives from it. Particles
    of the pool that the detector cannot see are left out, and with them the soft ones that hardly leave a trace:
    charged below 0.5 GeV of pT, neutral below 0.2 GeV.
    """

    def __init__(self, mean: float, detector: Detector, seed: int, size: int = POOL) -> None:
        self.mean = mean
        self.pool = _pool(detector, 1 + (seed - 1 + SEED_SHIFT) % SEEDS, size)
        self._size = np.bincount(self.pool.event, minlength=self.pool.events)

    def overlay(self, particles: Particles, rng: np.random.Generator) -> Crossings:
        """Lay collisions over events; those of an event come after its own particles.

        The vertex of an event is at z = 0. Pile-up is spread along z as two vertices of the same beam spot are.
        """
        number = rng.poisson(self.mean, particles.events)
        event = owners(number)
        drawn = rng.integers(self.pool.events, size=len(event))
        angle = rng.uniform(-np.pi, np.pi, len(event))
        mirror = np.where(rng.random(len(event)) < 0.5, -1.0, 1.0)
        leading = rng.normal(0.0, BEAM_SPOT, particles.events)
        place = rng.normal(0.0, BEAM_SPOT, len(event)) - leading[event]
        size = self._size[drawn]
        rows = np.repeat(starts(self._size)[drawn] - starts(size), size) + np.arange(int(size.sum()))
        angle, mirror, place, event = (np.repeat(each, size) for each in (angle, mirror, place, event))
        other = _moved(_take(self.pool, rows), particles.events, event, angle, mirror, place)
        return _merged(particles, other, number)


def observe(
    particles: Particles, detector: Detector, pileup: Pileup | None, rng: np.random.Generator
) -> tuple[Flow, Index]:
    """Return what the detector sees of events, and the number (n,) of pile-up collisions in each.

    With pile-up, charged candidates of other vertices are gone and the momenta of the others are those after PUPPI;
    what they were is the momentum divided by ``Flow.weight``.
    """
    if pileup is None:
        return simulate_detector(particles, detector, rng), np.zeros(particles.events, dtype=np.int64)
    pieces, numbers = [], [np.zeros(0, dtype=np.int64)]
    for first in range(0, particles.events, BLOCK):
        crossings = pileup.overlay(_events(particles, first, first + BLOCK), rng)
        flow = simulate_detector(crossings.particles, detector, rng, crossings.pileup)
        flow = weighted(puppi(flow, crossings.number))
        pieces.append(replace(flow, event=flow.event + first))
        numbers.append(crossings.number)
    return join(particles.events, pieces), np.concatenate(numbers)


def _pool(detector: Detector, seed: int, size: int) -> Particles:
    pythia = start((*common(seed, mpi=True), *SETTINGS), None)
    seen = visible(stable(pythia.nextBatch(size).prt), detector)
    pt_min = np.where(charged(seen.pdg_id), CHARGED_PT_MIN, NEUTRAL_PT_MIN)
    return seen.where(np.hypot(seen.px, seen.py) > pt_min)


def _take(particles: Particles, rows: Index | slice) -> Particles:
    columns = {name: value[rows] for name, value in vars(particles).items() if name != "events"}
    return Particles(particles.events, **columns)


def _events(particles: Particles, first: int, last: int) -> Particles:
    """Return the events of a range, numbered from 0; particles are ordered by event."""
    low, high = np.searchsorted(particles.event, [first, last])
    some = _take(particles, slice(low, high))
    return replace(some, events=min(last, particles.events) - first, event=some.event - first)


def _moved(one: Particles, events: int, event: Index, angle: Array, mirror: Array, place: Array) -> Particles:
    """Turn particles around the beam, mirror them along it and move their vertex to a place (mm) on it."""
    cos, sin = np.cos(angle), np.sin(angle)
    px, py = one.px * cos - one.py * sin, one.px * sin + one.py * cos
    x, y = one.x * cos - one.y * sin, one.x * sin + one.y * cos
    z = one.z * mirror + place
    return Particles(events, event, one.pdg_id, px, py, one.pz * mirror, one.energy, x, y, z)


def _merged(hard: Particles, other: Particles, number: Index) -> Crossings:
    order = np.argsort(np.concatenate([hard.event, other.event]), kind="stable")
    columns = {
        name: np.concatenate([value, getattr(other, name)])[order]
        for name, value in vars(hard).items()
        if name != "events"
    }
    return Crossings(Particles(hard.events, **columns), order >= len(hard.event), number)

"""What Pythia made of kept events: jets at particle level, and the particles of the hard process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .detector import Detector, ideal
from .generator import Particles
from .jagged import Index, counts, flat, starts
from .jet import RADIUS, Jets, cluster
from .matching import directions, nearest
from .reference import NONE
from .substructure import soft_drop_mass

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

JET_PT_MIN = 100.0
DECAYED, OUTGOING = 22, 23
PT_MIN = 1e-3  # GeV; below, a particle flies along the beam


@dataclass(frozen=True)
class GeneratedJets:
    """Jets of all visible particles above 100 GeV, their soft-drop masses (j,), and those of measured jets.

    ``match`` is for each measured jet the position of the nearest of the jets, or -1.
    """

    jets: Jets
    soft_drop_mass: Array
    match: Index


@dataclass(frozen=True)
class HardParticles:
    """Decayed resonances (status 22), and partons and leptons of the hard process and of decays (status 23).

    Each (p,) has its event, momentum in GeV, PDG number, status and the position of its mother among them, or -1.
    """

    event: Index
    pt: Array
    eta: Array
    phi: Array
    mass: Array
    pdg_id: NDArray[np.int32]
    status: NDArray[np.int32]
    mother: Index


def generated_jets(
    particles: Particles, measured: Jets, detector: Detector, radius: float = RADIUS
) -> GeneratedJets:
    """Cluster the visible particles of those events that ``measured`` jets belong to, and match these within R/2."""
    kept = _mask(particles.events, measured.event)
    flow = ideal(particles.where(kept[particles.event]), detector)
    jets = cluster(flow, JET_PT_MIN, radius)
    match = nearest(directions(measured), directions(jets), radius / 2)
    return GeneratedJets(jets, soft_drop_mass(flow, jets), match)


def hard_particles(records: Any, events: Index) -> HardParticles:
    """Collect the particles of the hard process of ``events`` (positions) out of Pythia's event records (n,).

    A resonance has the momentum with which it decays, after the recoil against radiation.
    """
    number = counts(records)
    first = starts(number)
    status = np.abs(flat(records.status))
    rows = np.flatnonzero((status == DECAYED) | (status == OUTGOING))
    event = np.searchsorted(first, rows, side="right") - 1
    kept = _mask(len(number), events)[event]
    rows, event = rows[kept], event[kept]
    last = np.where(status[rows] == DECAYED, _last_copies(records, rows, first[event]), rows)
    px, py, pz = (flat(records.p[name])[last] for name in ("px", "py", "pz"))
    pt = np.hypot(px, py)
    return HardParticles(
        event,
        pt,
        np.arcsinh(pz / np.maximum(pt, PT_MIN)),
        np.arctan2(py, px),
        flat(records.m)[last],
        flat(records.id)[rows],
        status[rows],
        _mothers(records, rows, first[event]),
    )


def _mask(number: int, events: Index) -> Mask:
    mask = np.zeros(number, dtype=bool)
    mask[events] = True
    return mask


def _last_copies(records: Any, rows: Index, first: Index) -> Index:
    """Follow particles (p,) to the copies of themselves that decay; ``first`` (p,) is where their events begin."""
    pdg_id = flat(records.id)
    daughters = [flat(records[name]) for name in ("daughter1", "daughter2")]
    place, active = rows.copy(), np.arange(len(rows))
    while len(active):
        one, two = (first[active] + daughter[place[active]] for daughter in daughters)
        kind = pdg_id[place[active]]
        below = np.where(pdg_id[one] == kind, one, two)
        copied = pdg_id[below] == kind
        active = active[copied]
        place[active] = below[copied]
    return place


def _mothers(records: Any, rows: Index, first: Index) -> Index:
    """Find which of the particles (p,) is the mother of each, directly or through copies of itself; -1 for none."""
    pdg_id, mother = flat(records.id), flat(records.mother1)
    number = np.full(len(pdg_id), NONE, dtype=np.int64)
    number[rows] = np.arange(len(rows))
    place, active = first + mother[rows], np.arange(len(rows))
    while len(active):
        here = place[active]
        above = first[active] + mother[here]
        copied = (number[here] == NONE) & (pdg_id[above] == pdg_id[here]) & (above != here)
        active = active[copied]
        place[active] = above[copied]
    found: Index = number[place]
    return found

r"""The two decays of an event from its generated particles: quarks of each, and whether a jet holds them.

An event has two sides: the two daughters of a resonance that is produced alone, otherwise the two particles of the hard
process (both tops of a pair, a boson and a parton). The prongs of a side are the partons that it decays to in the
end; leptons are no prongs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets.jagged import Index, counts, flat, owners
from ..datasets.reference import NONE, locate
from ..selections.dijet import Dijet, invariant_mass

Array = NDArray[Any]

BRANCHES = tuple(
    f"GenPart_{name}" for name in ("pt", "eta", "phi", "mass", "pdgId", "status", "genPartIdxMother")
)
HARD = 23
LEPTON_MIN, LEPTON_MAX = 11, 16
BOTTOM, TOP, W = 5, 6, 24
DEPTH = 12
NOWHERE = np.inf


@dataclass(frozen=True)
class Record:
    """The generated particles of all events laid out flat (p,); ``mother`` is a position, -1 for none; GeV."""

    event: Index
    pt: Array
    eta: Array
    phi: Array
    mass: Array
    pdg_id: Array
    status: Array
    mother: Index

    @property
    def prong(self) -> NDArray[np.bool_]:
        """Which particles (p,) are final partons."""
        return np.asarray((np.abs(self.status) == HARD) & ~self.lepton)

    @property
    def lepton(self) -> NDArray[np.bool_]:
        """Which particles (p,) are charged leptons or neutrinos of the decays."""
        kind = np.abs(self.pdg_id)
        return np.asarray((np.abs(self.status) == HARD) & (kind >= LEPTON_MIN) & (kind <= LEPTON_MAX))

    def comes_from(self, kind: int) -> NDArray[np.bool_]:
        """Which particles (p,) have a mother of this PDG id, of either charge."""
        return np.asarray((self.mother != NONE) & (np.abs(self.pdg_id[self.mother]) == kind))


def record(events: Any) -> Record:
    """Read the generated particles of NanoEvents; ``FileError`` when a mother lies outside of its event."""
    particles = events.GenPart
    event, local = owners(counts(particles)), flat(particles.genPartIdxMother)
    known = local != NONE
    mother = np.full(len(event), NONE, dtype=np.int64)
    mother[known] = locate(events, "GenPart", event[known], local[known], "a particle")
    pt, eta, phi, mass, pdg_id, status = (
        flat(particles[name]) for name in ("pt", "eta", "phi", "mass", "pdgId", "status")
    )
    return Record(event, pt, eta, phi, mass, pdg_id, status, mother)


def sides(found: Record, n_events: int) -> tuple[Index, Index]:
    """Find the two sides of each event.

    Returns the positions (n_events, 2) of the particles that they begin with, the heavier one first (-1 for events
    that have not two), and for every particle (p,) which of the two it belongs to, -1 for none.
    """
    head = found.mother == NONE
    heads = np.bincount(found.event[head], minlength=n_events)
    from_head = ~head & head[found.mother]
    first = np.where(heads[found.event] == 1, from_head, head)
    number = np.bincount(found.event[first], minlength=n_events)
    both = np.flatnonzero(first & (number == 2)[found.event])
    begins = both[np.lexsort((-found.mass[both], found.event[both]))].reshape(-1, 2)
    tops = np.full((n_events, 2), NONE, dtype=np.int64)
    tops[found.event[begins[:, 0]]] = begins
    return tops, _inherited(found, begins)


def _inherited(found: Record, begins: Index) -> Index:
    """Return the side (p,) of every particle: that of its mother, from the two first ones on."""
    side = np.full(len(found.event), NONE, dtype=np.int64)
    side[begins[:, 0]], side[begins[:, 1]] = 0, 1
    for _ in range(DEPTH):
        open_ = np.flatnonzero((side == NONE) & (found.mother != NONE))
        side[open_] = side[found.mother[open_]]
    return side


def distances(found: Record, pair: Dijet, eta: Array, phi: Array, n_events: int) -> Array:
    """Return the distance (p, 2) in eta and phi of every particle from j1 and j2 of its event, infinite without."""
    row = np.full(n_events, NONE, dtype=np.int64)
    row[pair.event] = np.arange(len(pair.event))
    row = row[found.event]
    apart = np.full((len(row), 2), NOWHERE)
    there = row != NONE
    turn = np.remainder(found.phi[there, None] - phi[pair.jets[row[there]]] + np.pi, 2 * np.pi) - np.pi
    apart[there] = np.hypot(found.eta[there, None] - eta[pair.jets[row[there]]], turn)
    return apart


def decays(events: Any, pair: Dijet, radius: float) -> dict[str, Array]:
    """Measure the two sides of the events (m,) of ``pair`` as columns (m,).

    ``decay_mass`` is the mass (GeV) of both sides together, ``leptons`` the number of leptons; for each side, ``d1``
    being the heavier: ``_mass`` (GeV), ``_id`` (PDG), ``_prongs``, ``_reach``, the distance from the better of the
    two jets within which all its prongs lie (infinite without prongs), and ``_jet``, which that is, 0 for j1. For each jet: ``_prongs`` and ``_w_prongs``,
    the partons, and those of W, within ``radius``; ``_top`` whether they are a bottom quark of a top and two
    quarks of a W, ``_w`` whether they are two quarks of a W alone.
    """
    found, n = record(events), len(events)
    tops, side = sides(found, n)
    eta, phi = flat(events.FatJet.eta), flat(events.FatJet.phi)
    apart = distances(found, pair, eta, phi, n)
    columns = _whole(found, tops[pair.event], pair, n)
    for i in (0, 1):
        columns |= _side(found, side == i, tops[pair.event, i], apart, pair, n, f"d{i + 1}")
        columns |= _jet(found, apart[:, i] < radius, pair, n, f"j{i + 1}")
    return columns


def _whole(found: Record, tops: Index, pair: Dijet, n: int) -> dict[str, Array]:
    momenta = [np.asarray(found.__dict__[name], float)[tops] for name in ("pt", "eta", "phi", "mass")]
    mass = np.where((tops != NONE).all(axis=1), invariant_mass(*momenta), np.nan)
    return {"decay_mass": mass, "leptons": _count(found, found.lepton, n)[pair.event]}


def _side(
    found: Record, mine: NDArray[np.bool_], top: Index, apart: Array, pair: Dijet, n: int, name: str
) -> dict[str, Array]:
    prongs = np.flatnonzero(mine & found.prong)
    reach = np.full((n, 2), -np.inf)
    np.maximum.at(reach, found.event[prongs], apart[prongs])
    nearest = reach[pair.event].min(axis=1)
    return {
        f"{name}_mass": np.where(top != NONE, found.mass[top], np.nan),
        f"{name}_id": np.where(top != NONE, found.pdg_id[top], 0),
        f"{name}_prongs": _count(found, mine & found.prong, n)[pair.event],
        f"{name}_jet": reach[pair.event].argmin(axis=1),
        f"{name}_reach": np.where(np.isneginf(nearest), NOWHERE, nearest),
    }


def _jet(found: Record, inside: NDArray[np.bool_], pair: Dijet, n: int, name: str) -> dict[str, Array]:
    prongs = inside & found.prong
    bottom = prongs & (np.abs(found.pdg_id) == BOTTOM) & found.comes_from(TOP)
    every, of_w, of_top = (
        _count(found, mask, n)[pair.event] for mask in (prongs, prongs & found.comes_from(W), bottom)
    )
    return {
        f"{name}_prongs": every,
        f"{name}_w_prongs": of_w,
        f"{name}_top": (every == 3) & (of_w == 2) & (of_top == 1),
        f"{name}_w": (every == 2) & (of_w == 2),
    }


def _count(found: Record, mask: NDArray[np.bool_], n: int) -> Index:
    return np.bincount(found.event[mask], minlength=n).astype(np.int64)

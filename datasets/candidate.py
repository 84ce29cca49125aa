"""Particle-flow candidates of AK8 jets, joined to their jets by the indices stored in PFNano files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .error import FileError
from .jagged import Index, counts, flat, owners, starts
from .nanoaod import Need, available

Array = NDArray[Any]


@dataclass(frozen=True)
class Naming:
    """How one generation of PFNano names the candidates.

    ``links`` is the collection with one entry per (jet, candidate) pair, whose ``jet`` is the index of the
    FatJet; ``index`` points into the collection ``source`` that holds the momenta (None: they are in ``links``);
    ``weight`` is the PUPPI weight (None: already applied).
    """

    links: str
    jet: str
    source: str
    index: str | None
    weight: str | None

    @property
    def branches(self) -> frozenset[str]:
        """The branches that this naming consists of."""
        links = [self.jet] + ([self.index] if self.index else [])
        source = ["pt", "eta", "phi", "mass"] + ([self.weight] if self.weight else [])
        return frozenset([f"{self.links}_{n}" for n in links] + [f"{self.source}_{n}" for n in source])


INDEXED = Naming("FatJetPFCands", "jetIdx", "PFCands", index="pFCandsIdx", weight="puppiWeight")
NAMINGS = (INDEXED,)


@dataclass(frozen=True)
class Candidates:
    """Candidates of chosen jets: ``slot`` (c,) says of which; momenta (c,) in GeV with PUPPI weights applied."""

    slot: Index
    pt: Array
    eta: Array
    phi: Array
    mass: Array

    def momentum(self) -> NDArray[np.float64]:
        """Return (c, 4) energies and momenta E, px, py, pz in GeV."""
        px, py = self.pt * np.cos(self.phi), self.pt * np.sin(self.phi)
        pz = self.pt * np.sinh(self.eta)
        energy = np.sqrt(px**2 + py**2 + pz**2 + self.mass**2)
        return np.stack([energy, px, py, pz], axis=-1)


def need(purpose: str) -> Need:
    """State that ``purpose`` needs candidates in a known naming."""
    remedy = "ask for no constituents, or give PFNano files"
    return Need(purpose, tuple(naming.branches for naming in NAMINGS), remedy)


def has_candidates(branches: frozenset[str]) -> bool:
    """Tell whether a file with these branches holds the candidates of its AK8 jets."""
    return any(naming.branches <= branches for naming in NAMINGS)


def candidates(events: Any, jets: Index) -> Candidates:
    """Collect the candidates of jets.

    ``events`` are NanoEvents of PFNano; ``jets`` (k,) the flat positions of the jets among all FatJets of
    ``events``. Slots run from 0 to k-1. ``FileError`` when the candidates are absent or point to nowhere.
    """
    naming = _naming(events)
    event, owner = _links(events, naming)
    slot = np.full(int(counts(events.FatJet).sum()), -1, dtype=np.int64)
    slot[jets] = np.arange(len(jets))
    chosen = slot[owner] >= 0
    rows = _rows(events, naming, event, chosen)
    values = {name: _read(events, naming, name)[rows] for name in ("pt", "eta", "phi", "mass")}
    weight = _read(events, naming, naming.weight)[rows] if naming.weight else 1.0
    values["pt"] *= weight
    values["mass"] *= weight
    return Candidates(slot[owner[chosen]], **values)


def count(events: Any) -> Index:
    """Count the candidates of every FatJet (n_jets,), in flat order."""
    _, owner = _links(events, _naming(events))
    return np.bincount(owner, minlength=int(counts(events.FatJet).sum()))


def _naming(events: Any) -> Naming:
    branches = available(events)
    for naming in NAMINGS:
        if naming.branches <= branches:
            return naming
    file = events.metadata.get("filename", "these events")
    wanted = " or ".join(", ".join(sorted(naming.branches - branches)) for naming in NAMINGS)
    raise FileError(f"{file}: no particle-flow candidates; {wanted} missing; give PFNano files")


def _links(events: Any, naming: Naming) -> tuple[Index, Index]:
    links = events[naming.links]
    event = owners(counts(links))
    return event, _within(events, "FatJet", event, flat(links[naming.jet]))


def _rows(events: Any, naming: Naming, event: Index, chosen: NDArray[np.bool_]) -> Index:
    if naming.index is None:
        return np.flatnonzero(chosen)
    local = flat(events[naming.links][naming.index])
    return _within(events, naming.source, event[chosen], local[chosen])


def _within(events: Any, collection: str, event: Index, local: Array) -> Index:
    """Turn indices within an event into flat positions; refuse those outside of the event."""
    number = counts(events[collection])
    local = local.astype(np.int64)
    wrong = (local < 0) | (local >= number[event])
    if wrong.any():
        file, first = events.metadata.get("filename", "these events"), int(np.argmax(wrong))
        raise FileError(
            f"{file}: a candidate of event {event[first]} points to {collection} number {local[first]} of "
            f"{number[event[first]]}; the file is corrupt, make it again"
        )
    return starts(number)[event] + local


def _read(events: Any, naming: Naming, name: str) -> NDArray[np.float64]:
    return flat(events[naming.source][name]).astype(np.float64)

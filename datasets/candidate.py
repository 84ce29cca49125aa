"""Particle-flow candidates of AK8 jets, joined to their jets by the indices stored in the files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .error import FileError
from .jagged import Index, counts, flat, owners
from .nanoaod import Need, available
from .reference import NONE, locate

Array = NDArray[Any]

MOMENTUM = ("pt", "eta", "phi", "mass")


@dataclass(frozen=True)
class Naming:
    """How one generation of files names the candidates.

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
        source = [*MOMENTUM] + ([self.weight] if self.weight else [])
        return frozenset([f"{self.links}_{n}" for n in links] + [f"{self.source}_{n}" for n in source])


INDEXED = Naming("FatJetPFCands", "jetIdx", "PFCands", index="pFCandsIdx", weight="puppiWeight")
INLINE = Naming("FatJetPFCands", "jetIdx", "FatJetPFCands", index=None, weight="puppiWeight")
V15 = Naming("FatJetPFCand", "jetIdx", "PFCand", index="pfCandIdx", weight=None)
NAMINGS = (INDEXED, INLINE, V15)
"""PFNano of Run 2 and 3, its first version, and NanoAOD from version 15 on.

The first two share the name of a collection, and ``INDEXED`` files may have a ``FatJetPFCands_pt`` too: all the
branches of a naming decide.
"""


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

    ``events`` are NanoEvents with candidates in any naming; ``jets`` (k,) the flat positions of the jets among
    all FatJets of ``events``. Slots run from 0 to k-1. Candidates that are linked to no jet (index -1) are left
    out. ``FileError`` when the candidates are absent or point to nowhere.
    """
    naming = _naming(events)
    link, event, owner = _links(events, naming)
    slot = np.full(int(counts(events.FatJet).sum()), -1, dtype=np.int64)
    slot[jets] = np.arange(len(jets))
    slots = slot[owner]
    chosen = np.flatnonzero(slots >= 0)
    rows = _rows(events, naming, link[chosen], event[chosen])
    values = {name: _read(events, naming, name)[rows].astype(np.float64) for name in MOMENTUM}
    if naming.weight:
        weight = _read(events, naming, naming.weight)[rows]
        values["pt"] *= weight
        values["mass"] *= weight
    return Candidates(slots[chosen], **values)


def count(events: Any) -> Index:
    """Count the candidates of every FatJet (n_jets,), in flat order."""
    _, _, owner = _links(events, _naming(events))
    return np.bincount(owner, minlength=int(counts(events.FatJet).sum()))


def _naming(events: Any) -> Naming:
    branches = available(events)
    for naming in NAMINGS:
        if naming.branches <= branches:
            return naming
    file = events.metadata.get("filename", "these events")
    missing = need("reading candidates").missing(branches)
    raise FileError(f"{file}: no particle-flow candidates; {missing} missing; give PFNano files")


def _links(events: Any, naming: Naming) -> tuple[Index, Index, Index]:
    """Return position, event and jet, all flat, of the links that lead to a jet."""
    links = events[naming.links]
    event, local = owners(counts(links)), flat(links[naming.jet])
    link = np.flatnonzero(local != NONE)
    if len(link) < len(local):
        event, local = event[link], local[link]
    return link, event, locate(events, "FatJet", event, local, "a candidate")


def _rows(events: Any, naming: Naming, link: Index, event: Index) -> Index:
    if naming.index is None:
        return link
    local = flat(events[naming.links][naming.index])[link]
    return locate(events, naming.source, event, local, "a candidate")


def _read(events: Any, naming: Naming, name: str) -> Array:
    return flat(events[naming.source][name])

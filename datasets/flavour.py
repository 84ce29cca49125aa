"""The flavour of jets: the b and c hadrons inside, as Pythia made them, and b-tagging scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .btag import flavour, scores
from .detector import Flow
from .impact import third_significance
from .jagged import Index, counts, flat, starts
from .jet import RADIUS, Jets
from .matching import Directions, directions, nearest

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

HADRON_PT_MIN = 5.0
CHARM, BOTTOM = 4, 5
NOT_HADRONS = 1_000_000  # numbers from here on are of new particles, or of hadrons of light quarks


@dataclass(frozen=True)
class Hadrons:
    """Hadrons with a heavy quark that decay to no other of their kind: event and direction (h,), whether with b."""

    event: Index
    eta: Array
    phi: Array
    bottom: Mask

    def where(self, rows: Index) -> Hadrons:
        """Return the hadrons at these positions."""
        return Hadrons(self.event[rows], self.eta[rows], self.phi[rows], self.bottom[rows])


@dataclass(frozen=True)
class Flavour:
    """Numbers (j,) of b and c hadrons in jets, and the scores (j,) of the b tagger, by name of the branch."""

    b: Index
    c: Index
    scores: dict[str, Array]

    @property
    def kind(self) -> Index:
        """5, 4 or 0 (j,): the heaviest quark that a jet has hadrons of."""
        return flavour(self.b, self.c)


def heavy_hadrons(records: Any) -> Hadrons:
    """Find the last b and c hadrons with pT > 5 GeV in Pythia's event records (n,); those of b decays count too."""
    number = counts(records)
    first = starts(number)
    pdg_id, mother = flat(records.id), flat(records.mother1)
    rows = np.flatnonzero(_quark(pdg_id) >= CHARM)
    event = np.searchsorted(first, rows, side="right") - 1
    quark, above = _quark(pdg_id[rows]), first[event] + mother[rows]
    same = _quark(pdg_id[above]) == quark
    last = ~np.isin(rows, above[same])
    rows, event, bottom = rows[last], event[last], quark[last] == BOTTOM
    px, py, pz = (flat(records.p[name])[rows] for name in ("px", "py", "pz"))
    pt = np.hypot(px, py)
    hard = pt > HADRON_PT_MIN
    eta, phi = np.arcsinh(pz[hard] / pt[hard]), np.arctan2(py[hard], px[hard])
    return Hadrons(event[hard], eta, phi, bottom[hard])


def _quark(pdg_id: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the heaviest quark of hadrons by their PDG numbers, 0 for what is no hadron."""
    kind = np.abs(pdg_id)
    hadron = (kind > 100) & (kind < NOT_HADRONS) & (kind // 10 % 10 > 0)
    return np.where(hadron, np.maximum(kind // 100 % 10, kind // 1000 % 10), 0)


def tag(
    flow: Flow,
    jets: Jets,
    subjets: Jets,
    hadrons: Hadrons,
    rng: np.random.Generator,
    radius: float = RADIUS,
) -> tuple[Flavour, Flavour]:
    """Find the flavour of jets and of their subjets; a hadron belongs to the nearest jet, and subjet, in ``radius``."""
    jet = nearest(Directions(hadrons.event, hadrons.eta, hadrons.phi), directions(jets), radius)
    inside = np.flatnonzero(jet >= 0)
    hadrons, jet = hadrons.where(inside), jet[inside]
    subjet = nearest(Directions(jet, hadrons.eta, hadrons.phi), directions(subjets), radius)
    return _tagged(flow, jets, jet, hadrons.bottom, rng), _tagged(flow, subjets, subjet, hadrons.bottom, rng)


def _tagged(flow: Flow, jets: Jets, place: Index, bottom: Mask, rng: np.random.Generator) -> Flavour:
    number = len(jets.size)
    b, c = (np.bincount(place[(place >= 0) & chosen], minlength=number) for chosen in (bottom, ~bottom))
    significance = third_significance(flow, jets)
    return Flavour(b, c, scores(b, c, jets.pt, jets.eta, significance, rng))

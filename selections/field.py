"""Fields: what quantities are computed from, the branches each is stored in, and how it is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets.candidate import NAMINGS, count
from ..datasets.jagged import Index, counts, flat, owners
from ..datasets.reference import NONE, locate
from .constituent import collect
from .groomed import REFERENCES, SUBJETS, subjet_mass

Array = NDArray[Any]
Read = Callable[[Any, Index], Any]

COUNTED = "n_candidates"
"""The number of the jet's candidates, counted in files that hold them."""
CANDIDATES = "candidates"
"""The candidates themselves, as ``Constituents``."""
SUBJET_MASS = "subjet_mass"
"""The mass in GeV of the soft-drop subjets together."""
SUBJET_BTAG = "subjet_btagDeepB"
"""The larger DeepB score of the soft-drop subjets; -1 for jets without subjets."""


@dataclass(frozen=True)
class Field:
    """Something of jets that is stored.

    ``branches`` are the sets of branches any of which will do; ``read`` takes NanoEvents and flat positions of jets
    (m, 2), and returns an array (m, 2), or ``Constituents``.
    """

    branches: tuple[frozenset[str], ...]
    read: Read

    def exists(self, branches: frozenset[str]) -> bool:
        """Tell whether a file with these branches holds the field."""
        return any(wanted <= branches for wanted in self.branches)


def field(name: str) -> Field:
    """Look up a field; a name that is not among the derived ones is that of a FatJet branch."""
    if name in DERIVED:
        return DERIVED[name]
    return Field((frozenset([f"FatJet_{name}"]),), partial(_stored, name=name))


def _stored(events: Any, jets: Index, name: str) -> Array:
    return flat(events.FatJet[name])[jets]


def _counted(events: Any, jets: Index) -> Array:
    return count(events)[jets]


def _subjet_mass(events: Any, jets: Index) -> Array:
    return subjet_mass(events)[jets]


def _subjet_btag(events: Any, jets: Index) -> Array:
    event = owners(counts(events.FatJet))[jets]
    score = flat(events.SubJet.btagDeepB)
    best = np.full(jets.shape, NONE, dtype=score.dtype)
    for name in REFERENCES:
        local = flat(events.FatJet[name])[jets]
        there = local != NONE
        rows = locate(events, "SubJet", event[there], local[there], "a jet")
        best[there] = np.fmax(best[there], score[rows])
    return best


_WITH_CANDIDATES = tuple(naming.branches for naming in NAMINGS)
_SUBJET_SCORES = frozenset(["SubJet_btagDeepB", *(f"FatJet_{name}" for name in REFERENCES)])

DERIVED: Mapping[str, Field] = {
    COUNTED: Field(_WITH_CANDIDATES, _counted),
    CANDIDATES: Field(_WITH_CANDIDATES, collect),
    SUBJET_MASS: Field((SUBJETS,), _subjet_mass),
    SUBJET_BTAG: Field((_SUBJET_SCORES,), _subjet_btag),
}

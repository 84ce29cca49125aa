"""Something like the wide jets of the CMS dijet searches, made of the AK8 jets that a file holds.

The searches start from the two leading AK4 jets and add all AK4 jets within 1.1 of them (CMS-EXO-19-012,
arXiv:1911.03947, section 3). Files of AK8 jets have no AK4 jets: here the two leading AK8 jets are the start, and what is
added are the other stored AK8 jets.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets.jagged import Index, counts, flat, owners
from ..selections.dijet import Dijet

Array = NDArray[np.float64]

REACH = 1.1


def wide_dijets(events: Any, pair: Dijet) -> dict[str, Array]:
    r"""Return ``mjj_wide`` (GeV) and ``deta_wide``, \|delta eta\| of the two wide jets, of the events (m,) of ``pair``."""
    momentum = _momenta(events.FatJet)
    owner, slot = _added(events.FatJet, pair)
    wide = momentum[pair.jets]
    np.add.at(wide, (slot[:, 0], slot[:, 1]), momentum[owner])
    _, px, py, pz = np.moveaxis(wide, -1, 0)
    total = wide.sum(axis=1)
    squared = total[:, 0] ** 2 - (total[:, 1:] ** 2).sum(axis=1)
    eta = np.arcsinh(pz / np.hypot(px, py))
    return {"mjj_wide": np.sqrt(np.maximum(squared, 0.0)), "deta_wide": np.abs(eta[:, 0] - eta[:, 1])}


def _added(fatjets: Any, pair: Dijet) -> tuple[Index, Index]:
    """Return which jets (k,) are added, and to which event and which of its two jets (k, 2)."""
    number = counts(fatjets)
    event = owners(number)
    row = np.full(len(number), -1, dtype=np.int64)
    row[pair.event] = np.arange(len(pair.event))
    other = row[event] >= 0
    other[pair.jets.reshape(-1)] = False
    position = np.flatnonzero(other)
    leading = pair.jets[row[event[position]]]
    eta, phi = flat(fatjets.eta).astype(float), flat(fatjets.phi).astype(float)
    turn = np.remainder(phi[position, None] - phi[leading] + np.pi, 2 * np.pi) - np.pi
    apart = np.hypot(eta[position, None] - eta[leading], turn)
    near = apart.min(axis=1) < REACH
    slot = np.stack([row[event[position]], apart.argmin(axis=1)], axis=-1)
    return position[near], slot[near]


def _momenta(fatjets: Any) -> Array:
    pt, eta, phi, mass = (flat(fatjets[name]).astype(np.float64) for name in ("pt", "eta", "phi", "mass"))
    px, py, pz = pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)
    return np.stack([np.sqrt(px**2 + py**2 + pz**2 + mass**2), px, py, pz], axis=-1)

"""The two leading jets of events that are given as massless particles, with their substructure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import awkward as ak
import fastjet
import numpy as np
import vector
from fastjet import _swig
from numpy.typing import NDArray

from .jagged import Index, counts, flat, owners, ranked, starts

Array = NDArray[np.float64]

RADIUS = 1.0
JET_PT_MIN = 20.0
SUBJETS = (1, 2, 3, 4)
CONSTITUENTS = 100

ANTI_KT = fastjet.JetDefinition(fastjet.antikt_algorithm, RADIUS)
CAMBRIDGE_AACHEN = fastjet.JetDefinition(fastjet.cambridge_algorithm, 2 * RADIUS)


@dataclass(frozen=True)
class Pairs:
    """The two jets of highest pT of n events, higher pT first; zeros where ``found`` (n,) says there are not two.

    ``momentum`` (n, 2, 4) is E, px, py, pz in GeV, ``tau`` (n, 2, 4) tau_1 to tau_4, ``size`` (n, 2) the number of
    particles, ``constituents`` (n, 2, 100, 3) px, py, pz of the hardest, sorted by pT and filled up with zeros.
    """

    found: NDArray[np.bool_]
    momentum: Array
    tau: Array
    size: Index
    constituents: NDArray[np.float32]

    def fields(self) -> dict[str, NDArray[Any]]:
        """Return the fields of the jets (n, 2), called as in NanoAOD."""
        energy, px, py, pz = np.moveaxis(self.momentum, -1, 0)
        pt = np.hypot(px, py)
        eta = np.arcsinh(np.divide(pz, pt, out=np.zeros_like(pt), where=pt > 0))
        mass = np.sqrt(np.maximum(energy**2 - pt**2 - pz**2, 0.0))
        taus = {f"tau{n}": self.tau[:, :, i] for i, n in enumerate(SUBJETS)}
        return {
            "pt": pt,
            "eta": eta,
            "phi": np.arctan2(py, px),
            "mass": mass,
            **taus,
            "nPFCandsAll": self.size,
        }


def cluster(pt: Array, eta: Array, phi: Array) -> Pairs:
    """Cluster anti-kT jets of R = 1 and take the two of highest pT.

    ``pt`` in GeV, ``eta`` and ``phi`` (n, k) are those of massless particles; pT = 0 is none. N-subjettiness
    (arXiv:1011.2268) has beta = 1 and one-pass kT axes, as in the simulation of this project.
    """
    number = (pt > 0).sum(axis=1)
    rows = np.flatnonzero(number >= 2)
    taken = pt[rows] > 0
    momentum = _momentum(*(values[rows][taken] for values in (pt, eta, phi)))
    event, members, size = _leading(momentum, number[rows])
    pairs = _empty(len(pt))
    pairs.found[rows[event]] = True
    chosen = momentum[members]
    owner = owners(size)
    shape = (len(event), 2)
    pairs.momentum[rows[event]] = _sum(chosen, owner, 2 * len(event)).reshape(*shape, 4)
    pairs.size[rows[event]] = size.reshape(shape)
    pairs.tau[rows[event]] = _subjettiness(chosen, size).reshape(*shape, len(SUBJETS))
    pairs.constituents[rows[event]] = _hardest(chosen, owner, 2 * len(event)).reshape(*shape, CONSTITUENTS, 3)
    return pairs


def _leading(momentum: Array, number: Index) -> tuple[Index, Index, Index]:
    """Find the two leading jets of each event that has two.

    Returns the events (m,), the positions of the particles of their jets, and the sizes (2 m,) of the jets.
    """
    sequence = _sequence(momentum, number, ANTI_KT)
    jets, parts = sequence.inclusive_jets(min_pt=JET_PT_MIN), sequence.constituent_index(min_pt=JET_PT_MIN)
    event = owners(counts(jets))
    order, rank = ranked(event, np.hypot(flat(jets.px), flat(jets.py)))
    second = np.flatnonzero(rank == 1)
    leading = np.stack([order[second - 1], order[second]], axis=-1).reshape(-1)
    parts = ak.flatten(parts, axis=1)[leading]
    size = counts(parts)
    members = flat(parts) + np.repeat(starts(number)[event[leading]], size)
    return event[order[second]], members, size


def _subjettiness(momentum: Array, size: Index) -> Array:
    if not len(size):
        return np.zeros((0, len(SUBJETS)))
    sequence = _sequence(momentum, size, CAMBRIDGE_AACHEN)
    tau = sequence.njettiness(axes_definition="OnePass_KT_Axes", njets=list(SUBJETS), beta=1.0, R0=RADIUS)
    return np.asarray(ak.to_numpy(tau)).reshape(-1, len(SUBJETS))


def _hardest(momentum: Array, owner: Index, jets: int) -> NDArray[np.float32]:
    order, rank = ranked(owner, np.hypot(momentum[:, 1], momentum[:, 2]))
    kept = rank < CONSTITUENTS
    out = np.zeros((jets, CONSTITUENTS, 3), dtype=np.float32)
    out[owner[order][kept], rank[kept]] = momentum[order[kept], 1:]
    return out


def _sum(momentum: Array, owner: Index, jets: int) -> Array:
    return np.stack([np.bincount(owner, component, minlength=jets) for component in momentum.T], axis=-1)


def _momentum(pt: Array, eta: Array, phi: Array) -> Array:
    return np.stack([pt * np.cosh(eta), pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)], axis=-1)


def _sequence(momentum: Array, number: Index, definition: Any) -> Any:
    _swig.ClusterSequence.set_fastjet_banner_stream(None)
    columns = dict(zip(("E", "px", "py", "pz"), momentum.T, strict=True))
    particles = ak.unflatten(ak.zip(columns, with_name="Momentum4D"), number)
    return fastjet.ClusterSequence(ak.Array(particles, behavior=vector.backends.awkward.behavior), definition)


def _empty(n: int) -> Pairs:
    return Pairs(
        found=np.zeros(n, dtype=bool),
        momentum=np.zeros((n, 2, 4)),
        tau=np.zeros((n, 2, len(SUBJETS))),
        size=np.zeros((n, 2), dtype=np.int64),
        constituents=np.zeros((n, 2, CONSTITUENTS, 3), dtype=np.float32),
    )

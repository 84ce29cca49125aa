"""Jets clustered from particle-flow candidates, laid out flat, and what is needed to cluster them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import awkward as ak
import fastjet
import numpy as np
import vector
from fastjet import _swig
from numpy.typing import NDArray

from .detector import Flow
from .jagged import Index, counts, flat, owners, ranked, starts

Array = NDArray[np.float64]

RADIUS = 0.8
PRECISION = {"pt": 12, "eta": 12, "phi": 12, "mass": 12}
KINEMATICS = ("pt", "eta", "phi", "mass")


@dataclass(frozen=True)
class Jets:
    """Jets laid out flat (j,), ordered by event and falling pT; momenta in GeV.

    ``members`` are the positions of the candidates in the ``Flow``, jet after jet, and ``size`` (j,) how many there
    are of each.
    """

    events: int
    event: Index
    pt: Array
    eta: Array
    phi: Array
    mass: Array
    members: Index
    size: Index

    def take(self, rows: Index) -> Jets:
        """Return the jets at these positions, with their members."""
        columns = {name: getattr(self, name)[rows] for name in ("event", *KINEMATICS)}
        size = self.size[rows]
        members = self.members[ranges(starts(self.size)[rows], size)]
        return Jets(self.events, **columns, members=members, size=size)


def cluster(flow: Flow, pt_min: float, radius: float = RADIUS) -> Jets:
    """Cluster anti-kT jets (arXiv:0802.1189) above ``pt_min`` (GeV) in every event of a flow ordered by event."""
    number = np.bincount(flow.event, minlength=flow.events)
    definition = fastjet.JetDefinition(fastjet.antikt_algorithm, radius)
    found = sequence(four_momentum(flow, np.arange(len(flow.pt))), number, definition)
    jets, members = found.inclusive_jets(min_pt=pt_min), found.constituent_index(min_pt=pt_min)
    event = owners(counts(jets))
    size = counts(ak.flatten(members, axis=1))
    positions = flat(ak.flatten(members, axis=1)) + np.repeat(starts(number)[event], size)
    momentum = np.stack([flat(jets[name]) for name in ("E", "px", "py", "pz")])
    order, _ = ranked(event, np.hypot(momentum[1], momentum[2]))
    jets = Jets(flow.events, event, *kinematics(momentum), positions.astype(np.int64), size)
    return jets.take(order)


def summed(flow: Flow, jets: Jets) -> Jets:
    """Sum the momentum of each jet anew from its candidates, and round it to the precision of storage."""
    owner, momentum = owners(jets.size), four_momentum(flow, jets.members)
    total: Array = np.stack([np.bincount(owner, part, minlength=len(jets.size)) for part in momentum])
    columns = dict(zip(KINEMATICS, kinematics(total), strict=True))
    rounded: dict[str, Any] = {
        name: truncate(value, PRECISION[name]).astype(np.float64) for name, value in columns.items()
    }
    return replace(jets, **rounded)


def sequence(momentum: Array, size: Index, definition: Any) -> Any:
    """Cluster groups of particles: E, px, py, pz (4, c) in GeV, group after group, ``size`` (g,) of each."""
    _swig.ClusterSequence.set_fastjet_banner_stream(None)
    columns = dict(zip(("E", "px", "py", "pz"), momentum, strict=True))
    particles = ak.unflatten(ak.zip(columns, with_name="Momentum4D"), size)
    return fastjet.ClusterSequence(ak.Array(particles, behavior=vector.backends.awkward.behavior), definition)


def four_momentum(entries: Any, rows: Index) -> Array:
    """Return E, px, py, pz (4, k) in GeV of the entries at ``rows`` (k,) of a flow or of jets."""
    pt, eta, phi, mass = (getattr(entries, name)[rows] for name in KINEMATICS)
    px, py, pz = pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)
    return np.stack([np.sqrt(px**2 + py**2 + pz**2 + mass**2), px, py, pz])


def kinematics(momentum: Array) -> tuple[Array, Array, Array, Array]:
    """Return pT, eta, phi and mass (k,) of momenta E, px, py, pz (4, k) with pT > 0."""
    energy, px, py, pz = momentum
    pt = np.hypot(px, py)
    mass = np.sqrt(np.maximum(energy**2 - pt**2 - pz**2, 0.0))
    return pt, np.arcsinh(pz / pt), np.arctan2(py, px), mass


def ranges(first: Index, size: Index) -> Index:
    """List the positions of ranges that begin at ``first`` and have ``size`` entries.

    >>> ranges(np.array([5, 0]), np.array([2, 3]))
    array([5, 6, 0, 1, 2])
    """
    return np.repeat(first - starts(size), size) + np.arange(int(size.sum()))


def truncate(values: NDArray[Any], bits: int) -> NDArray[np.float32]:
    """Round to a mantissa of so many bits, as NanoAOD does, so that files compress well.

    >>> truncate(np.array([1000.3]), 10)
    array([1000.5], dtype=float32)
    """
    shift = 23 - bits
    pattern = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    rounded = (pattern + np.uint32(1 << (shift - 1))) & np.uint32(0xFFFFFFFF - (1 << shift) + 1)
    return rounded.view(np.float32)

"""AK8 jets out of particle-flow candidates, with soft drop, N-subjettiness, and the dijet selection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import awkward as ak
import fastjet
import numpy as np
import vector
from fastjet import _swig
from numpy.typing import NDArray

from .detector import Detector, Flow
from .jagged import Index, counts, flat, owners, starts
from .process import ETA_MAX, DijetCut

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

RADIUS = 0.8
JET_PT_MIN = 200.0
CANDIDATES_MAX = 100
LOOSENING = 0.01
SOFT_DROP_BETA, SOFT_DROP_CUT = 0.0, 0.1
SUBJETS = (1, 2, 3, 4)
PRECISION = {"pt": 12, "eta": 12, "phi": 12, "mass": 12}

AK8 = fastjet.JetDefinition(fastjet.antikt_algorithm, RADIUS)
CAMBRIDGE_AACHEN = fastjet.JetDefinition(fastjet.cambridge_algorithm, 2 * RADIUS)


@dataclass(frozen=True)
class Jets:
    """AK8 jets laid out flat (j,), ordered by event and falling pT; momenta in GeV, as they are stored.

    ``factor`` is what the measured momentum was multiplied with; ``members`` are the positions of the candidates
    in the ``Flow``, jet after jet, and ``size`` (j,) how many there are of each.
    """

    events: int
    event: Index
    pt: Array
    eta: Array
    phi: Array
    mass: Array
    factor: Array
    members: Index
    size: Index

    def take(self, rows: Index) -> Jets:
        """Return the jets at these positions, with their members."""
        columns = {
            name: getattr(self, name)[rows] for name in ("event", "pt", "eta", "phi", "mass", "factor")
        }
        size = self.size[rows]
        members = self.members[_expand(starts(self.size)[rows], size)]
        return Jets(self.events, **columns, members=members, size=size)


@dataclass(frozen=True)
class Substructure:
    """Quantities of each jet (j,): soft-drop mass in GeV and tau_1 to tau_4 (j, 4)."""

    soft_drop_mass: Array
    tau: Array


@dataclass(frozen=True)
class Reconstruction:
    """What is kept of a batch: positions of the events (n,), whether they pass the cut as it is (n,), their jets.

    ``met`` is the missing transverse momentum (n, 2) in GeV.
    """

    event: Index
    passes: Mask
    jets: Jets
    substructure: Substructure
    met: Array

    def until(self, wanted: int) -> tuple[Reconstruction, int]:
        """Cut the batch after the event that completes ``wanted`` selected ones.

        Returns what is kept, and how many events of the batch had to be generated for it.
        """
        selected = self.event[self.passes]
        if len(selected) < wanted:
            return self, self.jets.events
        last = int(selected[wanted - 1])
        early, rows = self.event <= last, np.flatnonzero(self.jets.event <= last)
        inner = Substructure(self.substructure.soft_drop_mass[rows], self.substructure.tau[rows])
        jets = self.jets.take(rows)
        return Reconstruction(self.event[early], self.passes[early], jets, inner, self.met[early]), last + 1


def reconstruct(flow: Flow, cut: DijetCut, detector: Detector, rng: np.random.Generator) -> Reconstruction:
    """Find the jets of a batch and keep the events near or above the cut, all jets included."""
    jets = find_jets(flow, detector, rng)
    passes, near = passing(jets, cut), passing(jets, loosened(cut))
    event = np.flatnonzero(near)
    kept = jets.take(np.flatnonzero(near[jets.event]))
    return Reconstruction(event, passes[event], kept, substructure(flow, kept), _missing(flow, jets)[event])


def find_jets(flow: Flow, detector: Detector, rng: np.random.Generator) -> Jets:
    """Cluster AK8 jets with pT > 200 GeV and |eta| < 2.5.

    Each is multiplied, candidates included, with one random factor of width ``detector.jet_resolution`` before
    anything is ordered or cut.
    """
    found = cluster(flow, JET_PT_MIN * (1 - 5 * detector.jet_resolution))
    factor = np.maximum(1 + detector.jet_resolution * rng.standard_normal(len(found.pt)), 0.1)
    jets = scaled(found, factor)
    order = np.lexsort((-jets.pt, jets.event))
    return jets.take(order[(jets.pt[order] > JET_PT_MIN) & (np.abs(jets.eta[order]) < ETA_MAX)])


def cluster(flow: Flow, pt_min: float) -> Jets:
    """Cluster AK8 jets above ``pt_min`` (GeV) in every event of a flow that is ordered by event."""
    number = np.bincount(flow.event, minlength=flow.events)
    sequence = _sequence(flow, np.arange(len(flow.pt)), number, AK8)
    jets, members = sequence.inclusive_jets(min_pt=pt_min), sequence.constituent_index(min_pt=pt_min)
    event = owners(counts(jets))
    size = counts(ak.flatten(members, axis=1))
    positions = flat(ak.flatten(members, axis=1)) + np.repeat(starts(number)[event], size)
    momentum = [flat(jets[name]) for name in ("px", "py", "pz", "E")]
    return Jets(flow.events, event, *_kinematics(*momentum), np.ones(len(event)), positions, size)


def scaled(jets: Jets, factor: Array) -> Jets:
    """Multiply the momentum of each jet with a factor (j,) and round it to the precision of storage."""
    columns = {"pt": jets.pt * factor, "eta": jets.eta, "phi": jets.phi, "mass": jets.mass * factor}
    rounded = {name: truncate(value, PRECISION[name]).astype(np.float64) for name, value in columns.items()}
    return Jets(jets.events, jets.event, **rounded, factor=factor, members=jets.members, size=jets.size)


def passing(jets: Jets, cut: DijetCut) -> Mask:
    """Tell which events (n_events,) have two leading jets that pass a cut."""
    number = np.bincount(jets.event, minlength=jets.events)
    enough = np.flatnonzero(number >= 2)
    first = starts(number)[enough]
    mjj, deta = dijet(jets, first, first + 1)
    good = (mjj > cut.mjj_min) & (jets.pt[first + 1] > cut.pt_min)
    if cut.deta_max is not None:
        good &= deta < cut.deta_max
    passes = np.zeros(jets.events, dtype=bool)
    passes[enough[good]] = True
    return passes


def dijet(jets: Jets, first: Index, second: Index) -> tuple[Array, Array]:
    """Return the invariant mass (GeV) and |delta eta| of pairs of jets, given by position."""
    one, two = (
        _momentum(*(getattr(jets, n)[i] for n in ("pt", "eta", "phi", "mass"))) for i in (first, second)
    )
    energy, px, py, pz = (a + b for a, b in zip(one, two, strict=True))
    mass = np.sqrt(np.maximum(energy**2 - px**2 - py**2 - pz**2, 0.0))
    return mass, np.abs(jets.eta[first] - jets.eta[second])


def loosened(cut: DijetCut) -> DijetCut:
    """Return a cut that is looser by what rounding and small corrections of the jets can move.

    >>> loosened(DijetCut(2000.0)).mjj_min
    1980.0
    """
    deta_max = None if cut.deta_max is None else cut.deta_max + LOOSENING
    return DijetCut(cut.mjj_min * (1 - LOOSENING), deta_max, cut.pt_min * (1 - LOOSENING))


def substructure(flow: Flow, jets: Jets) -> Substructure:
    """Compute soft drop (arXiv:1402.2657, beta = 0, z = 0.1) and N-subjettiness (arXiv:1011.2268, beta = 1)."""
    if not len(jets.size):
        return Substructure(np.zeros(0), np.zeros((0, len(SUBJETS))))
    sequence = _sequence(flow, jets.members, jets.size, CAMBRIDGE_AACHEN)
    groomed = sequence.exclusive_jets_softdrop_grooming(
        njets=1, beta=SOFT_DROP_BETA, symmetry_cut=SOFT_DROP_CUT, R0=RADIUS
    )
    tau = sequence.njettiness(axes_definition="OnePass_KT_Axes", njets=list(SUBJETS), beta=1.0, R0=RADIUS)
    mass = np.maximum(ak.to_numpy(groomed.msoftdrop), 0.0) * jets.factor
    return Substructure(mass, ak.to_numpy(tau).reshape(-1, len(SUBJETS)))


def truncate(values: NDArray[Any], bits: int) -> NDArray[np.float32]:
    """Round to a mantissa of so many bits, as NanoAOD does, so that files compress well.

    >>> truncate(np.array([1000.3]), 10)
    array([1000.], dtype=float32)
    """
    shift = 23 - bits
    pattern = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    rounded = (pattern + np.uint32(1 << (shift - 1))) & np.uint32(0xFFFFFFFF - (1 << shift) + 1)
    return rounded.view(np.float32)


def _sequence(flow: Flow, members: Index, size: Index, definition: Any) -> Any:
    _swig.ClusterSequence.set_fastjet_banner_stream(None)
    columns = [getattr(flow, name)[members] for name in ("pt", "eta", "phi", "mass")]
    energy, px, py, pz = _momentum(*columns)
    momentum = ak.zip({"px": px, "py": py, "pz": pz, "E": energy}, with_name="Momentum4D")
    particles = ak.Array(ak.unflatten(momentum, size), behavior=vector.backends.awkward.behavior)
    return fastjet.ClusterSequence(particles, definition)


def _momentum(pt: Array, eta: Array, phi: Array, mass: Array) -> tuple[Array, Array, Array, Array]:
    px, py, pz = pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)
    return np.sqrt(px**2 + py**2 + pz**2 + mass**2), px, py, pz


def _kinematics(px: Array, py: Array, pz: Array, energy: Array) -> tuple[Array, Array, Array, Array]:
    pt = np.hypot(px, py)
    mass = np.sqrt(np.maximum(energy**2 - pt**2 - pz**2, 0.0))
    return pt, np.arcsinh(pz / pt), np.arctan2(py, px), mass


def _missing(flow: Flow, jets: Jets) -> Array:
    """Sum all candidates, and what the factors of the jets add to them; the opposite is missing."""
    change = (jets.factor - 1) * jets.pt / jets.factor
    total = [
        np.bincount(flow.event, flow.pt * turn(flow.phi), minlength=flow.events)
        + np.bincount(jets.event, change * turn(jets.phi), minlength=flow.events)
        for turn in (np.cos, np.sin)
    ]
    return -np.stack(total, axis=-1)


def _expand(first: Index, size: Index) -> Index:
    """List the positions of ranges that begin at ``first`` and have ``size`` entries."""
    return np.repeat(first - starts(size), size) + np.arange(int(size.sum()))

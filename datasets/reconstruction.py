"""Jets out of particle-flow candidates, and the events that are kept for them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .detector import Detector, Flow
from .jagged import Index, owners, starts
from .jet import KINEMATICS, RADIUS, Jets, cluster, four_momentum, summed
from .process_contract import ETA_MAX, Cut, DijetCut, JetCut

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

JET_PT_MIN = 200.0
BELOW_CUT = 0.9
CANDIDATES_MAX = 100  # stored of each jet
LOOSENING = 0.02  # more than uncertainties of the jet energy can move an event
LEAST = 0.1  # of a random factor


@dataclass(frozen=True)
class Reconstruction:
    """What is kept of a batch: positions of the events (n,), whether they pass the cut as it is (n,), their jets.

    ``flow`` are the candidates of the whole batch as they are measured, ``met`` is the missing transverse momentum (n, 2) in GeV.
    """

    event: Index
    passes: Mask
    flow: Flow
    jets: Jets
    met: Array

    @property
    def number(self) -> Index:
        """The number of jets of each event (n,) that is kept."""
        return np.bincount(self.jets.event, minlength=self.jets.events)[self.event]

    @property
    def rank(self) -> Index:
        """The place of each jet (j,) in its event, by falling pT."""
        number = self.number
        return np.arange(len(self.jets.event)) - np.repeat(starts(number), number)

    def until(self, wanted: int) -> tuple[Reconstruction, int]:
        """Cut the batch after the event that completes ``wanted`` selected ones.

        Returns what is kept, and how many events of the batch had to be generated for it.
        """
        selected = self.event[self.passes]
        if len(selected) < wanted:
            return self, self.jets.events
        last = int(selected[wanted - 1])
        early = self.event <= last
        jets = self.jets.take(np.flatnonzero(self.jets.event <= last))
        return replace(
            self, event=self.event[early], passes=self.passes[early], jets=jets, met=self.met[early]
        ), last + 1


def reconstruct(
    flow: Flow, cut: Cut, detector: Detector, rng: np.random.Generator, radius: float = RADIUS
) -> Reconstruction:
    """Find the jets of a batch and keep the events near or above the cut, all jets included."""
    measured, jets = find_jets(flow, detector, rng, radius, jet_pt_min(cut))
    passes, near = passing(jets, cut), passing(jets, loosened(cut))
    event = np.flatnonzero(near)
    kept = jets.take(np.flatnonzero(near[jets.event]))
    return Reconstruction(event, passes[event], measured, kept, _missing(measured)[event])


def find_jets(
    flow: Flow,
    detector: Detector,
    rng: np.random.Generator,
    radius: float = RADIUS,
    pt_min: float = JET_PT_MIN,
) -> tuple[Flow, Jets]:
    """Cluster anti-kT jets above ``pt_min`` (GeV) with |eta| < 2.5.

    They get the resolution of jets, candidates included, before anything is ordered or cut. Returns the candidates
    as measured, and the jets with momenta rounded as they are stored.
    """
    found = cluster(flow, pt_min * (1 - 3 * float(jet_resolution(np.array(pt_min), detector))), radius)
    measured = blurred(flow, found, detector, rng)
    jets = summed(measured, found)
    order = np.lexsort((-jets.pt, jets.event))
    return measured, jets.take(order[(jets.pt[order] > pt_min) & (np.abs(jets.eta[order]) < ETA_MAX)])


def blurred(flow: Flow, jets: Jets, detector: Detector, rng: np.random.Generator) -> Flow:
    """Multiply the momenta of all candidates of a jet with one random factor, and their distances from its axis with another."""
    factor = np.maximum(1 + jet_resolution(jets.pt, detector) * rng.standard_normal(len(jets.pt)), LEAST)
    opening = np.maximum(1 + detector.jet_opening * rng.standard_normal(len(jets.pt)), LEAST)
    jet, columns = owners(jets.size), {name: getattr(flow, name).copy() for name in KINEMATICS}
    for name in ("pt", "mass"):
        columns[name][jets.members] *= factor[jet]
    turn = np.remainder(flow.phi[jets.members] - jets.phi[jet] + np.pi, 2 * np.pi) - np.pi
    columns["phi"][jets.members] += (opening[jet] - 1) * turn
    columns["eta"][jets.members] += (opening[jet] - 1) * (flow.eta[jets.members] - jets.eta[jet])
    columns["phi"] = np.remainder(columns["phi"] + np.pi, 2 * np.pi) - np.pi
    return replace(flow, **columns)


def jet_resolution(pt: Array, detector: Detector) -> Array:
    """Return the relative width (j,) of the factor that all candidates of a jet of some pT (GeV) share."""
    width: Array = np.hypot(detector.jet_stochastic / np.sqrt(pt), detector.jet_constant)
    return width


def jet_pt_min(cut: Cut) -> float:
    """Return the pT (GeV) from which on jets are stored: 200, or less for a cut on softer jets.

    >>> jet_pt_min(DijetCut(2000.0)), jet_pt_min(JetCut(150.0, 350.0))
    (200.0, 135.0)
    """
    return min(JET_PT_MIN, BELOW_CUT * cut.pt_min) if isinstance(cut, JetCut) else JET_PT_MIN


def passing(jets: Jets, cut: Cut) -> Mask:
    """Tell which events (n_events,) pass a cut with their two leading jets."""
    return _one_passes(jets, cut) if isinstance(cut, JetCut) else _pair_passes(jets, cut)


def _pair_passes(jets: Jets, cut: DijetCut) -> Mask:
    number = np.bincount(jets.event, minlength=jets.events)
    enough = np.flatnonzero(number >= 2)
    first = starts(number)[enough]
    mjj, deta = dijet(jets, first, first + 1)
    good = (mjj > cut.mjj_min) & (jets.pt[first + 1] > cut.pt_min) & (jets.pt[first] > cut.leading_pt_min)
    good &= deta >= cut.deta_min
    if cut.deta_max is not None:
        good &= deta < cut.deta_max
    passes = np.zeros(jets.events, dtype=bool)
    passes[enough[good]] = True
    return passes


def _one_passes(jets: Jets, cut: JetCut) -> Mask:
    number = np.bincount(jets.event, minlength=jets.events)
    good = np.arange(len(jets.event)) - starts(number)[jets.event] < 2
    good &= (cut.pt_min < jets.pt) & (jets.pt < cut.pt_max) & (np.abs(jets.eta) < cut.eta_max)
    passes = np.zeros(jets.events, dtype=bool)
    passes[jets.event[good]] = True
    return passes


def dijet(jets: Jets, first: Index, second: Index) -> tuple[Array, Array]:
    """Return the invariant mass (GeV) and |delta eta| of pairs of jets, given by position."""
    energy, px, py, pz = four_momentum(jets, first) + four_momentum(jets, second)
    mass = np.sqrt(np.maximum(energy**2 - px**2 - py**2 - pz**2, 0.0))
    return mass, np.abs(jets.eta[first] - jets.eta[second])


def loosened(cut: Cut) -> Cut:
    """Return a cut that is looser by what rounding and small corrections of the jets can move.

    >>> loosened(JetCut(200.0, 300.0, 2.0))
    JetCut(pt_min=198.0, pt_max=303.0, eta_max=2.01)
    """
    less, more = 1 - LOOSENING, 1 + LOOSENING
    if isinstance(cut, JetCut):
        return JetCut(cut.pt_min * less, cut.pt_max * more, cut.eta_max + LOOSENING)
    deta_max = None if cut.deta_max is None else cut.deta_max + LOOSENING
    deta_min = max(cut.deta_min - LOOSENING, 0.0)
    return DijetCut(cut.mjj_min * less, deta_max, cut.pt_min * less, deta_min, cut.leading_pt_min * less)


def _missing(flow: Flow) -> Array:
    """Sum all candidates; the opposite is missing."""
    total = [
        np.bincount(flow.event, flow.pt * turn(flow.phi), minlength=flow.events) for turn in (np.cos, np.sin)
    ]
    return np.asarray(-np.stack(total, axis=-1), dtype=np.float64)

"""A parametric particle-flow detector with the acceptance, granularity and resolution of CMS.

Charged particles are tracks where the tracker sees them; everything else is summed in the cells of the
electromagnetic and the hadronic calorimeter. Numbers are those of the CMS particle-flow paper (arXiv:1706.04965),
rounded. Showers and nuclear interactions in the tracker are not simulated, directions are those of the momentum at
production: the magnetic field and the place of the vertex do not change them. Pile-up comes from ``pileup``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .error import DataError
from .generator import Particles
from .jagged import Index

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

ELECTRON, MUON, PHOTON, PION, NEUTRAL_HADRON, FORWARD_HADRON = 11, 13, 22, 211, 130, 1
INVISIBLE = np.array([12, 14, 16, 18, 51, 52, 53, 1000022])
HIDDEN_VALLEY = 4900000
CHARGED = np.array([11, 13, 15, 211, 321, 411, 431, 521, 541, 2212, 3112, 3222, 3312, 3334])
NEGATIVE = np.array([11, 13, 15, 3112, 3312, 3334])  # negative, though the PDG number is positive
MASSES = {ELECTRON: 0.000511, MUON: 0.10566, PION: 0.13957, NEUTRAL_HADRON: 0.49761}
CELLS = 1 << 13  # more than the number of cells along eta or phi


class DetectorError(DataError):
    """A detector that cannot be."""


@dataclass(frozen=True)
class Detector:
    """The numbers of the detector: lengths in mm, energies in GeV, resolutions relative.

    A calorimeter has a stochastic and a constant term, cells of a given size in eta and phi, and a threshold.
    ``jet_stochastic`` (root GeV, over the root of pT) and ``jet_constant`` are a resolution that all candidates of
    a jet have in common: calibration, showers, dead material; ``jet_opening`` is one of the angles between them, which
    widens jet masses. A track of pile-up is told from those of the leading
    vertex when it is further than ``vertex_separation`` away from it along the beam.
    """

    track_pt_min: float = 0.15
    track_eta_max: float = 2.5
    track_radius_max: float = 400.0
    track_efficiency: float = 0.97
    track_efficiency_soft: float = 0.90
    track_efficiency_endcap: float = 0.97
    track_constant: float = 0.008
    track_slope: float = 2.6e-4
    ecal_stochastic: float = 0.05
    ecal_constant: float = 0.01
    ecal_cell: float = 0.0174
    ecal_threshold: float = 0.08
    hadron_ecal_share: float = 0.25
    hcal_stochastic: float = 1.10
    hcal_constant: float = 0.09
    hcal_cell: float = 0.087
    hcal_threshold: float = 0.6
    forward_stochastic: float = 1.5
    forward_constant: float = 0.10
    forward_cell: float = 0.175
    forward_threshold: float = 1.0
    barrel_eta_max: float = 1.5
    calorimeter_eta_max: float = 3.0
    eta_max: float = 5.0
    jet_stochastic: float = 0.83
    jet_constant: float = 0.038
    jet_opening: float = 0.065
    vertex_separation: float = 0.5

    def __post_init__(self) -> None:
        """Refuse a hadronic threshold below the mass that its candidates are given: they would be at rest."""
        if self.hcal_threshold <= MASSES[NEUTRAL_HADRON]:
            raise DetectorError(
                f"hcal_threshold is {self.hcal_threshold:g} GeV; allowed: above {MASSES[NEUTRAL_HADRON]:g} GeV, the "
                "mass of a neutral hadron"
            )


@dataclass(frozen=True)
class Flow:
    """Particle-flow candidates laid out flat: event (c,), momentum in GeV, impact parameters in cm.

    ``pileup`` (c,) marks tracks assigned to other vertices than the leading one; ``weight`` (c,) is the PUPPI
    weight, which ``puppi.weighted`` applies to the momenta. Left out, nothing is pile-up and all weights are 1.
    """

    events: int
    event: Index
    pt: Array
    eta: Array
    phi: Array
    mass: Array
    pdg_id: NDArray[np.int32]
    charge: NDArray[np.int8]
    d0: Array
    dz: Array
    pileup: Mask = field(default_factory=lambda: np.zeros(0, dtype=bool))
    weight: Array = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        """Fill in what was left out."""
        if not len(self.pileup):
            object.__setattr__(self, "pileup", np.zeros(len(self.pt), dtype=bool))
        if not len(self.weight):
            object.__setattr__(self, "weight", np.ones(len(self.pt)))

    def where(self, mask: Mask) -> Flow:
        """Keep the candidates that ``mask`` (c,) marks."""
        columns = {name: value[mask] for name, value in vars(self).items() if name != "events"}
        return Flow(self.events, **columns)


@dataclass(frozen=True)
class _Calorimeter:
    pdg_id: int
    stochastic: float
    constant: float
    cell: float
    threshold: float


def simulate_detector(
    particles: Particles, detector: Detector, rng: np.random.Generator, pileup: Mask | None = None
) -> Flow:
    """Turn stable particles into particle-flow candidates, ordered by event.

    ``pileup`` (p,) marks the particles of other collisions (None: there are none). Their tracks are marked in the
    ``Flow`` when they are seen to come from another vertex; in the calorimeters nothing tells them apart.
    """
    other = np.zeros(len(particles.px), dtype=bool) if pileup is None else pileup
    seen, other = visible(particles, detector), other[_acceptance(particles, detector)]
    kind = np.abs(seen.pdg_id)
    tracked = _tracked(seen, kind, detector, rng)
    pieces = [_tracks(seen.where(tracked), other[tracked], detector, rng)]
    _, eta, phi = _direction(seen)
    for energy, calorimeter in _deposits(seen, np.where(tracked, 0.0, seen.energy), eta, detector):
        hit = energy > 0
        pieces.append(_cells(seen.event[hit], energy[hit], eta[hit], phi[hit], calorimeter, rng))
    return join(particles.events, pieces)


def ideal(particles: Particles, detector: Detector) -> Flow:
    """Return what a perfect detector sees: every visible particle as it is, for jets at particle level."""
    seen = visible(particles, detector)
    pt, eta, phi = _direction(seen)
    momentum2 = (pt * np.cosh(eta)) ** 2
    mass = np.sqrt(np.maximum(seen.energy**2 - momentum2, 0.0))
    nothing = np.zeros(len(pt))
    charge = _charge(seen.pdg_id)
    return Flow(seen.events, seen.event, pt, eta, phi, mass, seen.pdg_id, charge, nothing, nothing)


def visible(particles: Particles, detector: Detector) -> Particles:
    """Keep what interacts, inside the acceptance of the calorimeters."""
    return particles.where(_acceptance(particles, detector))


def charged(pdg_id: NDArray[np.int32]) -> Mask:
    """Tell which PDG numbers (p,) are those of charged particles."""
    return np.isin(np.abs(pdg_id), CHARGED)


def _acceptance(particles: Particles, detector: Detector) -> Mask:
    kind = np.abs(particles.pdg_id)
    hidden = np.isin(kind, INVISIBLE) | (kind >= HIDDEN_VALLEY)
    pt = np.hypot(particles.px, particles.py)
    inside: Mask = ~hidden & (np.abs(particles.pz) < pt * np.sinh(detector.eta_max))
    return inside


def _direction(particles: Particles) -> tuple[Array, Array, Array]:
    pt = np.hypot(particles.px, particles.py)
    return pt, np.arcsinh(particles.pz / pt), np.arctan2(particles.py, particles.px)


def _charge(pdg_id: NDArray[np.int32]) -> NDArray[np.int8]:
    kind = np.abs(pdg_id)
    sign = np.sign(pdg_id) * np.where(np.isin(kind, NEGATIVE), -1, 1)
    return np.where(np.isin(kind, CHARGED), sign, 0).astype(np.int8)


def _tracked(seen: Particles, kind: Index, detector: Detector, rng: np.random.Generator) -> Mask:
    pt, eta, _ = _direction(seen)
    efficiency = np.where(pt < 1.0, detector.track_efficiency_soft, detector.track_efficiency)
    efficiency = efficiency * np.where(
        np.abs(eta) > detector.barrel_eta_max, detector.track_efficiency_endcap, 1.0
    )
    inside = (pt > detector.track_pt_min) & (np.abs(eta) < detector.track_eta_max)
    inside &= np.hypot(seen.x, seen.y) < detector.track_radius_max
    return np.isin(kind, CHARGED) & inside & (rng.random(len(pt)) < efficiency)


def _tracks(tracks: Particles, other: Mask, detector: Detector, rng: np.random.Generator) -> Flow:
    kind, charge = np.abs(tracks.pdg_id), _charge(tracks.pdg_id)
    pt, eta, phi = _direction(tracks)
    pdg_id = np.where(np.isin(kind, (ELECTRON, MUON)), tracks.pdg_id, PION * charge.astype(np.int32))
    mass = np.select([kind == ELECTRON, kind == MUON], [MASSES[ELECTRON], MASSES[MUON]], MASSES[PION])
    measured = pt * _spread(_track_resolution(tracks, pt, eta, kind, detector), rng)
    d0 = (tracks.x * tracks.py - tracks.y * tracks.px) / pt / 10.0
    d0 = d0 + rng.standard_normal(len(pt)) * np.hypot(0.0020, 0.008 / pt)
    dz = tracks.z / 10.0 + rng.standard_normal(len(pt)) * np.hypot(0.0040, 0.012 / pt)
    apart = other & (np.abs(dz) > detector.vertex_separation / 10.0)
    return Flow(tracks.events, tracks.event, measured, eta, phi, mass, pdg_id, charge, d0, dz, apart)


def _track_resolution(tracks: Particles, pt: Array, eta: Array, kind: Index, detector: Detector) -> Array:
    """Combine tracker and calorimeter, each with the weight of its precision."""
    endcap = np.where(np.abs(eta) > detector.barrel_eta_max, 1.8, 1.0)
    tracker = np.hypot(detector.track_constant, detector.track_slope * pt) * endcap
    ecal = np.hypot(detector.ecal_stochastic / np.sqrt(tracks.energy), detector.ecal_constant)
    hcal = np.hypot(detector.hcal_stochastic / np.sqrt(tracks.energy), detector.hcal_constant)
    calorimeter = np.select([kind == ELECTRON, kind == MUON], [ecal, np.inf], hcal)
    return 1.0 / np.hypot(1.0 / tracker, 1.0 / calorimeter)


def _deposits(
    seen: Particles, energy: Array, eta: Array, detector: Detector
) -> Iterator[tuple[Array, _Calorimeter]]:
    """Share the energy (GeV) of what is not a track between the calorimeters."""
    d, kind = detector, np.abs(seen.pdg_id)
    energy = np.where(kind == MUON, 0.0, energy)
    central = np.abs(eta) < d.calorimeter_eta_max
    ecal = np.where(np.isin(kind, (PHOTON, ELECTRON)), 1.0, d.hadron_ecal_share) * central
    ecal_cells = _Calorimeter(PHOTON, d.ecal_stochastic, d.ecal_constant, d.ecal_cell, d.ecal_threshold)
    hcal_cells = _Calorimeter(
        NEUTRAL_HADRON, d.hcal_stochastic, d.hcal_constant, d.hcal_cell, d.hcal_threshold
    )
    yield energy * ecal, ecal_cells
    yield energy * (central - ecal), hcal_cells
    forward = (d.forward_stochastic, d.forward_constant, d.forward_cell, d.forward_threshold)
    yield energy * ~central, _Calorimeter(FORWARD_HADRON, *forward)


def _cells(
    event: Index, energy: Array, eta: Array, phi: Array, calorimeter: _Calorimeter, rng: np.random.Generator
) -> Flow:
    """Sum the energy in each cell; a candidate points to the centre of gravity of what hit the cell."""
    column = np.floor(eta / calorimeter.cell).astype(np.int64) + CELLS // 2
    row = np.floor((phi + np.pi) / calorimeter.cell).astype(np.int64)
    cell, index = np.unique((event * CELLS + column) * CELLS + row, return_inverse=True)
    total = np.bincount(index, energy, minlength=len(cell))
    eta = np.bincount(index, energy * eta, minlength=len(cell)) / total
    phi = np.bincount(index, energy * phi, minlength=len(cell)) / total
    resolution = np.hypot(calorimeter.stochastic / np.sqrt(total), calorimeter.constant)
    measured = total * _spread(resolution, rng)
    kept = measured > calorimeter.threshold
    number = int(kept.sum())
    nothing = np.zeros(number)
    pdg_id, charge = np.full(number, calorimeter.pdg_id, dtype=np.int32), np.zeros(number, dtype=np.int8)
    mass = np.full(number, MASSES.get(calorimeter.pdg_id, 0.0))
    pt = np.sqrt(measured[kept] ** 2 - mass**2) / np.cosh(eta[kept])
    momentum = (pt, eta[kept], phi[kept], mass)
    return Flow(0, (cell // CELLS**2)[kept], *momentum, pdg_id, charge, nothing, nothing)


def _spread(resolution: Array, rng: np.random.Generator) -> Array:
    """Draw positive factors of mean one and given relative width, log-normally distributed."""
    variance = np.log1p(resolution**2)
    spread: Array = np.exp(np.sqrt(variance) * rng.standard_normal(len(resolution)) - variance / 2)
    return spread


def join(events: int, pieces: list[Flow]) -> Flow:
    """Put candidates of the same events together, ordered by event."""
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(piece, name) for piece in pieces])
        for name in Flow.__dataclass_fields__
        if name != "events"
    }
    order = np.argsort(columns["event"], kind="stable")
    return Flow(events, **{name: value[order] for name, value in columns.items()})

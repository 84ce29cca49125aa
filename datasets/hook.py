"""Stepping into Pythia while it generates: collisions that are not worth finishing, angles of decays.

The names of the methods are Pythia's; it calls them for every collision.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import fastjet
import numpy as np
import pythia8mc
from fastjet import _swig

from .process_contract import AngleVeto, DijetVeto, JetVeto, TransverseVeto, Veto, Weighting
from .weight import Tally

# A little wider than the jets that are selected: partons at their edge may yet end up inside.
WIDE = fastjet.JetDefinition(fastjet.antikt_algorithm, 0.9)
PARTON_JET_PT_MIN = 150.0
LEADING = 3
DECAY = 5  # the stage of the shower when resonances have decayed: their hard jets are known long before
OUTGOING = 5  # where outgoing partons begin in a record


def make_hook(veto: Veto, rng: np.random.Generator, weighting: Weighting | None = None) -> Any:
    """Turn a veto into a hook of Pythia, None for no veto; ``rng`` decides what is drawn.

    With a ``weighting`` a hook that drops collisions sums the weights of those that are tried. Pythia does not keep its
    hook alive: whoever starts Pythia must.
    """
    if isinstance(veto, DijetVeto):
        return DijetHook(veto, weighting)
    if isinstance(veto, JetVeto):
        return JetHook(veto)
    if isinstance(veto, AngleVeto | TransverseVeto):
        return AngleHook(veto, rng)
    return None


class DijetHook(pythia8mc.UserHooks):  # type: ignore[misc]
    """Stop collisions that cannot become a dijet, see ``DijetVeto``: half-way down the shower, where it is cheap.

    ``tried`` sums the weights of the collisions that were begun, if a ``weighting`` gives them any.
    """

    def __init__(self, veto: DijetVeto, weighting: Weighting | None = None) -> None:
        pythia8mc.UserHooks.__init__(self)
        self._mjj_min = veto.mjj_min
        self._deta_min = veto.deta_min
        self._deta_max = np.inf if veto.deta_max is None else veto.deta_max
        self._eta_max = np.inf if veto.eta_max is None else veto.eta_max
        self._scale = veto.scale
        self._weighting = weighting
        self.tried = Tally()

    def canVetoProcessLevel(self) -> bool:
        """Ask to be called for every hard process when there are weights to sum."""
        return self._weighting is not None

    def doVetoProcessLevel(self, process: Any) -> bool:
        """Sum the weight of a hard process; none is dropped here."""
        if self._weighting is not None:
            self.tried.add(self._weighting.weight(process[OUTGOING].pT()))
        return False

    def canVetoPT(self) -> bool:
        """Ask to be called when the shower reaches a scale."""
        return True

    def scaleVetoPT(self) -> float:
        """Return that scale (GeV)."""
        return self._scale

    def doVetoPT(self, stage: int, event: Any) -> bool:
        """Drop partons of which no two leading jets are heavy and near enough."""
        if stage == DECAY:
            return False
        partons = _partons(event)
        if _mass(partons) < self._mjj_min:
            return True
        pairs = combinations(parton_jets(partons), 2)
        return not any(self._accepts(first, second) for first, second in pairs)

    def _accepts(self, first: Any, second: Any) -> bool:
        if max(abs(first.eta()), abs(second.eta())) > self._eta_max:
            return False
        if not self._deta_min <= abs(first.eta() - second.eta()) <= self._deta_max:
            return False
        return bool((first + second).m() > self._mjj_min)


class JetHook(pythia8mc.UserHooks):  # type: ignore[misc]
    """Stop collisions that cannot have a jet as asked for, see ``JetVeto``."""

    def __init__(self, veto: JetVeto) -> None:
        pythia8mc.UserHooks.__init__(self)
        self._veto = veto

    def canVetoPT(self) -> bool:
        """Ask to be called when the shower reaches a scale."""
        return True

    def scaleVetoPT(self) -> float:
        """Return that scale (GeV)."""
        return self._veto.scale

    def doVetoPT(self, stage: int, event: Any) -> bool:
        """Drop partons of which no leading jet is hard and central enough."""
        if stage == DECAY:
            return False
        jets = parton_jets(_partons(event), min(PARTON_JET_PT_MIN, self._veto.pt_min))
        return not any(jet.pt() > self._veto.pt_min and abs(jet.eta()) < self._veto.eta_max for jet in jets)


def _partons(event: Any) -> list[Any]:
    """Return the momenta of the final partons of a record, as Pythia's vectors."""
    particles = (event[i] for i in range(OUTGOING, event.size()))
    return [particle.p() for particle in particles if particle.isFinal()]


def parton_jets(partons: list[Any], pt_min: float = PARTON_JET_PT_MIN) -> list[Any]:
    """Cluster a few partons, given as Pythia's vectors; returns the three leading jets as FastJet's vectors."""
    vectors = [_swig.PseudoJet(p.px(), p.py(), p.pz(), p.e()) for p in partons]
    _swig.ClusterSequence.set_fastjet_banner_stream(None)
    sequence = _swig.ClusterSequence(vectors, WIDE)
    return list(_swig.sorted_by_pt(sequence.inclusive_jets(pt_min))[:LEADING])


def _mass(partons: list[Any]) -> float:
    total = partons[0]
    for parton in partons[1:]:
        total = total + parton
    return float(total.mCalc())


class AngleHook(pythia8mc.UserHooks):  # type: ignore[misc]
    """Repeat the decay of a resonance until its angle is accepted, see ``AngleVeto``; the cross section stays."""

    def __init__(self, veto: AngleVeto | TransverseVeto, rng: np.random.Generator) -> None:
        pythia8mc.UserHooks.__init__(self)
        self._veto = veto
        self._rng = rng

    def canVetoResonanceDecays(self) -> bool:
        """Ask to be called after the decays of resonances."""
        return True

    def doVetoResonanceDecays(self, process: Any) -> bool:
        """Reject an angle with the probability that its distribution wants."""
        mother = process[5]
        if abs(mother.id()) != self._veto.particle:
            return False
        sine2 = sine_squared(mother, process[mother.daughter1()])
        return bool(self._rng.random() > self._veto.acceptance(sine2))


def sine_squared(mother: Any, daughter: Any) -> float:
    """Return sin^2 of the angle to the beam of a daughter in the rest frame of a mother without pT."""
    longitudinal = (daughter.pz() * mother.e() - daughter.e() * mother.pz()) / mother.m()
    transverse = daughter.px() ** 2 + daughter.py() ** 2
    return float(transverse / (transverse + longitudinal**2))

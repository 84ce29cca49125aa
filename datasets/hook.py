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

from .process_contract import AngleVeto, DijetVeto, TransverseVeto, Veto

# A little wider than the jets that are selected: partons at their edge may yet end up inside.
WIDE = fastjet.JetDefinition(fastjet.antikt_algorithm, 0.9)
PARTON_JET_PT_MIN = 150.0
LEADING = 3


def make_hook(veto: Veto, rng: np.random.Generator) -> Any:
    """Turn a veto into a hook of Pythia, None for no veto; ``rng`` decides what is drawn.

    Pythia does not keep its hook alive: whoever starts Pythia must.
    """
    if isinstance(veto, DijetVeto):
        return DijetHook(veto)
    if isinstance(veto, AngleVeto | TransverseVeto):
        return AngleHook(veto, rng)
    return None


class DijetHook(pythia8mc.UserHooks):  # type: ignore[misc]
    """Stop collisions that cannot become a dijet, see ``DijetVeto``: half-way down the shower, where it is cheap."""

    def __init__(self, veto: DijetVeto) -> None:
        pythia8mc.UserHooks.__init__(self)
        self._mjj_min = veto.mjj_min
        self._deta_max = np.inf if veto.deta_max is None else veto.deta_max
        self._scale = veto.scale

    def canVetoPT(self) -> bool:
        """Ask to be called when the shower reaches a scale."""
        return True

    def scaleVetoPT(self) -> float:
        """Return that scale (GeV)."""
        return self._scale

    def doVetoPT(self, _: int, event: Any) -> bool:
        """Drop partons of which no two leading jets are heavy and near enough."""
        particles = (event[i] for i in range(5, event.size()))
        partons = [particle.p() for particle in particles if particle.isFinal()]
        if _mass(partons) < self._mjj_min:
            return True
        pairs = combinations(parton_jets(partons), 2)
        return not any(self._accepts(first, second) for first, second in pairs)

    def _accepts(self, first: Any, second: Any) -> bool:
        if abs(first.eta() - second.eta()) > self._deta_max:
            return False
        return bool((first + second).m() > self._mjj_min)


def parton_jets(partons: list[Any]) -> list[Any]:
    """Cluster a few partons, given as Pythia's vectors; returns the three leading jets as FastJet's vectors."""
    vectors = [_swig.PseudoJet(p.px(), p.py(), p.pz(), p.e()) for p in partons]
    _swig.ClusterSequence.set_fastjet_banner_stream(None)
    sequence = _swig.ClusterSequence(vectors, WIDE)
    return list(_swig.sorted_by_pt(sequence.inclusive_jets(PARTON_JET_PT_MIN))[:LEADING])


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

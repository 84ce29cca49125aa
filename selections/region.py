"""Which events are kept: jet identification, kinematics, m_jj and delta-eta, as named cuts."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
from coffea.analysis_tools import PackedSelection
from numpy.typing import NDArray

from ..datasets.jagged import Index, counts, flat, owners
from ..datasets.nanoaod import Need
from .dijet import Dijet, dijet
from .error import SelectionError

TIGHT_ID = 2
JET_BRANCHES = ("FatJet_pt", "FatJet_eta", "FatJet_phi", "FatJet_mass")


@dataclass(frozen=True)
class DijetSelection:
    r"""Cuts on the two leading AK8 jets; limits are half-open (from minimum to below maximum), None is no cut.

    ``pt_min``, ``mjj_min`` and ``mjj_max`` in GeV; ``eta_max`` limits \|eta\| of each jet, ``deta_min`` and
    ``deta_max`` \|eta(j1) - eta(j2)\|; ``jet_id`` asks for the tight identification (bit 2 of ``jetId``).
    Defaults are those of CMS-EXO-22-026 (arXiv:2412.03747).
    """

    pt_min: float = 300.0
    eta_max: float = 2.5
    deta_max: float | None = 1.3
    deta_min: float | None = None
    mjj_min: float | None = None
    mjj_max: float | None = None
    jet_id: bool = True

    def __post_init__(self) -> None:
        """Refuse cuts that nothing can pass."""
        for name, value in vars(self).items():
            if value is not None and not (isfinite(value) and value >= 0):
                raise SelectionError(f"{name} = {value}; give a number of at least 0, or leave it out")
        for low, high in (("deta_min", "deta_max"), ("mjj_min", "mjj_max")):
            ends = getattr(self, low), getattr(self, high)
            if None not in ends and not ends[0] < ends[1]:
                raise SelectionError(f"{low} = {ends[0]} is not below {high} = {ends[1]}; no event can pass")

    def needs(self) -> tuple[Need, ...]:
        """State the branches that the cuts read."""
        other = "give standard NanoAOD or PFNano files"
        needs = [
            Need("the selection of jets", (frozenset(JET_BRANCHES),), other),
            Need("ordering jets by soft-drop mass", (frozenset(["FatJet_msoftdrop"]),), other),
        ]
        if self.jet_id:
            remedy = "select with jet_id = false to take jets without identification"
            needs.append(Need("tight jet identification", (frozenset(["FatJet_jetId"]),), remedy))
        return tuple(needs)

    def apply(self, events: Any) -> tuple[PackedSelection, Dijet]:
        """Evaluate the cuts on NanoEvents.

        Returns the cuts, named and in order (``two_jets``, ``jet_id``, ``pt``, ``eta``, ``deta``, ``mjj``), and
        the dijets of the events that have two jets passing identification, pT and eta.
        """
        cuts = PackedSelection()
        fatjets = events.FatJet
        owner = owners(counts(fatjets))
        good = np.ones(len(owner), dtype=bool)
        cuts.add("two_jets", _two(owner, good, len(events)))
        for name, passed in self._jet_cuts(fatjets).items():
            good = good & passed
            cuts.add(name, _two(owner, good, len(events)))
        pair = dijet(fatjets, good)
        cuts.add("deta", _scatter(pair, _between(pair.deta, self.deta_min, self.deta_max), len(events)))
        cuts.add("mjj", _scatter(pair, _between(pair.mjj, self.mjj_min, self.mjj_max), len(events)))
        return cuts, pair

    def _jet_cuts(self, fatjets: Any) -> dict[str, NDArray[np.bool_]]:
        cuts = {"jet_id": (flat(fatjets.jetId).astype(np.int64) & TIGHT_ID) > 0} if self.jet_id else {}
        cuts["pt"] = flat(fatjets.pt) > self.pt_min
        cuts["eta"] = np.abs(flat(fatjets.eta)) < self.eta_max
        return cuts


def _two(owner: Index, good: NDArray[np.bool_], n_events: int) -> NDArray[np.bool_]:
    """Tell which events have two good jets."""
    return np.bincount(owner[good], minlength=n_events) >= 2


def _between(value: NDArray[np.float64], low: float | None, high: float | None) -> NDArray[np.bool_]:
    """Tell which values are finite and within [low, high)."""
    passed = np.isfinite(value)
    if low is not None:
        passed &= value >= low
    if high is not None:
        passed &= value < high
    return passed


def _scatter(pair: Dijet, passed: NDArray[np.bool_], n_events: int) -> NDArray[np.bool_]:
    mask = np.zeros(n_events, dtype=bool)
    mask[pair.event[passed]] = True
    return mask

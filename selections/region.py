"""Which events are kept: jet identification, kinematics, m_jj and delta-eta, as named cuts."""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import isfinite
from typing import Any

import numpy as np
from coffea.analysis_tools import PackedSelection
from numpy.typing import NDArray

from ..datasets.error import unknown
from ..datasets.jagged import Index, counts, flat, owners
from ..datasets.nanoaod import Need
from .dijet import Dijet, dijet
from .error import SelectionError
from .groomed import MASS_SOURCES, groomed_mass
from .hem import inside
from .identification import ID_SOURCES, identified
from .quality import Quality

KINEMATICS = ("pt", "eta", "phi", "mass")
JET_BRANCHES = tuple(f"FatJet_{name}" for name in KINEMATICS)
ORDERS = ("msd", "mass", "pt")


@dataclass(frozen=True)
class DijetSelection(Quality):
    r"""Cuts on the two leading AK8 jets; limits are half-open (from minimum to below maximum), None is no cut.

    ``pt_min`` of both jets, ``leading_pt_min`` of one, ``mjj_min`` and ``mjj_max`` in GeV; ``eta_max`` limits
    \|eta\| of each jet, ``deta_min`` and ``deta_max`` \|eta(j1) - eta(j2)\|; ``jet_id`` asks for the tight
    identification. j1 is the jet of larger ``order``: soft-drop mass, ungroomed mass or pT. What ``Quality`` asks
    for comes first.
    Defaults are those of CMS-EXO-22-026 (arXiv:2412.03747).
    """

    pt_min: float = 300.0
    eta_max: float = 2.5
    deta_max: float | None = 1.3
    deta_min: float | None = None
    mjj_min: float | None = None
    mjj_max: float | None = None
    jet_id: bool = True
    order: str = "msd"
    leading_pt_min: float | None = None

    def of_jets(self) -> dict[str, Any]:
        """Return the cuts on the jets, without what `Quality` asks for."""
        names = {entry.name for entry in fields(self)} - {entry.name for entry in fields(Quality)}
        return {name: getattr(self, name) for name in sorted(names)}

    def __post_init__(self) -> None:
        """Refuse cuts that nothing can pass."""
        super().__post_init__()
        if self.order not in ORDERS:
            raise SelectionError(unknown("order of jets", self.order, ORDERS))
        for name, value in vars(self).items():
            if isinstance(value, float | int) and not (isfinite(value) and value >= 0):
                raise SelectionError(f"{name} = {value}; give a number of at least 0, or leave it out")
        for low, high in (("deta_min", "deta_max"), ("mjj_min", "mjj_max")):
            ends = getattr(self, low), getattr(self, high)
            if None not in ends and not ends[0] < ends[1]:
                raise SelectionError(f"{low} = {ends[0]} is not below {high} = {ends[1]}; no event can pass")

    def needs(self, stored: frozenset[str] = frozenset()) -> tuple[Need, ...]:
        """State the branches that the cuts need; ``stored`` branches of a file help to name those that are meant."""
        other = "give standard NanoAOD or PFNano files"
        needs = [
            *self.quality_needs(stored),
            Need("the selection of jets", (frozenset(JET_BRANCHES),), other),
        ]
        if self.order == "msd":
            remedy = "select with order = 'mass' to order jets by their ungroomed mass"
            needs.append(Need("ordering jets by soft-drop mass", MASS_SOURCES, remedy))
        if self.jet_id:
            remedy = "select with jet_id = false to take jets without identification"
            needs.append(Need("tight jet identification", ID_SOURCES, remedy))
        return tuple(needs)

    def branches(self) -> frozenset[str]:
        """Return every branch that the cuts may read."""
        return self.quality_branches().union(*(need.branches for need in self.needs()))

    def apply(self, events: Any, kind: str = "background", sample: str = "") -> tuple[PackedSelection, Dijet]:
        """Evaluate the cuts on NanoEvents of a ``kind`` (data, background or signal); ``sample`` is their name.

        Returns the cuts, named and in order (``certified``, ``trigger``, ``filters``, ``two_jets``, ``jet_id``,
        ``pt``, ``eta``, ``leading_pt``, ``deta``, ``mjj``, ``hem``; those that were asked for), and the dijets of the events that
        have two jets passing identification, pT and eta.
        """
        cuts = PackedSelection()
        for name, passed in self.quality_cuts(events, kind).items():
            cuts.add(name, passed)
        fatjets = events.FatJet
        owner = owners(counts(fatjets))
        good = np.logical_and.reduce([np.isfinite(flat(fatjets[name])) for name in KINEMATICS])
        cuts.add("two_jets", _two(owner, good, len(events)))
        for name, passed in self._jet_cuts(fatjets).items():
            good = good & passed
            cuts.add(name, _two(owner, good, len(events)))
        order = groomed_mass(events) if self.order == "msd" else flat(fatjets[self.order])
        pair = dijet(fatjets, good, order)
        if self.leading_pt_min is not None:
            leading = flat(fatjets.pt)[pair.jets].max(axis=1)
            cuts.add("leading_pt", _scatter(pair, leading > self.leading_pt_min, len(events)))
        cuts.add("deta", _scatter(pair, _between(pair.deta, self.deta_min, self.deta_max), len(events)))
        cuts.add("mjj", _scatter(pair, _between(pair.mjj, self.mjj_min, self.mjj_max), len(events)))
        if self.hem_veto:
            gone = self.without_modules(events, kind, sample)[pair.event]
            lost = gone & inside(flat(fatjets.eta), flat(fatjets.phi))[pair.jets].any(axis=1)
            cuts.add("hem", ~_scatter(pair, lost, len(events)))
        return cuts, pair

    def _jet_cuts(self, fatjets: Any) -> dict[str, NDArray[np.bool_]]:
        cuts = {"jet_id": identified(fatjets)} if self.jet_id else {}
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

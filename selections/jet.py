"""Which jets are kept, one by one: the leading jets of events, in a window of pT, eta and soft-drop mass."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
from coffea.analysis_tools import PackedSelection
from numpy.typing import NDArray

from ..datasets.jagged import Index, counts, flat, owners, ranked
from ..datasets.nanoaod import Need
from .error import SelectionError
from .groomed import MASS_SOURCES, groomed_mass
from .hem import inside
from .identification import ID_SOURCES, identified
from .quality import Quality
from .region import JET_BRANCHES, KINEMATICS

Mask = NDArray[np.bool_]
RANGES = (("pt_min", "pt_max"), ("msd_min", "msd_max"))


@dataclass(frozen=True)
class LeadingJets:
    """Jets in the order of events and, in each event, by falling pT.

    ``event`` (m,) is the position of the event, ``position`` (m,) that of the jet among all FatJets, laid out flat, and
    ``rank`` (m,) its place in the order of pT, from 0.
    """

    event: Index
    position: Index
    rank: Index

    def where(self, mask: Mask) -> LeadingJets:
        """Return the jets of a mask (m,)."""
        return LeadingJets(self.event[mask], self.position[mask], self.rank[mask])


def leading_jets(fatjets: Any, good: Mask) -> LeadingJets:
    """Rank the jets of each event in pT.

    ``fatjets`` is the FatJet collection of NanoEvents, ``good`` (n_jets,) the flat mask of the jets that count. The
    others come after them, in their order of pT too.
    """
    event = owners(counts(fatjets))
    order, rank = ranked(event, np.where(good, flat(fatjets.pt), np.nan))
    return LeadingJets(event[order], order, rank)


@dataclass(frozen=True)
class JetSelection(Quality):
    r"""Cuts on single AK8 jets; limits are half-open (from minimum to below maximum), None is no cut.

    Of the jets that pass the tight identification (unless ``jet_id`` is false) the ``leading`` ones of highest pT are
    considered in each event. ``pt_min``, ``pt_max``, ``msd_min`` and ``msd_max`` in GeV limit pT and soft-drop mass,
    ``eta_max`` \|eta\|. What ``Quality`` asks of events comes first; its HEM veto drops jets, not events.
    Defaults are those of the top-tagging reference data set (arXiv:1902.09914).
    """

    pt_min: float = 550.0
    pt_max: float | None = 650.0
    eta_max: float = 2.0
    leading: int = 2
    msd_min: float | None = None
    msd_max: float | None = None
    jet_id: bool = True

    def __post_init__(self) -> None:
        """Refuse cuts that nothing can pass."""
        super().__post_init__()
        if self.leading < 1:
            raise SelectionError(f"leading = {self.leading}; consider at least 1 jet of an event")
        for name in ("pt_min", "pt_max", "eta_max", "msd_min", "msd_max"):
            value = getattr(self, name)
            if value is not None and not (isfinite(value) and value >= 0):
                raise SelectionError(f"{name} = {value}; give a number of at least 0, or leave it out")
            if value == 0 and name.endswith("_max"):
                raise SelectionError(f"{name} = 0; no jet can pass, give a positive number")
        for low, high in RANGES:
            ends = getattr(self, low), getattr(self, high)
            if None not in ends and not ends[0] < ends[1]:
                raise SelectionError(f"{low} = {ends[0]} is not below {high} = {ends[1]}; no jet can pass")

    def needs(self, stored: frozenset[str] = frozenset()) -> tuple[Need, ...]:
        """State the branches that the cuts need; ``stored`` branches of a file help to name those that are meant."""
        other = "give standard NanoAOD or PFNano files"
        needs = [
            *self.quality_needs(stored),
            Need("the selection of jets", (frozenset(JET_BRANCHES),), other),
        ]
        if self._cuts_mass:
            needs.append(Need("a cut on soft-drop mass", MASS_SOURCES, "leave msd_min and msd_max out"))
        if self.jet_id:
            remedy = "set jet_id = false to take jets without identification"
            needs.append(Need("tight jet identification", ID_SOURCES, remedy))
        return tuple(needs)

    def branches(self) -> frozenset[str]:
        """Return every branch that the cuts may read."""
        return self.quality_branches().union(*(need.branches for need in self.needs()))

    def apply(
        self, events: Any, kind: str = "background", sample: str = ""
    ) -> tuple[PackedSelection, LeadingJets]:
        """Evaluate the cuts on NanoEvents of a ``kind`` (data, background or signal); ``sample`` is their name.

        Returns the cuts on jets, named and in order (``certified``, ``trigger``, ``filters``, ``jet_id``,
        ``leading``, ``pt``, ``eta``, ``msd``, ``hem``; those that were asked for), and the jets that they are
        about: all that are stored.
        """
        fatjets = events.FatJet
        good = np.logical_and.reduce([np.isfinite(flat(fatjets[name])) for name in KINEMATICS])
        good &= identified(fatjets) if self.jet_id else True
        jets = leading_jets(fatjets, good)
        cuts = PackedSelection()
        for name, passed in self.quality_cuts(events, kind).items():
            cuts.add(name, passed[jets.event])
        if self.jet_id:
            cuts.add("jet_id", good[jets.position])
        cuts.add("leading", good[jets.position] & (jets.rank < self.leading))
        for name, passed in self._jet_cuts(events).items():
            cuts.add(name, passed[jets.position])
        if self.hem_veto:
            gone = self.without_modules(events, kind, sample)[jets.event]
            lost = inside(flat(fatjets.eta), flat(fatjets.phi))[jets.position]
            cuts.add("hem", ~(gone & lost))
        return cuts, jets

    @property
    def _cuts_mass(self) -> bool:
        return self.msd_min is not None or self.msd_max is not None

    def _jet_cuts(self, events: Any) -> dict[str, Mask]:
        cuts = {"pt": _between(flat(events.FatJet.pt), self.pt_min, self.pt_max)}
        cuts["eta"] = np.abs(flat(events.FatJet.eta)) < self.eta_max
        if self._cuts_mass:
            cuts["msd"] = _between(groomed_mass(events), self.msd_min, self.msd_max)
        return cuts


def _between(value: NDArray[Any], low: float | None, high: float | None) -> Mask:
    return np.asarray(
        (value >= (-np.inf if low is None else low)) & (value < (np.inf if high is None else high)), bool
    )

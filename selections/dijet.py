"""The dijet system: two leading AK8 jets, their invariant mass and their distance in pseudorapidity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets.jagged import Index, counts, flat, owners, ranked

Array = NDArray[Any]


@dataclass(frozen=True)
class Dijet:
    r"""The events (m,) that have two jets, with j1 the heavier one (or what else jets are ordered by).

    ``event`` (m,) is the position of the event, ``jets`` (m, 2) the flat positions of j1 and j2 among all
    FatJets; ``mjj`` (m,) in GeV and ``deta`` (m,) are m_jj and \|eta(j1) - eta(j2)\|.
    """

    event: Index
    jets: Index
    mjj: NDArray[np.float64]
    deta: NDArray[np.float64]

    def where(self, mask: NDArray[np.bool_]) -> Dijet:
        """Return the dijets of a mask (m,)."""
        return Dijet(self.event[mask], self.jets[mask], self.mjj[mask], self.deta[mask])


def dijet(fatjets: Any, good: NDArray[np.bool_], order: Array) -> Dijet:
    """Pair the two jets of highest pT in each event.

    ``fatjets`` is the FatJet collection of NanoEvents, ``good`` (n_jets,) the flat mask of jets to consider;
    ``order`` (n_jets,), such as the soft-drop mass, is larger for j1 than for j2.
    """
    event, jets = leading_pair(owners(counts(fatjets)), flat(fatjets.pt), good)
    jets = heavier_first(jets, order)
    momenta = [flat(fatjets[name])[jets].astype(np.float64) for name in ("pt", "eta", "phi", "mass")]
    return Dijet(event, jets, invariant_mass(*momenta), np.abs(momenta[1][:, 0] - momenta[1][:, 1]))


def leading_pair(event: Index, pt: Array, good: NDArray[np.bool_]) -> tuple[Index, Index]:
    """Find the two good jets of highest pT of each event that has two.

    ``event``, ``pt`` and ``good`` (n_jets,) say of each jet its event, transverse momentum, and whether to
    consider it. Returns the events (m,) and the positions of their jets (m, 2), higher pT first.
    """
    position = np.flatnonzero(good)
    order, rank = ranked(event[position], pt[position])
    position = position[order]
    second = np.flatnonzero(rank == 1)
    jets = np.stack([position[second - 1], position[second]], axis=-1)
    return event[jets[:, 0]], jets


def heavier_first(jets: Index, mass: Array) -> Index:
    """Order pairs of jets (m, 2) by falling ``mass`` (n_jets,); equal masses keep their order."""
    swapped = mass[jets[:, 1]] > mass[jets[:, 0]]
    return np.asarray(np.where(swapped[:, None], jets[:, ::-1], jets), np.int64)


def soft_drop_mass(msoftdrop: Array) -> Array:
    """Return soft-drop masses in GeV, with 0 in place of what is none.

    That is the -1 that marks jets without subjets, tiny negative values, and what is not finite.
    """
    return np.where((msoftdrop > 0) & np.isfinite(msoftdrop), msoftdrop, 0)


def invariant_mass(pt: Array, eta: Array, phi: Array, mass: Array) -> NDArray[np.float64]:
    """Return the invariant mass (m,) in GeV of objects (m, k); ``pt`` and ``mass`` in GeV."""
    momentum = np.stack([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)])
    energy = np.sqrt((momentum**2).sum(axis=0) + mass**2).sum(axis=-1)
    squared = energy**2 - (momentum.sum(axis=-1) ** 2).sum(axis=0)
    return np.asarray(np.sqrt(np.maximum(squared, 0.0)), np.float64)

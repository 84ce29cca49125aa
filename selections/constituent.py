"""The particle-flow candidates of the two jets: laid out flat, and as arrays of fixed length."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets.candidate import candidates
from ..datasets.jagged import Index, owners, ranked, starts
from .clustering import Clustering

Array = NDArray[Any]

N_CONSTITUENTS = 100


@dataclass(frozen=True)
class Constituents:
    """Candidates of jets, laid out flat, jet after jet and by falling pT, PUPPI weights applied.

    ``size`` (m, 2) is their number in each jet; ``momentum`` (c, 4) are E, px, py, pz and ``pt`` (c,) in GeV;
    ``eta`` and ``phi`` (c,) are their directions.
    """

    size: Index
    momentum: NDArray[np.float64]
    pt: Array
    eta: Array
    phi: Array

    @cached_property
    def jet(self) -> Index:
        """The jet (c,) of each candidate, as a position in the flattened ``size``."""
        return owners(self.size.reshape(-1))

    @cached_property
    def hardest(self) -> Index:
        """The position (c,) of the hardest candidate of the same jet."""
        return starts(self.size.reshape(-1))[self.jet]

    @cached_property
    def clustering(self) -> Clustering:
        """The jets clustered again."""
        return Clustering(self.momentum, self.size)

    def total(self, values: Array) -> NDArray[np.float64]:
        """Add values (c,) up in each jet; returns (m, 2)."""
        total: Array = np.bincount(self.jet, values, minlength=self.size.size)
        return total.reshape(self.size.shape)

    def mean(self, values: Array, weight: Array) -> NDArray[np.float64]:
        """Average values (c,) with weights (c,) in each jet; returns (m, 2), 0 for jets without candidates."""
        return ratio(self.total(values * weight), self.total(weight))

    def spread(self, values: Array) -> Array:
        """Give every candidate the value (m, 2) of its jet; returns (c,)."""
        return values.reshape(-1)[self.jet]

    def centred(self, weight: Array) -> tuple[Array, Array]:
        """Return the distances (c,) in eta and in phi from the centroids that weights (c,) give."""
        offsets = self.eta - self.eta[self.hardest], wrapped(self.phi - self.phi[self.hardest])
        eta, phi = (x - self.spread(self.mean(x, weight)) for x in offsets)
        return eta, phi


def collect(events: Any, jets: Index) -> Constituents:
    """Collect the candidates of jets; those of zero weight are left out.

    ``events`` are NanoEvents with candidates, ``jets`` (m, 2) flat positions of FatJets. PUPPI weights
    (arXiv:1407.6013) are applied. ``FileError`` when the candidates are absent or point to nowhere.
    """
    found = candidates(events, jets.reshape(-1))
    order, _ = ranked(found.slot, found.pt)
    order = order[found.pt[order] > 0]
    size = np.bincount(found.slot[order], minlength=jets.size).reshape(jets.shape)
    return Constituents(size, found.momentum()[order], found.pt[order], found.eta[order], found.phi[order])


def constituents(events: Any, jets: Index, size: int = N_CONSTITUENTS) -> NDArray[np.float32]:
    """Collect px, py, pz in GeV of the ``size`` hardest candidates of each jet.

    Arguments and errors are those of ``collect``. Returns (m, 2, size, 3), sorted by falling pT, filled up with
    zeros.
    """
    return hardest(collect(events, jets), size)


def hardest(found: Constituents, size: int = N_CONSTITUENTS) -> NDArray[np.float32]:
    """Return px, py, pz in GeV of the ``size`` hardest candidates of each jet (m, 2, size, 3), zero padded."""
    rank = np.arange(len(found.pt)) - found.hardest
    kept = rank < size
    out = np.zeros((found.size.size, size, 3), dtype=np.float32)
    out[found.jet[kept], rank[kept]] = found.momentum[kept, 1:]
    return out.reshape(*found.size.shape, size, 3)


def ratio(numerator: Array, denominator: Array) -> NDArray[np.float64]:
    """Divide (m, 2); 0 where the denominator is 0."""
    out = np.zeros(denominator.shape)
    np.divide(numerator, denominator, out=out, where=denominator != 0)
    return out


def wrapped(angle: Array) -> Array:
    """Bring angles to [-pi, pi).

    >>> float(wrapped(np.array(1.5 * np.pi)) / np.pi)
    -0.5
    """
    return (angle + np.pi) % (2 * np.pi) - np.pi

"""Soft drop (arXiv:1402.2657, beta = 0, z = 0.1): the groomed jet and its two subjets.

FastJet clusters with Cambridge/Aachen; the trees of all jets are walked down together. In the order that FastJet
offers, a node comes right after everything it is made of, the branch clustered to it last; a leaf adds one to the
``level``, a merge takes one away, so that a branch begins after the last place where the level was lower.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import fastjet
import numpy as np
from numpy.typing import NDArray

from .jagged import Index, flat, owners, starts
from .jet import ranges

Array = NDArray[np.float64]

SYMMETRY_CUT = 0.1
CAMBRIDGE_AACHEN = fastjet.JetDefinition(fastjet.cambridge_algorithm, 100.0)  # large: a jet is one tree


@dataclass(frozen=True)
class Branches:
    """Branches of jets, one for each of ``jet`` (b,): the positions of their particles, branch after branch."""

    jet: Index
    members: Index
    size: Index


@dataclass(frozen=True)
class Groomed:
    """Groomed jets: all particles that are left of each jet (j,), and the two branches of those jets that have two.

    ``subjets`` are the two branches of a jet one after the other, that of larger pT first.
    """

    whole: Branches
    subjets: Branches


@dataclass(frozen=True)
class Tree:
    """Cambridge/Aachen trees of jets: ``leaf`` (n,) is the position of the particle of a node, or -1 for a merge.

    ``momentum`` (2, p) are px and py of the particles, ``root`` (j,) the nodes of the whole jets.
    """

    leaf: Index
    momentum: Array
    root: Index

    @cached_property
    def _level(self) -> Index:
        steps = np.where(self.leaf >= 0, 1, -1)
        return np.concatenate([[0], np.cumsum(steps)])

    @cached_property
    def _places(self) -> Index:
        key = self._key(self._level, np.arange(len(self._level)))
        return np.sort(key)

    @cached_property
    def _sums(self) -> Array:
        parts = np.where(self.leaf >= 0, self.momentum[:, self.leaf], 0.0)
        return np.pad(np.cumsum(parts, axis=1), ((0, 0), (1, 0)))

    @cached_property
    def _leaves(self) -> Index:
        return np.concatenate([[0], np.cumsum(self.leaf >= 0)])

    def _key(self, level: Index, place: Index) -> Index:
        return level * len(self._level) + place

    def begin(self, node: Index) -> Index:
        """Return the first node (k,) of the branches that end in ``node`` (k,)."""
        level = self._level[node + 1] - 1
        found = np.searchsorted(self._places, self._key(level, node + 1)) - 1
        return self._places[found] - level * len(self._level)

    def parents(self, node: Index) -> tuple[Index, Index]:
        """Return the two nodes (k,) that were merged to ``node`` (k,), that of larger pT first."""
        one = node - 1
        two = self.begin(one) - 1
        ahead = self.pt(one) >= self.pt(two)
        return np.where(ahead, one, two), np.where(ahead, two, one)

    def pt(self, node: Index) -> Array:
        """Return the transverse momenta (k,) in GeV of the branches that end in ``node`` (k,)."""
        px, py = self._sums[:, node + 1] - self._sums[:, self.begin(node)]
        pt: Array = np.hypot(px, py)
        return pt

    def branches(self, jet: Index, node: Index) -> Branches:
        """Collect the particles of the branches that end in ``node`` (b,)."""
        first, last = self._leaves[self.begin(node)], self._leaves[node + 1]
        return Branches(jet, self.leaf[self.leaf >= 0][ranges(first, last - first)], last - first)


def tree(clustered: Any, momentum: Array, size: Index) -> Tree:
    """Build the trees of jets out of their cluster sequence with ``CAMBRIDGE_AACHEN``.

    ``momentum`` (4, p) are E, px, py, pz of the particles, jet after jet, ``size`` (j,) how many each jet has.
    """
    order = flat(clustered.unique_history_order()).astype(np.int64)
    jet = owners(2 * size)
    clustering = order < 2 * size[jet] - 1  # without the last step, jet to beam
    order, jet = order[clustering], jet[clustering]
    leaf = np.where(order < size[jet], starts(size)[jet] + order, -1)
    return Tree(leaf, momentum[1:3], np.cumsum(2 * size - 1) - 1)


def groom(trees: Tree) -> Groomed:
    """Walk down the harder branch of each jet to the first merge of two branches of comparable pT."""
    node, found = trees.root.copy(), np.zeros(len(trees.root), dtype=bool)
    active = np.flatnonzero(trees.leaf[node] < 0)
    while len(active):
        hard, soft = trees.parents(node[active])
        pt = trees.pt(soft)
        passed = pt > SYMMETRY_CUT * (trees.pt(hard) + pt)
        found[active[passed]] = True
        active, hard = active[~passed], hard[~passed]
        node[active] = hard
        active = active[trees.leaf[hard] < 0]
    jet = np.flatnonzero(found)
    pairs = np.stack(trees.parents(node[jet]), axis=-1).reshape(-1)
    return Groomed(
        trees.branches(np.arange(len(node)), node),
        trees.branches(np.repeat(jet, 2), pairs),
    )

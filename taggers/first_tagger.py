"""What all models of a fold have in common in Tag N' Train, however its events are divided in training and validation.

Events are put in the order of their features and of a weighted sum of what is read, and those in the folder for parts of trainings
are known by both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..datasets.column import JETS
from ..datasets.table import Array, Floats
from ..datasets.window import SIGNAL_REGION
from .base import Run
from .jet import Jets
from .scratch import kept
from .weight import Region


@dataclass(frozen=True, kw_only=True)
class TaggedJets(Jets):
    """Pairs of jets in training, and what the first tagger ``reads`` of each, (n, 2, ...)."""

    region: Region
    reads: Array


def sideband_jets(parts: Sequence[TaggedJets], most: int, seed: int) -> Array:
    """Draw what the first tagger reads of ``most`` jets of sideband events (m, ...)."""
    rows = [np.flatnonzero(jets.region != SIGNAL_REGION) for jets in parts]
    order = _order(np.concatenate([_key(jets)[own] for jets, own in zip(parts, rows, strict=True)]))
    drawn = np.random.default_rng(seed).permutation(len(JETS) * len(order))[:most]
    event, jet = order[drawn // len(JETS)], drawn % len(JETS)
    reads = np.empty((len(drawn), *parts[0].reads.shape[2:]), parts[0].reads.dtype)
    first = 0
    for jets, own in zip(parts, rows, strict=True):
        here = (event >= first) & (event < first + len(own))
        reads[here] = jets.reads[own[event[here] - first], jet[here]]
        first += len(own)
    return reads


def fold_scores(
    parts: Sequence[TaggedJets], score: Callable[[Array], Floats], run: Run, settings: Any, model: Array
) -> list[Floats]:
    """Score the jets of all parts, each (n, 2), once for all models of the fold.

    ``score`` is the first tagger, with ``settings`` and ``model``; it gets what it reads of jets (m, ...) and returns (m,).
    """
    keys = np.concatenate([_key(jets) for jets in parts])
    order = _order(keys)

    def make() -> dict[str, Array]:
        scores = [score(jets.reads.reshape(-1, *jets.reads.shape[2:])) for jets in parts]
        return {"scores": np.concatenate(scores).reshape(-1, len(JETS))[order]}

    scores = np.empty((len(order), len(JETS)))
    scores[order] = kept(run, settings, (model, keys[order]), make)["scores"]
    return np.split(scores, np.cumsum([len(jets.reads) for jets in parts])[:-1])


def _key(jets: TaggedJets) -> Floats:
    """Return what tells events apart (n, K), what counts most last."""
    n = len(jets.reads)
    reads = jets.reads.reshape(n, len(JETS), -1)
    read = np.einsum("njk,k->nj", reads, np.linspace(1, 2, reads.shape[2]))
    return np.concatenate([read, jets.features.reshape(n, -1)], axis=1)


def _order(keys: Floats) -> Any:
    """Return the order of events by their ``keys`` (n, K)."""
    return np.lexsort(keys.T)

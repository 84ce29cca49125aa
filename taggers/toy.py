"""Toy events for trying taggers: features of known distributions."""

from __future__ import annotations

import numpy as np

from ..datasets.column import TRUTH
from ..datasets.fold import IDENTITY
from ..datasets.table import Array, FeatureTable
from ..datasets.window import Window

WINDOW = Window(2725.0, 3331.0, ((2230.0, 2725.0), (3331.0, 4071.0)), name="toy")


def toy(inputs: frozenset[str], background: int, signal: int, seed: int) -> FeatureTable:
    """Draw toy events with the columns ``inputs`` (each (n,)), the identity, mjj and truth.

    Background is flat in m_jj over window and sidebands, with inputs N(0, 1); signal lies in the signal region,
    with inputs N(1.5, 0.5). Positive quantities are not imitated.
    """
    rng = np.random.default_rng(seed)
    n = background + signal
    truth = np.arange(n) >= background
    mjj = np.where(truth, rng.uniform(WINDOW.low, WINDOW.high, n), rng.uniform(*WINDOW.span, n))
    features = {
        name: np.where(truth, 1.5, 0.0) + np.where(truth, 0.5, 1.0) * rng.normal(size=n)
        for name in sorted(inputs - {*IDENTITY, "mjj", TRUTH})
    }
    known: dict[str, Array] = {
        "sample": np.full(n, seed, dtype=np.uint64),
        "run": np.ones(n, dtype=np.uint32),
        "lumi": np.ones(n, dtype=np.uint32),
        "event": rng.permutation(n).astype(np.uint64),
        "mjj": mjj,
        TRUTH: truth.astype(np.int8),
    }
    return FeatureTable(features | known)

"""Toys shared by the tests of the taggers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from dijethunt.datasets.table import FeatureTable
from dijethunt.taggers.toy import WINDOW

FEATURES = ("a", "b", "c", "d")

Events = Callable[..., FeatureTable]


@pytest.fixture(scope="session")
def lr_toy() -> Events:
    """Make events of the toy with a known likelihood ratio: background N(0, 1)^4, signal N(1.5, 0.5^2)^4.

    ``n`` background events in the signal region and ``n`` in sidebands of equal size; signal in the signal region.
    With ``jets`` "same", both jets have the features of the toy; with "noise" the second has noise.
    """

    def events(n: int, n_signal: int, seed: int, jets: str = "same") -> FeatureTable:
        rng = np.random.default_rng(seed)
        x = np.concatenate([rng.normal(size=(2 * n, 4)), rng.normal(1.5, 0.5, size=(n_signal, 4))])
        other = x if jets == "same" else rng.normal(size=x.shape)
        mjj = np.concatenate(
            [
                rng.uniform(low, high, m)
                for (low, high), m in zip(ranges(), (n, n // 2, n - n // 2, n_signal), strict=True)
            ]
        )
        columns = {f"j1_{name}": x[:, i] for i, name in enumerate(FEATURES)}
        columns |= {f"j2_{name}": other[:, i] for i, name in enumerate(FEATURES)}
        number = np.arange(len(x), dtype=np.uint64)
        one = np.full(len(x), seed, dtype=np.uint64)
        identity = {"sample": one, "run": one, "lumi": one, "event": number}
        return FeatureTable(columns | identity | {"mjj": mjj, "truth": (number >= 2 * n).astype(np.int8)})

    return events


def ranges() -> list[tuple[float, float]]:
    low, high = WINDOW.sidebands
    return [(WINDOW.low, WINDOW.high), low, high, (WINDOW.low, WINDOW.high)]


@pytest.fixture(scope="session")
def sic() -> Callable[..., float]:
    """Significance improvement eps_S / sqrt(eps_B): its maximum above ``floor``, or its value ``at`` an eps_B."""

    def improvement(scores, truth, at=None, floor=1e-3):
        efficiency = np.geomspace(floor, 0.5, 80) if at is None else np.array([at])
        cuts = np.quantile(scores[truth == 0], 1 - efficiency)
        background = np.array([np.mean(scores[truth == 0] >= cut) for cut in cuts])
        signal = np.array([np.mean(scores[truth == 1] >= cut) for cut in cuts])
        return float(np.max(signal / np.sqrt(np.maximum(background, efficiency))))

    return improvement

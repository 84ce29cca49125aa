"""Toys shared by the tests of the taggers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from dijethunt.datasets.table import FeatureTable
from dijethunt.taggers.base import Run, Sample, Tagger
from dijethunt.taggers.blind import view
from dijethunt.taggers.cathode import Cathode
from dijethunt.taggers.crossfit import CrossFit
from dijethunt.taggers.ensemble import ensemble
from dijethunt.taggers.selector import FixedEfficiency
from dijethunt.taggers.toy import WINDOW
from dijethunt.taggers.weight import sideband_weight

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


@pytest.fixture(scope="session")
def pass_ratio() -> Callable[..., float]:
    """Fraction selected in the signal region over that in the sidebands, where a cut keeps ``efficiency`` of them."""

    def ratio(table: FeatureTable, scores, folds, efficiency: float) -> float:
        region = WINDOW.region(table["mjj"])
        scored = FeatureTable({"score": scores, "region": region, "fold": folds})
        cut = FixedEfficiency(efficiency=efficiency, folds=int(folds.max()) + 1).fit(scored)
        selected, weight = cut.select(scored) >= 0, sideband_weight(region)
        return np.mean(selected[region == 0]) / (weight @ selected / weight.sum())

    return ratio


@pytest.fixture(scope="session")
def leak(pass_ratio) -> Callable[..., float]:
    """The ratio of `pass_ratio` for the events of a training, scored by models that did not see them, or did (no ``folds``)."""

    def ratio(
        tagger: Tagger, table: FeatureTable, seed: int, efficiency: float, members: int, folds: int | None = 5
    ) -> float:
        if folds is not None:
            plan = CrossFit(tagger, seed=seed, folds=folds, members=members)
            model = plan.fit(Sample(table, window=WINDOW))
            return pass_ratio(table, model.score(table), model.fold(table), efficiency)
        shown = view(table, tagger, WINDOW)
        seen = ensemble([tagger] * members).fit(Sample(shown, window=WINDOW), Run(seed=seed)).calibrate(shown)
        return pass_ratio(table, seen.score(shown), table.fold(5, "outer"), efficiency)

    return ratio


@pytest.fixture(scope="session")
def sample(lr_toy) -> Sample:
    """What a method with a density of four features is trained on: 3,000 events a side, 300 of signal, as many to validate."""
    tagger = Cathode(features=tuple(f"j1_{name}" for name in FEATURES))
    tables = [view(lr_toy(3000, 300, seed), tagger, WINDOW) for seed in (1, 2)]
    return Sample(tables[0], validation=tables[1], window=WINDOW)


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

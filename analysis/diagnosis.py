"""What a trained tagger does: losses, the weight of its features, and the background that it takes for granted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..datasets.atomic import atomic_path
from ..datasets.table import Array, FeatureTable
from ..datasets.window import OUTSIDE, SIGNAL_REGION
from ..taggers import feature
from ..taggers.base import nest, unnest
from ..taggers.crossfit import CrossFitModel
from ..taggers.two_sample import separability

ARRAYS = "diagnosis.npz"
SELECTED = 0.02
MOST = 20_000
"""Events that are enough for importances and comparisons."""
FEWEST = 20
"""Events below which a comparison says nothing, and none is made."""
REGIONS = ("sidebands", "signal_region")


def diagnose(model: CrossFitModel, table: FeatureTable, region: Array, seed: int) -> dict[str, Array]:
    """Return losses, importances and the background that is drawn, as arrays by name.

    ``history/...``: the losses of every unit. ``importance/COLUMN``: one number. ``data/REGION/FEATURE`` and
    ``drawn/REGION/FEATURE``: the features of events and of drawn background in sidebands and signal region, with
    ``separability/REGION``, for taggers that draw. ``region`` (n,) is that of the events of the window.
    """
    inside = np.flatnonzero(region != OUTSIDE)
    chosen = _few(inside, seed)
    found = nest({"history": model.history, "importance": importance(model, table.where(chosen), seed)})
    for name, rows in zip(REGIONS, (region != SIGNAL_REGION, region == SIGNAL_REGION), strict=True):
        found |= _comparison(
            model, table.where(_few(np.flatnonzero(rows & (region != OUTSIDE)), seed)), name, seed
        )
    return found


def importance(model: CrossFitModel, table: FeatureTable, seed: int) -> dict[str, Array]:
    """Return for each column that scores are made of how much a selection depends on it.

    It is the fraction of the 2% of events with the highest scores (fewer, where most have the lowest) that fall below this cut when
    the column is permuted among the events: 0 for a column without influence. No labels are needed (permutation importance, doi:10.1023/A:1010933404324).
    Scores that are all equal depend on none.
    """
    scores, order = model.score(table), np.random.default_rng(seed).permutation(len(table))
    if len(table) < 2 or not np.ptp(scores):
        return {}
    cut = np.quantile(scores, 1 - SELECTED)
    if cut == scores.min():
        cut = scores[scores > cut].min()
    chosen = scores >= cut
    columns = sorted(name for name in model.crossfit.tagger.scored_by if table[name].ndim == 1)
    changed = {name: model.score(table.with_columns(**{name: table[name][order]})) for name in columns}
    return {name: np.asarray(np.mean(other[chosen] < cut)) for name, other in changed.items()}


def write(path: Path, arrays: Mapping[str, Array]) -> None:
    """Write the arrays of `diagnose`."""
    with atomic_path(path) as temporary:
        np.savez(temporary, allow_pickle=False, **{name: arrays[name] for name in sorted(arrays)})


def read(path: Path) -> dict[str, Array]:
    """Read the arrays of `diagnose`."""
    with np.load(path, allow_pickle=False) as stored:
        return dict(stored)


def summary(arrays: Mapping[str, Array]) -> dict[str, Any]:
    """Return importances and separabilities as plain numbers."""
    return {
        kind: {name: float(value) for name, value in unnest(kind, arrays).items()}
        for kind in ("importance", "separability")
    }


def _comparison(model: CrossFitModel, table: FeatureTable, name: str, seed: int) -> dict[str, Array]:
    """Compare the events of a region with the background that is drawn at their masses."""
    drawn = model.imitate(table, seed) if len(table) >= FEWEST else {}
    if not drawn:
        return {}
    data = dict(zip(drawn, feature.values(table, tuple(drawn)).T, strict=True))
    first, second = (np.stack(list(events.values()), axis=1) for events in (data, drawn))
    area = separability(first, second, seed)
    return nest({f"data/{name}": data, f"drawn/{name}": drawn, "separability": {name: np.asarray(area)}})


def _few(rows: Array, seed: int) -> Array:
    return (
        rows if len(rows) <= MOST else np.sort(np.random.default_rng(seed).choice(rows, MOST, replace=False))
    )

"""The b-tag score of jets by the flavour of the hadrons in them, and the efficiency of its working points."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..datasets.btag import WORKING_POINTS
from .weighted import effective

Values = NDArray[np.float64]

FLAVOURS: Mapping[int, str] = {5: "b", 4: "c", 0: "light"}
"""Names of the flavours by their number."""
EDGES = (200.0, 400.0, 600.0, 800.0, 1000.0, 1250.0, 1500.0, 2000.0, 2500.0, 3500.0)
"""Bins of the jet's pT in GeV."""
LEAST = 20
"""Effective number of jets below which nothing is shown of them."""


def efficiencies(
    score: ArrayLike, flavour: ArrayLike, pt: ArrayLike, weight: ArrayLike
) -> dict[str, dict[str, dict[str, Any]]]:
    """Return how often jets (n,) pass the working points, by flavour and working point.

    Each has ``value`` and ``error`` for all jets, and ``low``, ``high`` (GeV), ``value``, ``error``, ``jets`` in
    ``bins`` of pT that hold enough of them. Flavours with too few jets are left out.
    """
    scores, kinds, momenta, weights = (np.asarray(a, float) for a in (score, flavour, pt, weight))
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for number, name in FLAVOURS.items():
        mine = kinds == number
        if not enough(weights[mine]):
            continue
        found[name] = {
            point: {
                **_share(scores[mine] > threshold, weights[mine]),
                "bins": _binned(scores[mine] > threshold, momenta[mine], weights[mine]),
            }
            for point, threshold in WORKING_POINTS.items()
        }
    return found


def enough(weight: ArrayLike) -> bool:
    """Tell whether jets with weights (n,) are enough to be shown."""
    return effective(weight) >= LEAST


def binned(
    found: Mapping[str, Mapping[str, Mapping[str, Any]]],
) -> dict[str, Mapping[str, Mapping[str, Any]]]:
    """Return those flavours of ``efficiencies`` that have a bin of pT with enough jets."""
    return {
        flavour: points for flavour, points in found.items() if any(one["bins"] for one in points.values())
    }


def _binned(passed: NDArray[np.bool_], pt: Values, weight: Values) -> list[dict[str, float]]:
    index = np.searchsorted(EDGES, pt, side="right") - 1
    rows = []
    for i, (low, high) in enumerate(pairwise(EDGES)):
        mine = index == i
        if enough(weight[mine]):
            rows.append({"low": low, "high": high, **_share(passed[mine], weight[mine])})
    return rows


def _share(passed: NDArray[np.bool_], weight: Values) -> dict[str, float]:
    number = effective(weight)
    value = float(weight[passed].sum() / weight.sum())
    return {"value": value, "error": float(np.sqrt(value * (1 - value) / number)), "jets": number}

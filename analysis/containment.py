"""How a signal looks: where it peaks, what it decays to, and whether its jets hold what they should."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets.process import PROCESSES
from .campaign_sample import CampaignSample
from .preselection import selected
from .weighted import effective, middle_and_width, peak, quantile

Mask = NDArray[np.bool_]
Values = NDArray[Any]

RADII = np.linspace(0.1, 1.5, 57)
SIDES = ("d1", "d2")
GROOMED = 10.0
"""GeV; soft drop leaves less of jets without prongs, which are no peak."""
LEAST, LEAST_HEAVY = 200, 50
"""Effective number of events, and of jets that are W or top, below which there is no peak."""
HEAVY = {"w": "W", "top": "top"}
"""Columns of jets that are known to be one, and what it is."""
AROUND = 0.3
"""Half the window around the peak of W and top, in units of it."""


def contained(sample: CampaignSample, radius: float) -> Mask:
    """Return in which events (n,) both daughters have all their prongs within ``radius`` of one of the two jets."""
    return np.asarray(
        np.logical_and.reduce([sample.table[f"{side}_reach"] < radius for side in SIDES]), dtype=bool
    )


def hadronic(sample: CampaignSample) -> Mask:
    """Return which events (n,) have no leptons from decays."""
    return np.asarray(sample.table["leptons"] == 0)


def summary(sample: CampaignSample) -> dict[str, Any]:
    """Return peaks (GeV) of m_jj and of both jets, with what is known from truth, of the selected events.

    Without truth in the files the entry ``truth`` is None. Numbers that cannot be had are None, so are peaks of fewer
    than ``LEAST`` events.
    """
    chosen, table = selected(sample), sample.table
    return {
        "benchmark": sample.origin.benchmark,
        "events": int(chosen.sum()),
        "peaks": {
            name: _peak(table[name][mask], sample.weight[mask])
            for name, mask in (
                ("mjj", chosen),
                *((n, chosen & (table[n] > GROOMED)) for n in ("j1_msd", "j2_msd") if n in table),
            )
        },
        "median_mjj": _median(table["mjj"][chosen], sample.weight[chosen]),
        "truth": _truth(sample, chosen) if sample.has("d1_reach") and chosen.any() else None,
    }


def _truth(sample: CampaignSample, chosen: Mask) -> dict[str, Any]:
    table, complete = sample.table, chosen & hadronic(sample)
    inside = contained(sample, sample.origin.radius)
    counted = Counter(
        tuple(sorted(pair))
        for pair in zip(
            table["d1_prongs"][complete].tolist(), table["d2_prongs"][complete].tolist(), strict=True
        )
    )
    expected = getattr(PROCESSES.get(sample.origin.process), "prongs", None)
    total = max(int(complete.sum()), 1)
    return {
        "resonance": _peak(table["decay_mass"][chosen], sample.weight[chosen]),
        "daughters": [_peak(table[f"{side}_mass"][chosen], sample.weight[chosen]) for side in SIDES],
        "hadronic": float(hadronic(sample)[chosen].mean()),
        "prongs": {"+".join(map(str, pair)): n / total for pair, n in counted.most_common(4)},
        "expected_prongs": None if expected is None else "+".join(map(str, sorted(expected))),
        "as_expected": None if expected is None else counted[tuple(sorted(expected))] / total,
        "contained_masses": [_contained_mass(sample, side, complete) for side in SIDES],
        "contained": _share(inside, chosen),
        "contained_hadronic": _share(inside, complete),
        "contained_sides": [
            _share(table[f"{side}_reach"] < sample.origin.radius, complete) for side in SIDES
        ],
    }


def _contained_mass(sample: CampaignSample, side: str, mask: Mask) -> float | None:
    """Return the peak of the soft-drop mass (GeV) of the jets that hold a side whole."""
    if not sample.has("j1_msd", "j2_msd"):
        return None
    mine = mask & (sample.table[f"{side}_reach"] < sample.origin.radius)
    first = sample.table[f"{side}_jet"] == 0
    msd = np.where(first, sample.table["j1_msd"], sample.table["j2_msd"])
    mine = mine & (msd > GROOMED)
    return _peak(msd[mine], sample.weight[mine])


def curve(sample: CampaignSample) -> NDArray[np.float64]:
    """Return the share of hadronic selected events that are contained in jets of each radius of ``RADII``."""
    complete = selected(sample) & hadronic(sample)
    larger = np.maximum(sample.table["d1_reach"], sample.table["d2_reach"])[complete]
    return np.searchsorted(np.sort(larger), RADII) / max(len(larger), 1)


def heavy_jets(sample: CampaignSample) -> dict[str, dict[str, Any]]:
    """Return number, peak and width of the soft-drop masses (GeV) of jets that are W or top.

    The width is half the central 68% of what lies within ``AROUND`` of the peak. Both are None below ``LEAST_HEAVY`` jets.
    """
    mask, found = selected(sample), {}
    msd, weight = sample.jets("msd", mask), np.tile(sample.weight[mask], 2)
    for name in HEAVY:
        mine = sample.jets(name, mask).astype(bool)
        place = _peak(msd[mine], weight[mine], LEAST_HEAVY)
        near = mine & (np.abs(msd - (place or 0.0)) < AROUND * (place or 0.0))
        width = middle_and_width(msd[near], weight[near])[1]
        found[name] = {"jets": int(mine.sum()), "peak": place, "width": _number(width)}
    return found


def _peak(values: Values, weight: Values, least: float = LEAST) -> float | None:
    return _number(peak(values, weight)) if effective(weight) >= least else None


def _median(values: Values, weight: Values) -> float | None:
    return _number(float(quantile(values, weight, 0.5))) if effective(weight) >= LEAST else None


def _share(part: Mask, whole: Mask) -> float | None:
    return float(part[whole].mean()) if whole.any() else None


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None

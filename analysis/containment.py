"""How a signal looks: where it peaks, what it decays to, and whether its jets hold what they should."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets.process import PROCESSES
from .campaign_sample import CampaignSample
from .preselection import selected
from .weighted import peak, quantile

Mask = NDArray[np.bool_]

RADII = np.linspace(0.1, 1.5, 57)
SIDES = ("d1", "d2")
GROOMED = 10.0
"""GeV; soft drop leaves less of jets without prongs, which are no peak."""


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

    Without truth in the files the entry ``truth`` is None. Numbers that cannot be had are None.
    """
    chosen, table = selected(sample), sample.table
    return {
        "benchmark": sample.origin.benchmark,
        "events": int(chosen.sum()),
        "peaks": {
            name: _number(peak(table[name][mask], sample.weight[mask]))
            for name, mask in (
                ("mjj", chosen),
                *((n, chosen & (table[n] > GROOMED)) for n in ("j1_msd", "j2_msd") if n in table),
            )
        },
        "median_mjj": _number(float(quantile(table["mjj"][chosen], sample.weight[chosen], 0.5))),
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
        "resonance": _number(peak(table["decay_mass"][chosen])),
        "daughters": [_number(peak(table[f"{side}_mass"][chosen])) for side in SIDES],
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
    return _number(peak(msd[mine], sample.weight[mine]))


def curve(sample: CampaignSample) -> NDArray[np.float64]:
    """Return the share of hadronic selected events that are contained in jets of each radius of ``RADII``."""
    complete = selected(sample) & hadronic(sample)
    larger = np.maximum(sample.table["d1_reach"], sample.table["d2_reach"])[complete]
    return np.searchsorted(np.sort(larger), RADII) / max(len(larger), 1)


def heavy_jets(sample: CampaignSample) -> dict[str, dict[str, Any]]:
    """Return peak, width (half the central 68%) and number of the soft-drop masses (GeV) of jets that are W or top."""
    mask, found = selected(sample), {}
    msd, weight = sample.jets("msd", mask), np.tile(sample.weight[mask], 2)
    for name in ("w", "top"):
        mine = sample.jets(name, mask).astype(bool)
        low, high = quantile(msd[mine], weight[mine], [0.16, 0.84])
        found[name] = {
            "jets": int(mine.sum()),
            "peak": _number(peak(msd[mine], weight[mine])),
            "width": _number(float(high - low) / 2),
        }
    return found


def _share(part: Mask, whole: Mask) -> float | None:
    return float(part[whole].mean()) if whole.any() else None


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None

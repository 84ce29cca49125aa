"""Whether two samples of one process, such as an unweighted and a weighted one, have the same cross section in m_jj."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from .. import bumphunt as bh
from ..bumphunt.binning import merging
from .campaign_sample import CampaignSample
from .preselection import edge, selected
from .weighted import effective

LEAST = 10.0


def agreement(first: CampaignSample, second: CampaignSample) -> dict[str, Any] | None:
    """Compare cross sections in standard bins of m_jj above the edges of both, merged to 10 effective events in each.

    K factors of the campaign are taken out. Returns chi2, its degrees of freedom and p-value, and the ratio of the rates with its error; None when they cannot be
    compared.
    """
    if first.per_weight is None or second.per_weight is None:
        return None
    low = max(edge(first), edge(second))
    standard = np.array(bh.CMS_DIJET_EDGES)
    edges = standard[standard >= low]
    found = [_sums(sample, edges) for sample in (first, second)]
    numbers = [np.divide(s**2, v, out=np.zeros_like(s), where=v > 0) for s, v in found]
    starts = merging(np.minimum(*numbers), LEAST)
    (one, one_v), (two, two_v) = (tuple(np.add.reduceat(a, starts) for a in pair) for pair in found)
    if not (one_v.sum() and two_v.sum()):
        return None
    variance = one_v + two_v
    chi2 = float(((one - two) ** 2 / np.where(variance > 0, variance, np.inf)).sum())
    ratio = float(one.sum() / two.sum()) if two.sum() else 0.0
    relative = np.hypot(one_v.sum() ** 0.5 / one.sum(), two_v.sum() ** 0.5 / two.sum())
    return {
        "samples": [first.name, second.name],
        "low": float(edges[0]),
        "effective": [effective(s.weight[selected(s)]) for s in (first, second)],
        "ratio": ratio,
        "error": ratio * float(relative),
        "chi2": chi2,
        "ndof": len(starts),
        "p_value": float(stats.chi2.sf(chi2, len(starts))),
    }


def _sums(sample: CampaignSample, edges: np.ndarray[Any, Any]) -> tuple[Any, Any]:
    mask = selected(sample)
    weight = sample.weight[mask] * (sample.per_weight or 0.0) / sample.k_factor
    mjj = sample.table["mjj"][mask]
    first, second = (np.histogram(mjj, edges, weights=w)[0] for w in (weight, weight**2))
    return first, second

r"""The cuts of a data sheet after two good jets, and the cutflow from everything generated to the end.

The order is that of the published efficiencies: m_jj and what triggers ask for first, \|delta eta\| last.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .campaign_sample import CampaignSample
from .published import content, efficiencies

Mask = NDArray[np.bool_]

EVERYWHERE = 5.0
"""Largest difference in eta of two jets within 2.5."""


def edge(sample: CampaignSample) -> float:
    """Return the smallest m_jj (GeV) that a sample is complete for."""
    return float(sample.origin.cut.get("mjj_min", 0.0))


def cuts(sample: CampaignSample) -> dict[str, Mask]:
    """Return the cuts as masks (n,) of the table, by what they ask for, in order.

    Those of dijets are m_jj, the triggers and delta eta; a sample of single jets has the window of its own cut alone.
    """
    if not sample.origin.of_dijets:
        return {_window(sample): _in_window(sample)}
    rules, table, own = content()["preselection"], sample.table, sample.origin.cut
    mjj_min, leading_min = max(rules["mjj_min"], edge(sample)), float(own.get("leading_pt_min", 0.0))
    pt = np.stack([table["j1_pt"], table["j2_pt"]])
    masks = {f"m_jj ≥ {mjj_min:g} GeV": table["mjj"] >= mjj_min}
    if leading_min:
        masks[f"a jet of {leading_min:g} GeV"] = pt.max(axis=0) > leading_min
    triggers = f"triggers: a jet of {rules['leading_pt_min']:g} GeV or {rules['ht_min']:g} GeV together"
    masks[triggers] = (pt.max(axis=0) > rules["leading_pt_min"]) | (pt.sum(axis=0) > rules["ht_min"])
    low = float(own.get("deta_min", 0.0))
    if low:
        return masks | {f"|Δη| ≥ {low:g}": table["deta"] >= low}
    return masks | {f"|Δη| < {rules['deta_max']:g}": table["deta"] < rules["deta_max"]}


def preselected(sample: CampaignSample) -> Mask:
    """Return which events (n,) pass all cuts but the last, that in delta eta; those of single jets pass all."""
    masks = list(cuts(sample).values())
    last = len(masks) - 1 if sample.origin.of_dijets else len(masks)
    return _all(masks[:last], len(sample.table))


def selected(sample: CampaignSample) -> Mask:
    """Return which events (n,) pass all cuts."""
    return _all(list(cuts(sample).values()), len(sample.table))


def cutflow(sample: CampaignSample) -> list[dict[str, Any]]:
    """Return one record per cut, from everything generated on: its name, events, and sum of weights."""
    return list(_rows(sample))


def incomparable(sample: CampaignSample) -> str | None:
    """Say why the efficiencies of a signal cannot be compared with published ones; None when they can."""
    lowest = content()["preselection"]["mjj_min"]
    if not sample.origin.of_dijets:
        return "they are cut on single jets"
    if efficiencies(sample.origin.benchmark) is None:
        return "none is published for these masses"
    if not sample.flow["generated"]:
        return "the files do not say how much was generated"
    if edge(sample) > lowest:
        return f"m_jj begins at {edge(sample):g} GeV, in the published ones at {lowest:g} (use mjj_min = {lowest:g})"
    return None


def efficiency(sample: CampaignSample) -> dict[str, Any] | None:
    r"""Return the efficiencies of a signal of two jets beside the published ones.

    None when ``incomparable`` says why. ``preselection`` and ``deta`` are None when the sample was made with a limit on \|delta eta\|: then only their
    ``product`` is known. Errors are binomial.
    """
    published, generated = efficiencies(sample.origin.benchmark), sample.flow["generated"]
    if published is None or incomparable(sample):
        return None
    total, before, after = (
        float(generated["sumw"]),
        sample.weight[preselected(sample)],
        sample.weight[selected(sample)],
    )
    limit = sample.origin.cut["deta_max"]
    whole = limit is None or limit >= EVERYWHERE
    return {
        "benchmark": sample.origin.benchmark,
        "preselection": _share(before.sum(), total, generated["events"]) if whole else None,
        "deta": _share(after.sum(), before.sum(), len(before)) if whole else None,
        "product": _share(after.sum(), total, generated["events"]),
        "published": {
            "preselection": list(published.preselection),
            "deta": list(published.deta),
            "product": list(published.product),
        },
    }


def _rows(sample: CampaignSample) -> Iterator[dict[str, Any]]:
    generated = sample.flow["generated"]
    if generated:
        yield {"cut": "generated", "events": generated["events"], "sumw": generated["sumw"]}
    for row in sample.flow["cuts"]:
        if row["cut"] not in {"deta", "mjj"}:  # no limits on them in the table
            yield {"cut": _NAMES.get(row["cut"], row["cut"]), "events": row["events"], "sumw": row["sumw"]}
    left = np.ones(len(sample.table), dtype=bool)
    for name, mask in cuts(sample).items():
        left = left & mask
        yield {"cut": name, "events": int(left.sum()), "sumw": float(sample.weight[left].sum())}


_NAMES = {
    "all": "stored",
    "two_jets": "two AK8 jets",
    "jet_id": "both identified",
    "pt": "both above the smallest pT",
    "eta": "both |η| < 2.5",
}


def _share(part: float, whole: float, events: int) -> dict[str, float] | None:
    if not whole or not events:
        return None
    value = float(part / whole)
    return {"value": value, "error": float(np.sqrt(max(value * (1 - value), 0.0) / events))}


def _window(sample: CampaignSample) -> str:
    own = sample.origin.cut
    return f"a jet of {own['pt_min']:g} to {own['pt_max']:g} GeV with |η| < {own['eta_max']:g}"


def _in_window(sample: CampaignSample) -> Mask:
    own, table = sample.origin.cut, sample.table
    found = [
        (table[f"{jet}_pt"] > own["pt_min"])
        & (table[f"{jet}_pt"] < own["pt_max"])
        & (np.abs(table[f"{jet}_eta"]) < own["eta_max"])
        for jet in ("j1", "j2")
    ]
    return np.asarray(found[0] | found[1])


def _all(masks: list[Mask], number: int) -> Mask:
    return np.logical_and.reduce(masks) if masks else np.ones(number, dtype=bool)

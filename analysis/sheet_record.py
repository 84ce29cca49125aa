"""All numbers of a data sheet as plain data: what `datasheet.json` holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .. import bumphunt as bh
from ..datasets.catalogue import PB_PER_FB
from ..datasets.provenance import provenance
from . import containment, preselection, smoothness, tagging
from .agreement import agreement
from .campaign_sample import CampaignSample
from .normalisation import NormalisationError, normalisation
from .published import PublishedSpectrum, content
from .response import QUANTITIES, Quantity, response
from .sheet import TTBAR, Sheet
from .weighted import effective

SEED = 1
FEW = 200
"""Events below which a spectrum is not fitted."""

Record = dict[str, Any]


def collect(
    sheet: Sheet, published: PublishedSpectrum | None = None, summary: Mapping[str, Any] | None = None
) -> Record:
    """Return all numbers of a data sheet; ``summary`` is that of the campaign.

    What cannot be had is None or absent, with the reason in ``notes``. There is no time and no path in it: equal
    samples give equal bytes.
    """
    summary = summary or {}
    campaign = summary.get("campaign", {})
    notes: list[str] = [*sheet.missing()]
    found = {
        "title": campaign.get("title") or campaign.get("name") or "Simulated samples",
        "label": sheet.label,
        "samples": {s.name: generated(s) for s in sheet.samples},
        "cutflows": {s.name: preselection.cutflow(s) for s in sheet.samples},
        "efficiencies": _efficiencies(sheet, notes),
        "smoothness": _found({s.name: _smooth(s, notes) for s in sheet.qcd}),
        "agreement": [one for s in sheet.qcd[1:] if (one := agreement(sheet.qcd[0], s))],
        "normalisation": _normalised(sheet, published, notes),
        "signals": _signals(sheet, notes),
        "heavy_jets": _heavy_jets(sheet, notes),
        "response": _responses(sheet, notes),
        "tagging": _tags(sheet, notes),
    }
    return {**found, "notes": notes, "provenance": _provenance(sheet)}


def generated(sample: CampaignSample) -> Record:
    """Return what was generated for a sample."""
    mask, record = preselection.selected(sample), sample.flow["generated"] or {}
    weight, per_weight = sample.weight[mask], sample.per_weight
    number, rate = effective(weight), None if per_weight is None else per_weight * float(weight.sum())
    settings, made = sample.origin.settings, sample.made
    per_event = made.get("cpu_ms_per_event")
    return {
        "kind": sample.dataset.kind,
        "role": made.get("role", "data"),
        "label": sample.dataset.label,
        "process": sample.origin.process,
        "benchmark": sample.origin.benchmark,
        "parameters": sample.origin.parameters,
        "cut": dict(sample.origin.cut),
        "radius": sample.origin.radius,
        "pileup": settings.get("pileup", 0.0),
        "mpi": settings["mpi"],
        "seed": settings["seed"],
        "files": len(sample.dataset.files),
        "generated": record.get("events"),
        "stored": sample.flow["cuts"][0]["events"],
        "selected": int(mask.sum()),
        "effective": number,
        "cross_section": sample.cross_section,
        "k_factor": sample.k_factor,
        "selected_cross_section": None if rate is None else rate / PB_PER_FB,
        "equivalent_luminosity": number / rate if rate and not sample.is_signal else None,
        "cpu_hours": None if per_event is None else per_event * made["selected"] / 3.6e6,
    }


def heavy(sheet: Sheet) -> tuple[CampaignSample, ...]:
    """Return the samples of top quarks whose jets are known to be W and top."""
    return tuple(s for s in sheet.samples if s.origin.process == TTBAR and s.has("j1_top", "j1_msd"))


def _found(entries: Mapping[str, Record | None]) -> dict[str, Record]:
    return {name: entry for name, entry in entries.items() if entry is not None}


def _efficiencies(sheet: Sheet, notes: list[str]) -> dict[str, Record]:
    reasons: dict[str, list[str]] = {}
    for sample in sheet.signals:
        if reason := preselection.incomparable(sample):
            reasons.setdefault(reason, []).append(sample.name)
    notes += [
        f"{', '.join(names)}: no efficiencies beside those of CMS: {reason}."
        for reason, names in reasons.items()
    ]
    return _found({s.name: preselection.efficiency(s) for s in sheet.signals})


def _signals(sheet: Sheet, notes: list[str]) -> dict[str, Record]:
    found = {s.name: containment.summary(s) for s in sheet.signals}
    few = [f"{name} ({one['events']})" for name, one in found.items() if one["median_mjj"] is None]
    if few:
        notes.append(f"No peaks of fewer than {containment.LEAST} selected events: {', '.join(few)}.")
    return found


def _heavy_jets(sheet: Sheet, notes: list[str]) -> dict[str, dict[str, Record]]:
    found = {s.name: containment.heavy_jets(s) for s in heavy(sheet)}
    few = [
        f"{containment.HEAVY[kind]} in {name} ({one['jets']})"
        for name, kinds in found.items()
        for kind, one in kinds.items()
        if one["peak"] is None
    ]
    if few:
        notes.append(f"No peaks of fewer than {containment.LEAST_HEAVY} jets: {', '.join(few)}.")
    return found


def _smooth(sample: CampaignSample, notes: list[str]) -> Record | None:
    table = sample.table.where(preselection.selected(sample))
    drawn = smoothness.unweighted(table)
    if len(drawn) < FEW:
        notes.append(f"{sample.name}: {len(drawn)} unweighted events are too few for a fit of m_jj.")
        return None
    start = max(preselection.edge(sample), content()["preselection"]["mjj_min"])
    try:
        found = smoothness.smoothness(drawn, start, SEED)
    except bh.SpectrumError as error:
        notes.append(f"{sample.name}: no fit of m_jj: {error}.")
        return None
    return {"events": len(drawn), "of": len(table), "edge": start, **found.record()}


def _normalised(sheet: Sheet, published: PublishedSpectrum | None, notes: list[str]) -> list[Record]:
    if published is None:
        notes.append("No published spectrum was given (--published): the normalisation is not compared.")
        return []
    if not published.has_published_bins:
        notes.append(
            f"The bins of the published spectrum are not those of {published.source}, but its luminosity and limit on "
            f"|Δη| were used ({published.luminosity:g} fb⁻¹, {published.deta_max:g}): K says nothing for another spectrum."
        )
    found = []
    for sample in sheet.qcd:
        try:
            found.append(normalisation(sample, published))
        except (NormalisationError, bh.SpectrumError) as error:
            notes.append(f"Normalisation: {error}.")
    return found


def _responses(sheet: Sheet, notes: list[str]) -> dict[str, dict[str, list[Record]]]:
    found = {
        group: {q.name: _response(samples, q) for q in QUANTITIES} for group, samples in sheet.groups.items()
    }
    found = {group: records for group, records in found.items() if any(records.values())}
    if not found:
        notes.append("No response: in no bin of pT are there enough jets with a generated one.")
    return found


def _response(samples: Sequence[CampaignSample], quantity: Quantity) -> list[Record]:
    used = [s for s in samples if s.has(f"j1_{quantity.name}", "j1_gen_pt") and len(s.table)]
    if not used:
        return []
    measured, below, pt = (
        np.concatenate([s.jets(name) for s in used]) for name in (quantity.name, quantity.generated, "gen_pt")
    )
    weight = np.concatenate([np.tile(s.weight / s.weight.sum() * s.effective, 2) for s in used])
    generated_ = np.where(below > quantity.least, below, np.nan)
    return response(measured, generated_, pt, weight).record()


def _tags(sheet: Sheet, notes: list[str]) -> dict[str, Record]:
    if not sheet.tagged:
        notes.append("No events of QCD or ttbar with b-tag scores: their efficiencies are not shown.")
    return {s.name: _tagging(s, notes) for s in sheet.tagged}


def _tagging(sample: CampaignSample, notes: list[str]) -> Record:
    score, flavour, pt = (sample.jets(name) for name in ("btag", "flavour", "pt"))
    found = tagging.efficiencies(score, flavour, pt, np.tile(sample.weight, 2))
    few = [f"{name} jets" for name in tagging.FLAVOURS.values() if name not in found]
    if few:
        notes.append(
            f"{sample.name}: fewer than {tagging.LEAST} {', '.join(few)}: no b-tag efficiency of them."
        )
    return {**found}


def _provenance(sheet: Sheet) -> Record:
    settings = {s.name: dict(s.origin.settings) for s in sheet.samples}
    seeds = {name: int(entry["seed"]) for name, entry in settings.items()}
    return provenance(settings, seeds, {s.name: s.flow["cuts"][0] for s in sheet.samples})

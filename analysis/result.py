"""The results of a run as one record: what `results.json` holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..datasets.atomic import read_json
from ..datasets.catalogue import PB_PER_FB
from ..datasets.provenance import provenance
from ..datasets.store import count, read_label, read_provenance
from ..taggers.inclusive import Inclusive
from . import hunt, mock
from .performance import Contest, contest, measure, realised_gain
from .selection import cutflow_path

LABELLED = ("background", "signal", "mixed")
"""Kinds of samples whose events have a truth."""


@dataclass(frozen=True)
class Outputs:
    """Where the stages of a run left their outputs.

    ``samples``: feature table by name. ``data``: folder of the data of each search. ``hunts`` and ``scores``:
    folders by search and tagger, and for scores by window too.
    """

    samples: Mapping[str, Path]
    data: Mapping[str, Path]
    hunts: Mapping[str, Mapping[str, Path]]
    scores: Mapping[str, Mapping[str, Mapping[str, Path]]]


def collect(configuration: Mapping[str, Any], outputs: Outputs) -> dict[str, Any]:
    """Bring the results of all stages together with the configuration and where everything came from.

    The record holds no time and no path: the same configuration, seeds and versions give the same bytes.
    """
    samples = {name: sample(name, path) for name, path in outputs.samples.items()}
    searches = {
        name: {
            **read_json(folder / mock.SUMMARY),
            "taggers": _with_performance(configuration, outputs, name),
        }
        for name, folder in outputs.data.items()
    }
    inputs = {name: entry["inputs"] for name, entry in samples.items()}
    return {
        "title": configuration["title"],
        "label": configuration["label"] or read_label(outputs.samples.values()),
        "samples": samples,
        "searches": searches,
        "provenance": provenance(configuration, {"seed": configuration["seed"]}, inputs),
        "configuration": dict(configuration),
    }


def contests(configuration: Mapping[str, Any], outputs: Outputs, search: str) -> dict[str, Contest]:
    """Return the contest of signal and background of every tagger of a search for which there is one."""
    entry = configuration["searches"][search]
    simulated = all(configuration["samples"][name]["kind"] in LABELLED for name in entry["data"])
    found = {
        tagger: contest(entry["mass"], scores, outputs.data[search], simulated)
        for tagger, scores in outputs.scores[search].items()
    }
    return {tagger: one for tagger, one in found.items() if one is not None}


def _with_performance(configuration: Mapping[str, Any], outputs: Outputs, search: str) -> dict[str, Any]:
    """Return the results of every tagger with its performance, None where there is nothing to measure."""
    found = {t: read_json(path / hunt.SUMMARY) for t, path in outputs.hunts[search].items()}
    measured = {t: measure(one) for t, one in contests(configuration, outputs, search).items()}
    kinds = {t: configuration["taggers"][t].get("tagger", t) for t in found}
    scans = {t: {p["mass"]: p["r"] for p in entry["scan"]["points"]} for t, entry in found.items()}
    reference = next((t for t, kind in kinds.items() if kind == Inclusive.name), None)
    gains = realised_gain(scans, configuration["searches"][search]["mass"], reference)
    return {
        t: entry | {"performance": measured[t] | {"realised_gain": gains[t]} if t in measured else None}
        for t, entry in found.items()
    }


def sample(name: str, table: Path) -> dict[str, Any]:
    """Describe a selected sample: cutflow, cross sections (pb) and the luminosity (fb-1) it corresponds to."""
    flow = read_json(cutflow_path(table))[name]
    generated = flow["generated"] or {}
    produced = flow["cross_section"] or generated.get("cross_section")
    acceptance = flow["acceptance"]
    selected = produced * acceptance if produced and acceptance else None
    return {
        **flow,
        "events": count(table),
        "inputs": read_provenance(table)["inputs"].get(name),
        "selected_cross_section": selected,
        "equivalent_luminosity": flow["cuts"][-1]["sumw"] / (selected * PB_PER_FB) if selected else None,
    }

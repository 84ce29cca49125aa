"""What a campaign has made: cross sections, sums of weights and luminosities of its samples, and its catalogue."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .atomic import atomic_path, read_json, write_json
from .campaign import DATA, Campaign, Entry
from .catalogue import PB_PER_FB
from .error import FileError
from .manifest import Parts, read_manifest
from .part import Part
from .production import part_name
from .provenance import provenance
from .recipe import Recipe, identity

CATALOGUE, SUMMARY, LIST = "catalogue.toml", "summary.json", "parts.txt"


@dataclass(frozen=True)
class Made:
    """A sample of a campaign, as far as it is made.

    ``parts`` of ``parts_wanted`` are there. Events are counted as in ``Part``. ``cross_section`` (pb) is that of what was
    generated, with the K factor; ``selected_cross_section`` (pb) that of the selected events. ``equivalent_luminosity``
    (fb-1) is what the selected events correspond to: with weights, the ``effective_events``, (sum w)^2 / sum w^2. It is
    None for signals, whose cross section is for the user to choose.
    """

    name: str
    kind: str
    role: str
    label: str
    process: str
    seed: int
    parts: int
    parts_wanted: int
    selected: int
    stored: int
    generated: int
    sumw: float
    sumw_selected: float
    weighted: bool
    effective_events: float
    k_factor: float
    cross_section: float
    cross_section_error: float
    selected_cross_section: float
    equivalent_luminosity: float | None
    cpu_ms_per_event: float | None


def summarise(campaign: Campaign, folder: Path) -> list[Made]:
    """Add up the finished parts of every sample; samples without any are left out."""
    parts = _finished(campaign, folder)
    return [
        _made(entry, recipe, parts[name])
        for name, (entry, recipe) in _described(campaign).items()
        if name in parts
    ]


def write_summary(campaign: Campaign, folder: Path) -> list[Made]:
    """Write ``catalogue.toml`` and ``summary.json`` for what is finished; returns what they say, sample by sample.

    The files of a sample are listed in ``NAME/parts.txt``.
    """
    made = summarise(campaign, folder)
    parts = _finished(campaign, folder)
    for sample in made:
        names = [part_name(number) for number in parts[sample.name]]
        _write(folder / sample.name / LIST, "".join(f"{name}\n" for name in names))
    _write(folder / CATALOGUE, catalogue(campaign, made))
    seeds = {sample.name: sample.seed for sample in made}
    content = {
        "campaign": {"name": campaign.name, "title": campaign.title, "luminosity": campaign.luminosity},
        "mpi": campaign.mpi,
        "samples": {sample.name: asdict(sample) for sample in made},
        "provenance": provenance(campaign.plain(), seeds, {}),
    }
    write_json(folder / SUMMARY, content)
    return made


def roles(folder: Path) -> dict[str, str]:
    """Return the role of each sample, by name, as the summary of a campaign has it; nothing without a summary."""
    return {
        name: sample.get("role", DATA) for name, sample in read_summary(folder).get("samples", {}).items()
    }


def read_summary(folder: Path) -> dict[str, Any]:
    """Read the summary of a campaign, nothing when there is none; ``FileError`` when the file is another one."""
    path = folder / SUMMARY
    if not path.is_file():
        return {}
    content = read_json(path)
    samples = content.get("samples", {}) if isinstance(content, dict) else None
    if not isinstance(samples, dict) or not all(isinstance(sample, dict) for sample in samples.values()):
        raise FileError(
            f"{path} is not the summary of a campaign; remove it and run dijethunt simulate again"
        )
    return dict(content)


def catalogue(campaign: Campaign, made: list[Made]) -> str:
    """Word the catalogue of finished samples, as ``datasets.catalogue`` reads it."""
    lines = [f"# {campaign.title or campaign.name}. Written by dijethunt simulate; cross sections in pb."]
    if not campaign.mpi:
        lines.append("# Not for physics: no multiparton interactions.")
    for sample in made:
        lines += [
            "",
            f"[{_text(sample.name)}]",
            f"files = {_text(f'{sample.name}/{LIST}')}",
            f"kind = {_text(sample.kind)}",
        ]
        if sample.cross_section > 0:
            lines.append(f"cross_section = {sample.cross_section:.8g}")
        lines.append(f"label = {_text(sample.label or sample.name)}")
    return "\n".join(lines) + "\n"


def _described(campaign: Campaign) -> dict[str, tuple[Entry, Recipe]]:
    recipes = campaign.recipes()
    return {entry.name: (entry, recipes[entry.name]) for entry in campaign.entries}


def _finished(campaign: Campaign, folder: Path) -> Parts:
    """Return the recorded parts of the samples of a campaign that have any, in order; not those of other settings."""
    recorded = read_manifest(folder)
    found = {
        name: {
            number: part
            for number, part in sorted(recorded.get(name, {}).items())
            if number < recipe.parts and part.identity == identity(recipe.settings(number))
        }
        for name, recipe in campaign.recipes().items()
    }
    return {name: parts for name, parts in found.items() if parts}


def _made(entry: Entry, recipe: Recipe, found: dict[int, Part]) -> Made:
    parts = list(found.values())
    sums = {name: sum(getattr(part, name) for part in parts) for name in _SUMS}
    share = _column(parts, "generated") / sums["generated"]
    cross_section = entry.k_factor * float(share @ _column(parts, "cross_section"))
    selected = cross_section * sums["sumw_selected"] / sums["sumw"] if sums["sumw"] else 0.0
    effective = sums["sumw_selected"] ** 2 / sums["sumw2_selected"] if sums["sumw2_selected"] else 0.0
    known = entry.kind == "background" and selected > 0
    return Made(
        name=entry.name,
        kind=entry.kind,
        role=entry.role,
        label=entry.label,
        process=entry.process.name,
        seed=recipe.seed,
        parts=len(parts),
        parts_wanted=recipe.parts,
        selected=sums["selected"],
        stored=sums["stored"],
        generated=sums["generated"],
        sumw=sums["sumw"],
        sumw_selected=sums["sumw_selected"],
        weighted=abs(effective / sums["selected"] - 1) > 1e-6,
        effective_events=effective,
        k_factor=entry.k_factor,
        cross_section=cross_section,
        cross_section_error=entry.k_factor
        * sqrt(((share * _column(parts, "cross_section_error")) ** 2).sum()),
        selected_cross_section=selected,
        equivalent_luminosity=effective / (selected * PB_PER_FB) if known else None,
        cpu_ms_per_event=_cpu(parts),
    )


_SUMS = ("selected", "stored", "generated", "sumw", "sumw_selected", "sumw2_selected")


def _column(parts: list[Part], name: str) -> NDArray[np.float64]:
    return np.array([getattr(part, name) for part in parts], dtype=np.float64)


def _cpu(parts: list[Part]) -> float | None:
    """Return the time of the processor per selected event (ms), from the parts of which it is known."""
    timed = [(part.cpu_seconds, part.selected) for part in parts if part.cpu_seconds is not None]
    return 1000 * sum(t for t, _ in timed) / sum(n for _, n in timed) if timed else None


def _text(value: str) -> str:
    """Word a string for TOML."""
    return json.dumps(value)


def _write(path: Path, text: str) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(text)

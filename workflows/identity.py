"""What decides the content of each output; its hash is the place of the output in the store.

Raise the ``VERSION`` of a stage when its code changes what it writes: outputs of older versions are then made
again, and the stages after it too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..analysis.plan import EVERYWHERE
from ..analysis.point import point_settings
from ..analysis.training import make_crossfit, make_tagger
from ..datasets.catalogue import CatalogueError, match
from ..datasets.provenance import configuration_hash
from ..taggers.base import OTHERS
from .config import Config

VERSION = {"simulate": 4, "select": 2, "inject": 2, "train": 3, "score": 6, "hunt": 3, "report": 8}

Identity = Mapping[str, Any]


def key(identity: Identity) -> str:
    """Hash an identity to the name of its folder."""
    return configuration_hash(identity)


def simulate(config: Config, sample: str) -> Identity:
    """Identity of a simulated sample."""
    return _stage("simulate", **asdict(config.samples[sample])["simulation"])


def select(config: Config, sample: str) -> Identity:
    """Identity of a selected sample: its input, the selection and the quantities."""
    entry = config.samples[sample]
    source: Any = (
        key(simulate(config, sample)) if entry.simulation else [_file(f) for f in input_files(config, sample)]
    )
    return _stage(
        "select",
        sample=sample,
        kind=entry.kind,
        source=source,
        selection=config.selection_of(sample).identity(),
        corrections=config.corrections.identity(entry.kind),
        quantities=list(config.quantities),
        constituents=config.constituents,
    )


def inject(config: Config, search: str) -> Identity:
    """Identity of the data of a search, signal injected."""
    entry = asdict(config.searches[search])
    for name in OTHERS:
        entry.pop(name)
    sources = {name: key(select(config, name)) for name in (*entry["data"], entry["signal"])}
    cross_sections = {name: config.samples[name].cross_section for name in sources}
    return _stage("inject", **entry, sources=sources, cross_sections=cross_sections, seed=config.seed)


def trained_with(config: Config, search: str, tagger: str) -> dict[str, tuple[str, ...]]:
    """Name the samples that a tagger trains with, besides data and signal, by what they are; none for most taggers."""
    needed, entry = make_tagger(tagger, config.taggers[tagger]).traits.others, config.searches[search]
    return {kind: getattr(entry, kind) if kind in needed else () for kind in OTHERS}


def train(config: Config, search: str, tagger: str, window: str) -> Identity:
    """Identity of the models of one tagger in one window."""
    folds = config.folds
    plan = make_crossfit(tagger, config.taggers[tagger], config.seed, folds.outer, folds.members)
    tables = trained_with(config, search, tagger)
    others = {kind: [key(select(config, name)) for name in names] for kind, names in tables.items() if names}
    return _stage(
        "train",
        data=key(inject(config, search)),
        section=tagger,
        tagger={"name": plan.tagger.name, **plan.tagger.parameters},
        window=window,
        folds=plan.folds,
        members=plan.members,
        seed=config.seed,
        **others,
    )


def trained_window(config: Config, tagger: str, window: str) -> str:
    """Name the window of the models that score events in a ``window``."""
    return window if make_tagger(tagger, config.taggers[tagger]).traits.window else EVERYWHERE


def score(config: Config, search: str, tagger: str, window: str) -> Identity:
    """Identity of the scores and the selected events of one tagger in one window."""
    point, trained = point_settings(tagger, config.taggers[tagger]), trained_window(config, tagger, window)
    return _stage(
        "score",
        models=key(train(config, search, tagger, trained)),
        window=window,
        efficiency=config.taggers[tagger].get("efficiency"),
        **({"working_point": dict(point)} if point else {}),
    )


def hunt(config: Config, search: str, tagger: str, windows: tuple[str, ...]) -> Identity:
    """Identity of the fits, p-values and limits of one tagger."""
    return _stage(
        "hunt",
        scores=[key(score(config, search, tagger, window)) for window in windows],
        fit=asdict(config.fit),
        scan=asdict(config.scan),
        seed=config.seed,
    )


def used_samples(config: Config) -> list[str]:
    """Name the samples that some search uses, in the order of the configuration; a catalogue may have more."""
    used = {
        name
        for search, entry in config.searches.items()
        for name in (*entry.data, entry.signal, *_trained_with(config, search))
    }
    return [name for name in config.samples if name in used]


def report(config: Config) -> Identity:
    """Identity of the report: the whole configuration, every used input file and the versions of all stages."""
    inputs = {name: key(select(config, name)) for name in used_samples(config)}
    return _stage("report", config=config.plain(), inputs=inputs, versions=VERSION)


def input_files(config: Config, sample: str) -> tuple[str, ...]:
    """Expand the file names of a sample; ``CatalogueError`` names the sample when nothing matches."""
    try:
        return match(config.samples[sample].files)
    except CatalogueError as error:
        raise CatalogueError(f"samples.{sample}.files: {error}") from error


def _trained_with(config: Config, search: str) -> set[str]:
    """Name the samples that any tagger trains with in a search, besides data and signal."""
    return {
        name
        for tagger in config.taggers
        for names in trained_with(config, search, tagger).values()
        for name in names
    }


def _stage(name: str, **content: Any) -> Identity:
    return {"stage": name, "version": VERSION[name], **content}


def _file(name: str) -> Any:
    if "://" in name:
        return name
    status = Path(name).stat()
    return [name, status.st_size, status.st_mtime_ns]

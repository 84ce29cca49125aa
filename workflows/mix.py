"""Mixtures on the command line: which samples of a catalogue are mixed, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .config import ConfigError
from .display import bar, say, table


@dataclass(frozen=True)
class Signal:
    """A signal to hide, by name in the catalogue: ``events``, or a ``cross_section`` (fb) before the selection."""

    name: str | None = None
    events: int | None = None
    cross_section: float | None = None

    def __post_init__(self) -> None:
        """Refuse a signal without a strength, and a strength without a signal."""
        strengths = sum(value is not None for value in (self.events, self.cross_section))
        if strengths != (self.name is not None):
            raise ConfigError("a signal needs --signal NAME and one of --events and --cross-section")


def mix(
    source: Path,
    output: Path,
    luminosity: float,
    samples: Sequence[str],
    signal: Signal,
    processor: Any,
    seed: int,
    jobs: int,
) -> None:
    """Mix samples of a catalogue to a table and print what each contributes."""
    from ..analysis import mixture  # noqa: PLC0415  needs coffea
    from ..datasets.catalogue import read_catalogue  # noqa: PLC0415

    if source.is_dir():
        raise ConfigError(f"{source} is a folder; give the catalogue in it, {source / 'catalogue.toml'}")
    known = read_catalogue(source)
    chosen = [known[name] for name in _names(known, samples, source.parent)]
    hidden = None
    if signal.name is not None:
        _refuse_unknown(known, [signal.name], "signal")
        hidden = mixture.Hidden(known[signal.name], signal.events or 0, signal.cross_section)
    processor = _complete(processor, [*chosen, *([hidden.dataset] if hidden else [])])
    with bar("selecting", "events") as progress:
        shares = mixture.mix(
            output,
            chosen,
            luminosity,
            seed=seed,
            hidden=hidden,
            processor=processor,
            jobs=jobs,
            progress=progress,
        )
    columns = ["sample", "cross section after selection [fb]", "expected", "there", "drawn"]
    rows = [
        [n, f"{1000 * s.cross_section:.5g}", f"{s.expected:.1f}", s.available, s.drawn]
        for n, s in shares.items()
    ]
    table(f"{luminosity:g} fb-1", columns, rows)
    say(f"{sum(share.drawn for share in shares.values()):,} events in {output}")


def _names(known: Mapping[str, Any], samples: Sequence[str], folder: Path) -> list[str]:
    """Return the samples to mix: those asked for, or all backgrounds that the campaign meant for data."""
    from ..datasets.campaign_summary import roles  # noqa: PLC0415

    if samples:
        _refuse_unknown(known, samples, "sample")
        return list(samples)
    role = roles(folder)
    found = [n for n, d in known.items() if d.kind == "background" and role.get(n, "data") == "data"]
    if not found:
        raise ConfigError("no background of the catalogue is meant for data; name some with --samples")
    return found


def _complete(processor: Any, given: Sequence[Any]) -> Any:
    """Return the processor with the smallest m_jj from which on all samples are complete, unless it has a cut there.

    ``ConfigError`` when its cut is lower: a few events below the edge of a sample are stored too.
    """
    from ..analysis.processor import DijetProcessor  # noqa: PLC0415

    edges = {dataset.name: _edge(dataset.files[0]) for dataset in given}
    name, edge = max(edges.items(), key=lambda item: item[1])
    if not isinstance(processor, DijetProcessor) or not edge:
        return processor
    chosen = processor.selection.mjj_min
    if chosen is not None and chosen < edge:
        raise ConfigError(
            f"selection.mjj_min = {chosen:g}, but sample {name!r} is complete from {edge:g} GeV on; raise mjj_min"
        )
    if chosen is None:
        say(f"m_jj > {edge:g} GeV, from where on sample {name!r} is complete")
    selection = replace(processor.selection, mjj_min=edge if chosen is None else chosen)
    return DijetProcessor(selection, processor.quantities, processor.constituents, processor.corrections)


def _edge(file: str) -> float:
    """Return from which m_jj (GeV) on a simulated file is complete; 0 when it does not say so."""
    from ..datasets.error import FileError  # noqa: PLC0415
    from ..datasets.pfnano import read_provenance  # noqa: PLC0415

    try:
        return float(read_provenance(Path(file))["settings"]["cut"]["mjj_min"])
    except (FileError, KeyError):
        return 0.0


def _refuse_unknown(known: Mapping[str, Any], names: Sequence[str], kind: str) -> None:
    from ..datasets.error import UnknownNameError, unknown  # noqa: PLC0415

    for name in names:
        if name not in known:
            raise UnknownNameError(unknown(kind, name, known))

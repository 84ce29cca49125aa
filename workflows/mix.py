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

    ``ConfigError`` when one of its cuts is looser than a sample: a few events beyond the edges are stored too.
    """
    from ..analysis.processor import DijetProcessor  # noqa: PLC0415

    if not isinstance(processor, DijetProcessor):
        return processor
    made = {dataset.name: cut for dataset in given if (cut := _cut(dataset.files[0]))}
    selection = processor.selection
    if selection.mjj_min is None and made:
        name = max(made, key=lambda one: made[one].get("mjj_min", 0.0))
        selection = replace(selection, mjj_min=float(made[name].get("mjj_min", 0.0)))
        say(f"m_jj > {selection.mjj_min:g} GeV, from where on sample {name!r} is complete")
    for name, cut in made.items():
        _refuse_looser(selection, name, cut)
    return DijetProcessor(selection, processor.quantities, processor.constituents, processor.corrections)


def _refuse_looser(selection: Any, name: str, cut: Mapping[str, Any]) -> None:
    """Refuse a selection of events that a sample does not have; ``cut`` is that of the sample."""
    if "mjj_min" not in cut:
        raise ConfigError(f"sample {name!r} is one of single jets; mix samples of dijets")
    for key in ("mjj_min", "pt_min", "deta_min", "leading_pt_min"):
        chosen = getattr(selection, key) or 0.0
        if chosen < cut[key]:
            raise ConfigError(
                f"selection.{key} = {chosen:g}, but sample {name!r} is complete from {cut[key]:g} on; raise it"
            )
    high, chosen = cut["deta_max"], selection.deta_max
    if high is not None and (chosen is None or chosen > high):
        raise ConfigError(
            f"selection.deta_max = {chosen}, but sample {name!r} is complete up to {high:g}; lower it"
        )


def _cut(file: str) -> Mapping[str, Any]:
    """Return the cut that a simulated file is complete for; nothing when it does not say so."""
    from ..datasets.error import FileError  # noqa: PLC0415
    from ..datasets.pfnano import read_provenance  # noqa: PLC0415

    try:
        cut: Mapping[str, Any] = read_provenance(Path(file))["settings"]["cut"]
    except (FileError, KeyError):
        return {}
    return cut


def _refuse_unknown(known: Mapping[str, Any], names: Sequence[str], kind: str) -> None:
    from ..datasets.error import UnknownNameError, unknown  # noqa: PLC0415

    for name in names:
        if name not in known:
            raise UnknownNameError(unknown(kind, name, known))

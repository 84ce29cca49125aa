"""Mixtures: backgrounds drawn at a luminosity from larger simulated samples, as data would have them.

Of each sample a Poisson number of selected events is drawn without replacement, with probabilities that follow the
weights; drawn, each counts once. The draw depends on the seed and the identity of events alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isfinite, sqrt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets import case_writer, store
from ..datasets.atomic import make_folder, write_json
from ..datasets.catalogue import PB_PER_FB, Dataset
from ..datasets.column import TRUTH
from ..datasets.error import DataError
from ..datasets.fold import IDENTITY, sample_id
from ..datasets.hdf5 import SUFFIXES
from ..datasets.injection import Injection, expected_number, inject
from ..datasets.provenance import provenance
from ..datasets.table import FeatureTable
from .processor import DijetProcessor
from .selection import SampleFlow, configuration, labelled, write_selection
from .stream import Progress

MARGIN = 3.0
"""Standard deviations that are left for fluctuations when a luminosity is proposed."""

MOST = 1e15
"""More events are never there; numpy draws no number around 1e19."""


class MixtureError(DataError):
    """A mixture that cannot be drawn."""


@dataclass(frozen=True)
class Share:
    """What a sample contributes: its cross section after the selection (pb), events expected, there, and drawn."""

    cross_section: float
    expected: float
    available: int
    drawn: int


@dataclass(frozen=True)
class Hidden:
    """A signal to hide in the mixture: ``events`` of it, or as many as a ``cross_section`` (fb) before selection gives."""

    dataset: Dataset
    events: int = 0
    cross_section: float | None = None

    def __post_init__(self) -> None:
        """Refuse a cross section that is no number."""
        if self.cross_section is not None and not (isfinite(self.cross_section) and self.cross_section >= 0):
            raise MixtureError(f"cross section = {self.cross_section} fb; give 0 or a positive number")


@dataclass(frozen=True)
class _Selected:
    """A sample after the selection, on disk."""

    path: Path
    flow: SampleFlow


def mix(
    path: Path | str,
    backgrounds: Sequence[Dataset],
    luminosity: float,
    *,
    seed: int = 1,
    hidden: Hidden | None = None,
    processor: DijetProcessor | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> dict[str, Share]:
    """Write a mixture of backgrounds at a luminosity (fb-1), and of a signal, as a table (.parquet or .h5).

    ``processor`` says what is selected and computed, ``progress`` is called with the events read and their total, sample
    after sample. Numbers go beside the table, in ``<name>.mixture.json``. Returns the share of each sample, the signal
    last. ``MixtureError`` when a sample has no cross section or too few events; nothing is written then.
    """
    processor = processor or DijetProcessor()
    target = Path(path)
    given = [*backgrounds, *([hidden.dataset] if hidden else [])]
    _check(target, backgrounds, hidden, luminosity, processor)
    with _scratch(target) as scratch:
        selected = {
            d.name: _select(d, Path(scratch) / f"{i}.parquet", processor, jobs, progress)
            for i, d in enumerate(given)
        }
        chosen = {d.name: _draw(selected[d.name], luminosity, seed) for d in backgrounds}
        shares = {name: share for name, (share, _) in chosen.items()}
        pieces = [_pieces(selected[name].path, mask) for name, (_, mask) in chosen.items()]
        if hidden:
            injection, share = _inject(selected[hidden.dataset.name], hidden, luminosity, seed)
            shares[hidden.dataset.name] = share
            pieces.append(iter([injection.table]))
        made = {"mixture": {"luminosity": luminosity, "shares": {n: asdict(s) for n, s in shares.items()}}}
        made["selection"] = configuration(processor)
        inputs = {name: store.read_provenance(one.path)["inputs"][name] for name, one in selected.items()}
        label = labelled(store.read_provenance(one.path).get("label", "") for one in selected.values())
        record = provenance(made, {"mixture": seed}, inputs) | label
        _write(target, (piece for sample in pieces for piece in sample), record)
    write_json(target.with_suffix(".mixture.json"), {**made, "provenance": record})
    return shares


def draw(table: FeatureTable, number: int, seed: int) -> NDArray[np.bool_]:
    """Choose ``number`` events (n,) without replacement, with probabilities that are proportional to their weights.

    The events of smallest u / w are taken, u uniform by identity (sequential Poisson sampling, E. Ohlsson, J. Off. Stat.
    14 (1998) 149). ``MixtureError`` when weights are not positive, or when an event would have to be taken more than
    once.
    """
    weight = table["weight"]
    if number and not (weight > 0).all():
        raise MixtureError(
            f"{int((~(weight > 0)).sum())} events have weights that are not positive; they cannot be drawn"
        )
    if number > capacity(weight):
        raise MixtureError(f"{number} events asked for, {capacity(weight):.0f} can be drawn; ask for fewer")
    chosen = np.zeros(len(table), dtype=bool)
    order = np.argsort(table.uniform(f"mixture-{seed}") / weight, kind="stable")
    chosen[order[:number]] = True
    return chosen


def capacity(weight: NDArray[np.float64]) -> float:
    """Return how many events can be drawn such that none has to be taken twice: sum of weights over the largest.

    >>> capacity(np.array([1.0, 1.0, 2.0]))
    2.0
    """
    return float(weight.sum() / weight.max()) if len(weight) else 0.0


def _check(
    path: Path,
    backgrounds: Sequence[Dataset],
    hidden: Hidden | None,
    luminosity: float,
    processor: DijetProcessor,
) -> None:
    if path.suffix not in (".parquet", *SUFFIXES):
        raise MixtureError(f"{path}: a table is written as .parquet or .h5; give it one of these endings")
    if not (isfinite(luminosity) and luminosity > 0):
        raise MixtureError(f"luminosity = {luminosity:g}; give a positive number of fb-1")
    if getattr(processor, "rows", "events") != "events":
        raise MixtureError("a mixture is made of dijet events; leave [jets] out of the configuration")
    for dataset in backgrounds:
        if hidden and hidden.dataset.name == dataset.name:
            raise MixtureError(f"sample {dataset.name!r} is mixed and cannot be the signal too; name another")
        if dataset.kind == "data":
            raise MixtureError(f"sample {dataset.name!r} is recorded data; mix simulated samples")
        if dataset.cross_section is None:
            raise MixtureError(
                f"sample {dataset.name!r} has no cross section; add cross_section (pb) to the catalogue"
            )


def _scratch(target: Path) -> TemporaryDirectory[str]:
    """Make a folder beside the table for samples after the selection."""
    make_folder(target.parent)
    try:
        return TemporaryDirectory(dir=target.parent, prefix=f".{target.stem}.")
    except OSError as error:
        raise MixtureError(f"cannot write {target}: {error.strerror}; nothing was changed") from error


def _select(
    dataset: Dataset, path: Path, processor: DijetProcessor, jobs: int, progress: Progress | None
) -> _Selected:
    return _Selected(path, write_selection(path, [dataset], processor, jobs, progress)[dataset.name])


def _draw(selected: _Selected, luminosity: float, seed: int) -> tuple[Share, NDArray[np.bool_]]:
    """Draw the events of a background at a luminosity."""
    dataset = selected.flow.source.dataset
    table = store.read(selected.path, (*IDENTITY, "weight"))
    acceptance = selected.flow.acceptance
    if acceptance is None or dataset.cross_section is None:
        raise MixtureError(f"sample {dataset.name!r}: its files do not say how many events were generated")
    cross_section = dataset.cross_section * acceptance
    expected = cross_section * luminosity * PB_PER_FB
    number = int(np.random.default_rng([seed, int(sample_id(dataset.name))]).poisson(min(expected, MOST)))
    possible = capacity(table["weight"])
    if number > possible:
        raise MixtureError(_too_small(dataset.name, luminosity, number, expected, possible, len(table)))
    return Share(cross_section, expected, len(table), number), draw(table, number, seed)


def _too_small(
    name: str, luminosity: float, number: int, expected: float, possible: float, available: int
) -> str:
    largest = ((sqrt(MARGIN**2 + 4 * possible) - MARGIN) / 2) ** 2 * luminosity / expected
    weighted = "" if possible > available - 0.5 else f", of which {possible:.0f} can be drawn by weight"
    return (
        f"sample {name!r} is too small for {luminosity:g} fb-1: {number} events needed ({expected:.1f} expected), "
        f"{available} selected{weighted}; ask for at most {largest:.4g} fb-1 or simulate more"
    )


def _inject(selected: _Selected, hidden: Hidden, luminosity: float, seed: int) -> tuple[Injection, Share]:
    """Choose the signal events; none of the backgrounds can have one of them, since samples differ in name."""
    signal, flow = store.read(selected.path), selected.flow
    picobarn = None if hidden.cross_section is None else hidden.cross_section / PB_PER_FB
    expected = float(hidden.events)
    if picobarn is not None:
        generated = flow.source.generated
        expected = expected_number(signal, picobarn, luminosity, generated.sumw if generated else 0.0)
    injection = inject(signal.where(np.zeros(len(signal), dtype=bool)), signal, round(expected), seed)
    cross_section = expected / (luminosity * PB_PER_FB)
    return injection, Share(cross_section, expected, len(signal), injection.number)


def _pieces(path: Path, mask: NDArray[np.bool_]) -> Iterator[FeatureTable]:
    """Yield the chosen events of a stored table; each counts once."""
    start = 0
    for piece in store.iterate(path):
        chosen = piece.where(mask[start : start + len(piece)])
        start += len(piece)
        truth = chosen[TRUTH] if TRUTH in chosen else np.zeros(len(chosen), dtype=np.int8)
        yield chosen.with_columns(weight=np.ones(len(chosen)), truth=truth)


def _write(path: Path, pieces: Iterator[FeatureTable], record: Mapping[str, Any]) -> None:
    if path.suffix in SUFFIXES:
        case_writer.write(path, pieces, record)
    else:
        store.write(path, pieces, record)

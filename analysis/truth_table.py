"""What simulated files hold beside reconstructed jets, read for the events of a selection."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from multiprocessing import get_context
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets.catalogue import Dataset
from ..datasets.nanoaod import inspect, open_events
from ..datasets.table import FeatureTable
from ..selections.dijet import Dijet
from ..selections.region import JET_BRANCHES, DijetSelection
from . import generated_jet, prong, wide_jet

Columns = dict[str, NDArray[Any]]

WORK = 20_000
"""Events that are read at once."""


@dataclass(frozen=True)
class Reading:
    """How a sample is read: the kind of its events, the selection, and the radius of its jets."""

    kind: str
    selection: DijetSelection
    radius: float


def truth(
    dataset: Dataset,
    selection: DijetSelection,
    radius: float,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> FeatureTable:
    """Read the truth of the selected events of a sample, in their order.

    Returns the columns of ``generated_jet``, ``prong`` and ``wide_jet``; those are absent whose branches one of
    the files lacks. ``progress`` is called with the files done and their number.
    """
    reading = Reading(dataset.kind, selection, radius)
    pieces = []
    for piece in _pieces(dataset.files, reading, jobs):
        pieces.append(piece)
        if progress:
            progress(len(pieces), len(dataset.files))
    shared = set(pieces[0]).intersection(*pieces)
    return FeatureTable({name: np.concatenate([p[name] for p in pieces]) for name in sorted(shared)})


def measure(path: str, reading: Reading) -> Columns:
    """Read the truth of the selected events of one file."""
    file = inspect(path)
    starts = range(0, max(file.entries, 1), WORK)
    pieces = [_measure(path, reading, file.branches, start) for start in starts]
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}


def _measure(path: str, reading: Reading, branches: frozenset[str], start: int) -> Columns:
    wanted = {*reading.selection.branches(), *JET_BRANCHES, *(b for needs in _READ for b in needs)}
    events = open_events(path, wanted, start, start + WORK)
    cuts, pair = reading.selection.apply(events, reading.kind)
    pair = pair.where(cuts.all(*cuts.names)[pair.event])
    columns: Columns = {}
    for needs, read in _READ.items():
        if set(needs) <= branches:
            columns |= read(events, pair, reading)
    return columns


def _decays(events: Any, pair: Dijet, reading: Reading) -> Columns:
    return prong.decays(events, pair, reading.radius)


_READ: Mapping[Sequence[str], Callable[[Any, Dijet, Reading], Columns]] = {
    JET_BRANCHES: lambda events, pair, _: wide_jet.wide_dijets(events, pair),
    generated_jet.BRANCHES: lambda events, pair, _: generated_jet.generated_jets(events, pair),
    (generated_jet.FLAVOUR,): lambda events, pair, _: generated_jet.flavours(events, pair),
    prong.BRANCHES: _decays,
}


def _pieces(files: Sequence[str], reading: Reading, jobs: int) -> Iterator[Columns]:
    with _workers(min(jobs, len(files))) as each:
        yield from each(measure, files, repeat(reading))


@contextmanager
def _workers(jobs: int) -> Iterator[Callable[..., Iterator[Columns]]]:
    if jobs <= 1:
        yield map
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield partial(pool.map)

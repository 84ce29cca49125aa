"""Which events of a sample train, validate and calibrate the models of a cross-fitted tagger."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from ..datasets.table import FeatureTable
from ..datasets.window import SIGNAL_REGION, Window
from .base import Sample, Source, Tagger
from .blind import REGION, view
from .error import TrainingError

PRIOR = "prior"
OUTER, INNER = "outer", "inner"
LEAST_SPLITS = 4


@dataclass(frozen=True)
class Division:
    """Outer folds by the identity of the events, and inner folds of the events outside of an outer fold.

    Every table that it returns shows the ``tagger`` only what it may see. There are as many inner
    folds as ``members``, at least four; member i is validated on the i-th.
    """

    tagger: Tagger
    folds: int
    members: int

    def outer(self, table: FeatureTable) -> NDArray[np.int64]:
        """Return the outer fold of each event (n,)."""
        return table.fold(self.folds, OUTER)

    def training(self, sample: Sample, fold: int, member: int) -> Sample:
        """Return what one member of the models of ``fold`` is trained on.

        ``TrainingError`` when a declared sample was not given or a region has no event.
        """
        background = self._simulated(sample, "background", fold, member)
        signal = self._simulated(sample, "signal", fold, member)
        priors = self._simulated(sample, "priors", fold, member)
        region = self.tagger.traits.region
        data = sample.data if region == "signal" else self._given(sample, region)
        training, validation = self._parts(data, fold, member)
        part = Sample(
            data=self._seen(sample, "data", data.where(training)),
            validation=self._seen(sample, "data", data.where(validation)),
            background=background[0],
            signal=signal[0],
            window=sample.window,
            background_validation=background[1],
            signal_validation=signal[1],
            priors=priors[0],
            priors_validation=priors[1],
        )
        if self.tagger.traits.window and "data" in self.tagger.traits.trains_on:
            for what, table in (("training", part.data), ("validation", part.validation)):
                _require_regions(table, f"{what} of fold {fold}, member {member}", sample.window)
        return part

    def held_out(self, sample: Sample, fold: int) -> FeatureTable:
        """Return the events of ``fold`` in ``sample.data``, only those in sidebands for a tagger with windows.

        ``TrainingError`` when a tagger with windows has no sideband event in the fold.
        """
        scored = sample.data.where(self.outer(sample.data) == fold)
        table = view(scored, self.tagger, sample.window, self.tagger.scored_by)
        if not self.tagger.traits.window:
            return table
        sidebands = table.where(table[REGION] != SIGNAL_REGION)
        if not len(sidebands):
            raise TrainingError(
                f"{_named(sample.window)}, fold {fold}: no sideband events to calibrate scores with; "
                "give more events or fewer folds"
            )
        return sidebands

    def _parts(
        self, table: FeatureTable, fold: int, member: int
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Say which events of a table train a member, and which validate it."""
        validated = table.fold(max(self.members, LEAST_SPLITS), INNER) == member
        outside = self._outside(table, fold)
        return outside & ~validated, outside & validated

    def _outside(self, table: FeatureTable, fold: int) -> NDArray[np.bool_]:
        if not self.tagger.traits.folds:
            return np.ones(len(table), dtype=np.bool_)
        return np.not_equal(self.outer(table), fold)

    def _seen(self, sample: Sample, source: Source, events: FeatureTable) -> FeatureTable:
        if source not in self.tagger.traits.trains_on:
            return FeatureTable({})
        seen = view(events, self.tagger, sample.window)
        return seen.with_columns(prior=events[PRIOR]) if PRIOR in events else seen

    def _given(self, sample: Sample, name: str) -> FeatureTable:
        table: FeatureTable | None = getattr(sample, name)
        if table is None:
            raise TrainingError(f"tagger {self.tagger.name} trains on {name}; give Sample.{name}")
        return table

    def _simulated(
        self, sample: Sample, source: Source, fold: int, member: int
    ) -> tuple[FeatureTable, FeatureTable] | tuple[None, None]:
        if source not in self.tagger.traits.trains_on:
            return None, None
        table = self._given(sample, source)
        training, validation = (table.where(rows) for rows in self._parts(table, fold, member))
        return self._seen(sample, source, training), self._seen(sample, source, validation)


def unit_seed(seed: int, window: Window | None, fold: int, *member: int) -> int:
    """Derive the seed of a unit from the root ``seed``, the edges of the window, fold and member; that of a fold without one."""
    edges = [] if window is None else [(window.low, window.high), *window.sidebands]
    digest = blake2b(np.asarray(edges, dtype="<f8").tobytes(), digest_size=4).digest()
    key = int.from_bytes(digest, "little")
    return int(np.random.SeedSequence(seed, spawn_key=(key, fold, *member)).generate_state(1, np.uint64)[0])


def _require_regions(table: FeatureTable | None, what: str, window: Window | None) -> None:
    regions = np.zeros(0) if table is None else table[REGION]
    signal = int(np.count_nonzero(regions == SIGNAL_REGION))
    if not 0 < signal < len(regions):
        raise TrainingError(
            f"{_named(window)}, {what}: {signal} events in the signal region and {len(regions) - signal} "
            "in the sidebands; both are needed: give more events, fewer folds, or another window"
        )


def _named(window: Window | None) -> str:
    return (
        "no window"
        if window is None
        else f"window {window.name or '?'} [{window.low:g}, {window.high:g}) GeV"
    )

"""Pseudo-experiments: the whole search, from training to fit, on data without or with a known signal."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from .. import bumphunt as bh
from ..datasets.atomic import read_json, write_json
from ..datasets.column import TRUTH
from ..datasets.provenance import configuration_hash, provenance
from ..datasets.table import FeatureTable
from ..taggers.base import Run
from ..taggers.crossfit import CrossFit, CrossFitModel
from ..taggers.selector import Selector
from . import plan
from .hidden import Others, columns, digest, halves, hide, own_seed, read_others, sample, table
from .hunt import Hunt, selected_spectra, signal_shares
from .point import make_point, point_settings, selects_in_windows
from .pseudo_data import Smooth, imagine
from .training import fractions, make_crossfit, scores


@dataclass(frozen=True)
class PseudoExperiments:
    """Which searches are made, on what.

    ``pool``: feature tables of simulated background. ``signal``: one of a resonance of ``mass`` (GeV). ``windows``: names of mass
    windows. ``hunt``: how spectra are fitted. ``events``: mean number of background events in the range of the fits. There are
    ``experiments`` for each of the ``windows``, ``taggers`` (settings by name, as in a search) and numbers of hidden
    signal events, ``injected``; background and seeds are the same for all of them. ``folds``, ``members``: of the
    cross-fitting. ``spread``: how far, relative to its mass, the features of an event come from. ``others``: tables that
    some taggers train with besides.
    """

    pool: tuple[Path, ...]
    signal: Path
    mass: float
    windows: tuple[str, ...]
    hunt: Hunt
    events: int
    taggers: Mapping[str, Mapping[str, Any]]
    injected: tuple[int, ...] = (0,)
    experiments: int = 50
    folds: int = 5
    members: int = 4
    spread: float = 0.0
    seed: int = 1
    others: Others = field(default_factory=Others)

    def trials(self, folder: Path) -> list[Trial]:
        """List all searches, those of one tagger together."""
        return [
            Trial(self, folder, window, tagger, injected, experiment)
            for window in self.windows
            for injected in self.injected
            for tagger in self.taggers
            for experiment in range(self.experiments)
        ]

    def crossfit(self, tagger: str, experiment: int) -> CrossFit:
        """Return the plan of the training in an experiment."""
        seed = own_seed(self.seed, experiment)
        return make_crossfit(tagger, self.taggers[tagger], seed, self.folds, self.members)

    def selected_in(self, tagger: str, window: str) -> str:
        """Name the window in which events are selected: the given one, or none for a tagger without windows."""
        return window if selects_in_windows(tagger, self.taggers[tagger]) else plan.EVERYWHERE

    def point(self, tagger: str, window: str, seed: int) -> Selector:
        """Make the working point of a tagger in a window, as a search does."""
        return make_point(tagger, self.taggers[tagger], self.selected_in(tagger, window), self.folds, seed)

    def tables(self, tagger: str) -> tuple[Path, ...]:
        """List the tables that a tagger is given: the pool, the signal, and others that it trains with."""
        others = self.others.of(self.crossfit(tagger, 0))
        return (*self.pool, *self.signals(), *(path for paths in others.values() for path in paths))

    def signals(self) -> tuple[Path, ...]:
        """List the tables of signals."""
        return (self.signal,)

    def backgrounds(self) -> tuple[Path, ...]:
        """List the tables of background, which must not share events."""
        return (*self.pool, *self.others.backgrounds())

    def columns(self, tagger: str) -> tuple[str, ...]:
        """Name the columns of a table that a tagger is trained and tested with."""
        return columns(self.crossfit(tagger, 0))

    def read(self, paths: tuple[Path, ...], tagger: str) -> FeatureTable:
        """Read what a tagger is trained and tested with."""
        return table(paths, self.columns(tagger))

    def identity(self, tagger: str) -> dict[str, Any]:
        """Return all that decides the searches of a tagger, but for window, signal events and number."""
        made, names = self.crossfit(tagger, 0), self.columns(tagger)
        tables = {"pool": self.pool, "hidden": (self.signal,), **self.others.of(made)}
        return {
            "tables": {kind: [digest(path, names) for path in paths] for kind, paths in tables.items()},
            "hunt": asdict(self.hunt),
            "tagger": {"name": made.tagger.name, **made.tagger.parameters},
            "selection": {
                "efficiency": self.taggers[tagger].get("efficiency"),
                "working_point": dict(point_settings(tagger, self.taggers[tagger]) or {}),
            },
            **{name: getattr(self, name) for name in ("mass", "events", "folds", "spread", "seed")},
            "members": made.members,
        }


@dataclass(frozen=True)
class Trial:
    """The search with one tagger in one window of one pseudo-experiment."""

    study: PseudoExperiments
    folder: Path
    window: str
    tagger: str
    injected: int
    experiment: int
    size: int = field(default=1, init=False)

    @property
    def title(self) -> str:
        """What the trial is called in messages."""
        return f"{self.tagger}, {self.window}, {self.injected} signal events, experiment {self.experiment}"

    @property
    def place(self) -> Path:
        """The file of the result."""
        key = configuration_hash(self.study.identity(self.tagger))
        return self.folder / "trials" / key / self.window / str(self.injected) / f"{self.experiment}.json"

    def data(self) -> tuple[FeatureTable, FeatureTable]:
        """Return the data of the experiment with signal hidden in them, and the signal that was not."""
        study = self.study
        signal, pool = study.read((study.signal,), self.tagger), study.read(study.pool, self.tagger)
        rng = np.random.default_rng([study.seed, self.experiment])
        masses = _smooth(study.pool, study.hunt).draw(study.events, rng)
        background = imagine(pool, masses, study.spread, rng)
        return hide(background, signal, self.injected, f"pseudo {study.seed} {self.experiment}")


def run_trial(trial: Trial, note: Callable[[int], None] | None = None) -> None:
    """Train all folds, score, select and fit, and write the result; it has no points where a spectrum is too thin for a fit."""
    study, begin = trial.study, time.process_time()
    data, left = trial.data()
    training, unseen = halves(left)
    model = _train(trial, data, training, unseen)
    point, selected = _select(trial, model, data)
    spectra = selected_spectra(selected, point.categories, study.hunt)
    signal = data[TRUTH] == 1
    result = {
        **{name: getattr(trial, name) for name in ("window", "tagger", "injected", "experiment")},
        "events": len(data),
        "selected": int(sum(spectrum.total for spectrum in spectra)),
        "counts": [[int(n) for n in spectrum.counts] for spectrum in spectra],
        "signal_selected": int(np.sum(selected["category"][signal] >= 0)),
        "fractions": fractions(_labelled(trial, selected.where(~signal))),
        "points": _scan(trial, spectra, _shares(trial, model, point, unseen), left),
        "cpu_seconds": time.process_time() - begin,
        "provenance": provenance(
            study.identity(trial.tagger), {"experiment": own_seed(study.seed, trial.experiment)}, {}
        ),
    }
    write_json(trial.place, result)
    if note is not None:
        note(1)


def results(study: PseudoExperiments, folder: Path) -> list[dict[str, Any]]:
    """Read the results of all searches that are done."""
    done = [trial for trial in study.trials(folder) if trial.place.exists()]
    return [read_json(trial.place) | {"tagger": trial.tagger} for trial in done]


def pool_error(study: PseudoExperiments) -> float:
    """Return how far the mean of r may be off because all pseudo-experiments share one pool: √(events / those of the pool).

    This is for a selection that is the same in all of them and no ``spread``; the events of the pool are those in the range of the fit.
    """
    mjj = table(study.pool, ("mjj",))["mjj"]
    low, high = study.hunt.edges[0], study.hunt.edges[-1]
    return float(np.sqrt(study.events / np.count_nonzero((mjj >= low) & (mjj < high))))


def _train(trial: Trial, data: FeatureTable, signal: FeatureTable, unseen: FeatureTable) -> CrossFitModel:
    study, made = trial.study, trial.study.crossfit(trial.tagger, trial.experiment)
    window = plan.find(trial.window) if made.tagger.traits.window else None
    others = read_others(made, study.others, study.columns(trial.tagger))
    given = sample(made, data, signal, [data, unseen], others, window)
    return made.fit(given, Run(device="auto", scratch=trial.folder / "scratch"))


def _select(trial: Trial, model: CrossFitModel, data: FeatureTable) -> tuple[Selector, FeatureTable]:
    """Return the fitted working point, and the scored data with their categories."""
    study = trial.study
    scored = scores(study.selected_in(trial.tagger, trial.window), model, data)
    point = study.point(trial.tagger, trial.window, model.crossfit.seed).fit(scored)
    return point, scored.with_columns(category=point.select(scored))


def _labelled(trial: Trial, selected: FeatureTable) -> FeatureTable:
    """Return events with their regions in the window of the trial."""
    return selected.with_columns(region=plan.region(trial.window, selected["mjj"]))


def _shares(trial: Trial, model: CrossFitModel, point: Selector, signal: FeatureTable) -> tuple[float, ...]:
    """Return which part of a signal that no model has seen falls into each category."""
    if point.categories == 1:
        return (1.0,)
    window = trial.study.selected_in(trial.tagger, trial.window)
    return signal_shares(point.select(scores(window, model, signal)), point.categories)


def _scan(
    trial: Trial, spectra: list[bh.Spectrum], shares: tuple[float, ...], signal: FeatureTable
) -> list[dict[str, Any]]:
    hunt = trial.study.hunt
    shape = hunt.shape(signal["mjj"], trial.study.mass)
    masses = plan.masses(trial.window, *hunt.scan_range)
    try:
        scan = bh.scan([(masses, spectra)], hunt.background, shape, hunt.narrowing, shares)
    except bh.FitRangeError:
        return []
    return [point.as_dict() for point in scan.points]


@lru_cache(maxsize=2)
def _smooth(pool: tuple[Path, ...], hunt: Hunt) -> Smooth:
    mjj = np.asarray(table(pool, ("mjj",))["mjj"], dtype=np.float64)
    return Smooth.fit(mjj, np.asarray(hunt.edges), hunt.background)

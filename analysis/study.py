"""Trainings of taggers with more and less signal hidden in the same background, and how good each turned out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..datasets.atomic import read_json, write_json
from ..datasets.column import TRUTH
from ..datasets.fold import IDENTITY
from ..datasets.provenance import configuration_hash, provenance
from ..datasets.table import FeatureTable, Floats
from ..datasets.window import OUTSIDE, SIGNAL_REGION, Window
from ..taggers.base import Run
from ..taggers.crossfit import CrossFit
from ..taggers.ensemble import Ensemble, ensemble
from ..taggers.metric import area, max_sic, sic_at_background, sic_at_signal, sic_curve
from ..taggers.roc import roc
from .hidden import Others, columns, digest, halves, hide, own_seed, read_others, sample, table
from .training import make_crossfit

FOLDS = 5
EFFICIENCIES = np.linspace(0.02, 1.0, 50)
"""Signal efficiencies at which the SIC of a trial is kept."""
SIC_AT_BACKGROUND = (1e-2, 1e-3)
SIC_AT_SIGNAL = 0.2

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Study:
    """Which taggers are trained, and on what.

    ``background``, ``signal``: feature tables. ``others``: those that some taggers train with besides. ``window``: the signal region with its sidebands, in GeV.
    ``tested``: tables of other signals that each training is tested with. ``injected``: numbers of signal events at all masses. For each of them and of the ``taggers`` (settings by name, as in a search)
    there are ``trainings``, each with other signal events, another seed and another outer fold. ``members``: models of each,
    unless the tagger says otherwise. ``noise``: quantities of noise that every jet is given, ``noise0`` and so on.
    """

    background: Path
    signal: Path
    window: Window
    injected: tuple[int, ...]
    taggers: Mapping[str, Settings]
    trainings: int = 10
    members: int = 4
    seed: int = 1
    others: Others = field(default_factory=Others)
    noise: int = 0
    tested: tuple[Path, ...] = ()

    def trials(self, folder: Path) -> list[Trial]:
        """List all trainings: those of a tagger together, since the next one may use what it leaves in the scratch."""
        return [
            Trial(self, folder, tagger, injected, training)
            for injected in self.injected
            for tagger in self.taggers
            for training in range(self.trainings)
        ]

    def crossfit(self, tagger: str, training: int) -> CrossFit:
        """Return the plan of a training; its seed is the same for all taggers."""
        return make_crossfit(tagger, self.taggers[tagger], own_seed(self.seed, training), FOLDS, self.members)

    def tables(self, tagger: str) -> tuple[Path, ...]:
        """List the tables that a tagger is given: background, signals, and others that it trains with."""
        others = self.others.of(self.crossfit(tagger, 0))
        return (self.background, *self.signals(), *(path for paths in others.values() for path in paths))

    def signals(self) -> tuple[Path, ...]:
        """List the tables of signals that trainings are tested with; the first is the one that is hidden in background."""
        return (self.signal, *self.tested)

    def backgrounds(self) -> tuple[Path, ...]:
        """List the tables of background, which must not share events."""
        return (self.background, *self.others.backgrounds())

    def columns(self, tagger: str) -> tuple[str, ...]:
        """Name the columns of a table that a tagger is trained and tested with, but for the noise."""
        return columns(self.crossfit(tagger, 0), self.noise)

    def read(self, path: Path, tagger: str) -> FeatureTable:
        """Read what a tagger is trained and tested with, noise included."""
        return table((path,), self.columns(tagger), self.noise)

    def identity(self, tagger: str) -> dict[str, Any]:
        """Return all that decides the trials of a tagger, but for their number and that of the signal events."""
        plan, names = self.crossfit(tagger, 0), self.columns(tagger)
        tables = {"data": (self.background,), "hidden": (self.signal,), **self.others.of(plan)}
        if self.tested:
            tables["tested"] = self.tested
        return {
            "tables": {kind: [digest(path, names) for path in paths] for kind, paths in tables.items()},
            "window": asdict(self.window),
            "tagger": {"name": plan.tagger.name, **plan.tagger.parameters},
            "members": plan.members,
            "seed": self.seed,
            "noise": self.noise,
        }


@dataclass(frozen=True)
class Trial:
    """A training of a tagger, all members of one outer fold, and its test on events that it has not seen."""

    study: Study
    folder: Path
    tagger: str
    injected: int
    training: int
    size: int = field(default=1, init=False)

    @property
    def title(self) -> str:
        """What the trial is called in messages."""
        return f"{self.tagger}, {self.injected} signal events, training {self.training}"

    @property
    def place(self) -> Path:
        """The file of the result."""
        key = configuration_hash(self.study.identity(self.tagger))
        return self.folder / "trials" / key / str(self.injected) / f"{self.training}.json"

    @property
    def fold(self) -> int:
        """The outer fold that is tested."""
        return self.training % FOLDS

    def data(self) -> tuple[FeatureTable, FeatureTable]:
        """Return background with signal hidden in it, and the signal that was not; both have a column truth."""
        study = self.study
        background, signal = (study.read(path, self.tagger) for path in (study.background, study.signal))
        return hide(background, signal, self.injected, f"study {study.seed} {self.training}")

    def tested(self) -> list[FeatureTable]:
        """Return events of the other signals that the training is tested with."""
        return [halves(self.study.read(path, self.tagger))[1] for path in self.study.tested]


def run_trial(trial: Trial, note: Callable[[int], None] | None = None) -> None:
    """Train and test, and write the result.

    Background in the signal region and in the outer fold of the trial is told from half of the signal there that was
    not hidden, and from half of each other signal that is tested. The other halves are for taggers that train on signals.
    """
    study, begin = trial.study, time.process_time()
    plan = study.crossfit(trial.tagger, trial.training)
    data, left = trial.data()
    if "signal" not in plan.tagger.traits.trains_on:
        left = left.only({*plan.tagger.scored_by, *IDENTITY, "mjj", TRUTH})
    training, unseen = halves(left)
    signals = [unseen, *trial.tested()]
    model = _train(trial, plan, data, training, [data, *signals])
    seconds = time.process_time() - begin

    def score(table: FeatureTable) -> Floats:
        inside = study.window.region(table["mjj"]) == SIGNAL_REGION
        return model.score(table.only(plan.tagger.scored_by).where(inside))

    background = score(data.where((plan.division.outer(data) == trial.fold) & (data[TRUTH] == 0)))
    main, *others = (measure(background, score(signal)) for signal in signals)
    result = {
        **{name: getattr(trial, name) for name in ("tagger", "injected", "training")},
        **_counts(study.window, data),
        **main,
        "tested": others,
        "cpu_seconds": seconds,
        "provenance": provenance(study.identity(trial.tagger), {"training": plan.seed}, {}),
    }
    write_json(trial.place, result)
    if note is not None:
        note(1)


def measure(background: Floats, signal: Floats) -> dict[str, Any]:
    """Return AUC, the largest SIC, SIC at fixed efficiencies, and the curve of the SIC of scores (n,) and (m,), as JSON holds them."""
    curve = roc(np.concatenate([background, signal]), np.repeat([0, 1], [len(background), len(signal)]))
    at_background = {f"{eps:g}": sic_at_background(curve, eps) for eps in SIC_AT_BACKGROUND}
    at_signal = sic_at_signal(curve, SIC_AT_SIGNAL)
    return {
        "auc": area(curve),
        "max_sic": max_sic(curve).value,
        "sic_at_background": {eps: found and found.value for eps, found in at_background.items()},
        "sic_at_signal": None if at_signal.bound else at_signal.value,
        "sic": [float(v) if np.isfinite(v) else None for v in sic_curve(curve, EFFICIENCIES)],
    }


def results(study: Study, folder: Path) -> list[dict[str, Any]]:
    """Read the results of all trials that are done."""
    done = [trial for trial in study.trials(folder) if trial.place.exists()]
    return [read_json(trial.place) | {"tagger": trial.tagger} for trial in done]


def _train(
    trial: Trial, plan: CrossFit, data: FeatureTable, signal: FeatureTable, tested: Sequence[FeatureTable]
) -> Ensemble:
    study = trial.study
    others = read_others(plan, study.others, study.columns(trial.tagger), study.noise)
    given = sample(plan, data, signal, tested, others, study.window)
    fold = trial.fold if plan.tagger.traits.folds else 0
    run = Run(device="auto", scratch=trial.folder / "scratch")
    models = [plan.fit_unit(given, *unit, run) for unit in plan.units() if unit[0] == fold]
    return ensemble(models).calibrate(plan.division.held_out(given, trial.fold))


def _counts(window: Window, data: FeatureTable) -> dict[str, int]:
    """Count signal and background in the signal region, and sideband events."""
    region = window.region(data["mjj"])
    inside = region == SIGNAL_REGION
    return {
        "signal": int(np.sum(inside & (data[TRUTH] == 1))),
        "background": int(np.sum(inside & (data[TRUTH] == 0))),
        "sidebands": int(np.sum(~inside & (region != OUTSIDE))),
    }

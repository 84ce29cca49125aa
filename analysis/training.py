"""Training and scoring as stages: models of one outer fold, and the score of every event in one window."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from ..datasets.atomic import write_json
from ..datasets.column import JETS
from ..datasets.fold import IDENTITY
from ..datasets.provenance import provenance
from ..datasets.store import read, write
from ..datasets.table import FeatureTable, Floats
from ..datasets.window import HIGH_SIDEBAND, LOW_SIDEBAND, OUTSIDE, SIGNAL_REGION
from ..taggers import registry
from ..taggers import store as models
from ..taggers.base import Run, Sample, Tagger
from ..taggers.crossfit import CrossFit, CrossFitModel
from ..taggers.division import unit_seed
from ..taggers.quantile_slice import PART
from ..taggers.selector import AbsoluteThreshold, FixedEfficiency, Selector
from ..taggers.workingpoint import working_point
from . import diagnosis, mock, plan
from .independence import read_background, read_priors

RESERVED = ("tagger", "preset", "efficiency", "working_point", "members")
SUMMARY = "score.json"
POINT = "point.npz"
ANY_EFFICIENCY = 0.5
"""Stands for that of a window while a configuration is checked."""
SCRATCH = "scratch"
FAR_OFF = 2.0
"""Factor between the share that a cut selects and the one it should, from which on there is a warning."""
REGIONS = {"low": LOW_SIDEBAND, "signal": SIGNAL_REGION, "high": HIGH_SIDEBAND}


@dataclass(frozen=True)
class Setup:
    """One tagger in one window of one search: what to train, on which data, and how it is divided.

    ``settings`` are those of the configuration: hyperparameters beside tagger, preset, efficiency, working_point
    and members.
    ``background`` are tables of simulated background by sample, for a tagger that trains on it, ``deta_sideband`` such of data with
    a large ``|delta eta|``, ``priors`` such of signals.
    """

    name: str
    settings: Mapping[str, Any]
    window: str
    data: Path
    seed: int
    folds: int
    members: int
    background: Mapping[str, Path] = field(default_factory=dict)
    deta_sideband: Mapping[str, Path] = field(default_factory=dict)
    priors: Mapping[str, Path] = field(default_factory=dict)

    @property
    def crossfit(self) -> CrossFit:
        """The plan of the training."""
        return make_crossfit(self.name, self.settings, self.seed, self.folds, self.members)

    def trained_folds(self) -> list[int]:
        """List the outer folds that have a training."""
        return sorted({fold for fold, _ in self.crossfit.units()})

    def sample(self) -> Sample:
        """Read what the training needs; the signal is that which was not injected."""
        tagger, data = self.crossfit.tagger, self.data / mock.DATA
        names = sorted({*tagger.inputs, *IDENTITY, "mjj"})
        return Sample(
            data=read(data, names),
            background=read_background(self.background, data, names),
            deta_sideband=read_background(self.deta_sideband, data, names, "deta_sideband"),
            priors=read_priors(self.priors, (data, self.data / mock.SIGNAL), names),
            signal=read(self.data / mock.SIGNAL, names) if "signal" in tagger.traits.trains_on else None,
            window=plan.find(self.window),
        )


def make_tagger(name: str, settings: Mapping[str, Any]) -> Tagger:
    """Make the tagger that a section of the configuration describes; its working point must make sense too."""
    working_point(settings.get("working_point"), settings.get("efficiency", ANY_EFFICIENCY))
    parameters = {key: value for key, value in settings.items() if key not in RESERVED}
    return registry.make(settings.get("tagger", name), parameters, settings.get("preset"))


def make_crossfit(name: str, settings: Mapping[str, Any], seed: int, folds: int, members: int) -> CrossFit:
    """Return the plan of the training of a tagger with ``settings``; ``members`` is for those that do not say otherwise."""
    tagger = make_tagger(name, settings)
    members = settings.get("members", tagger.models_per_fold or members)
    return CrossFit(tagger, seed=seed, folds=folds, members=members)


def train_fold(setup: Setup, fold: int, folder: Path, record: Path) -> None:
    """Train the models of one outer fold, save each in a folder of its own under ``folder``, and write ``record``."""
    crossfit, sample = setup.crossfit, setup.sample()
    units = [unit for unit in crossfit.units() if unit[0] == fold]
    for unit in units:
        start = time.perf_counter()
        run = Run(
            seed=unit_seed(setup.seed, sample.window, *unit),
            device="auto",
            scratch=folder.parent.parent / SCRATCH,
        )
        model = crossfit.fit_unit(sample, *unit, run)
        seconds = time.perf_counter() - start
        training = models.Training.of(sample, run, fold=unit[0], member=unit[1], seconds=seconds)
        models.save(unit_folder(folder, *unit), model, training)
    write_json(record, {"units": units})


def unit_folder(folder: Path, fold: int, member: int) -> Path:
    """Return where the model of a unit is saved."""
    return folder / f"fold{fold}" / f"member{member}"


def score_window(setup: Setup, trained: Path, point: Selector, folder: Path) -> None:
    """Score data and signal, select at the working ``point`` (fixed on sidebands by default), and summarise.

    Writes ``data.parquet`` and ``signal.parquet`` with columns mjj, score, region, fold and category (row by row
    as in the tables that were scored), what the working point decided as ``point.npz``, ``diagnosis.npz`` and ``score.json``.
    """
    crossfit, names = setup.crossfit, sorted({*setup.crossfit.tagger.inputs, *IDENTITY, "mjj"})
    sample = Sample(read(setup.data / mock.DATA, names), window=plan.find(setup.window))
    trained_units = {unit: models.load(unit_folder(trained, *unit)) for unit in crossfit.units()}
    model = crossfit.assemble(trained_units, sample)
    signal = read(setup.data / mock.SIGNAL, sample.data.columns)
    scored = {
        name: scores(setup.window, model, table)
        for name, table in ((mock.DATA, sample.data), (mock.SIGNAL, signal))
    }
    point = point.fit(scored[mock.DATA])
    record = provenance(
        {
            "tagger": model.crossfit.tagger.parameters,
            "efficiency": point.nominal,
            "working_point": {"kind": type(point).__name__, **point.description},
            "window": setup.window,
        },
        {"training": setup.seed},
        {"data": sample.data.digest(), "signal": signal.digest()},
    )
    selected = {name: t.with_columns(category=point.select(t)) for name, t in scored.items()}
    for name, table in selected.items():
        write(folder / name, table, record)
    found = diagnosis.diagnose(model, sample.data, selected[mock.DATA]["region"], setup.seed)
    for name, arrays in ((diagnosis.ARRAYS, found), (POINT, point.state())):
        diagnosis.write(folder / name, arrays)
    summary = _summary(setup, point, selected[mock.DATA], selected[mock.SIGNAL])
    write_json(folder / SUMMARY, summary | {"diagnosis": diagnosis.summary(found)})


def scores(window: str, model: CrossFitModel, table: FeatureTable) -> FeatureTable:
    """Return m_jj, score, region, fold and further quantities of each event, what a working point is determined by."""
    found = dict(model.evaluate(table))
    score = found.pop("score").astype(np.float64)
    return FeatureTable(
        {
            "mjj": table["mjj"].astype(np.float64),
            "score": score,
            "region": plan.region(window, table["mjj"]),
            "fold": model.fold(table),
            PART: table.uniform(PART),
            **{f"{name}_score" if name in JETS else name: values for name, values in found.items()},
        }
    )


def _summary(setup: Setup, point: Selector, data: FeatureTable, signal: FeatureTable) -> dict[str, Any]:
    inside = data["region"] != OUTSIDE
    correlation = (
        spearmanr(data["score"][inside], data["mjj"][inside]).statistic if np.ptp(data["score"]) else 0.0
    )
    return {
        "window": setup.window,
        "efficiency": point.nominal,
        "categories": point.categories,
        "nominals": list(point.nominals),
        **point.description,
        "selected": int(np.sum(data["category"] >= 0)),
        "fractions": fractions(data),
        "signal_efficiency": float(np.mean(signal["category"] >= 0)) if len(signal) else None,
        "correlation": float(correlation),
        "warnings": [*_thin_sidebands(setup, point, data), *_missed(setup, point)],
    }


def _thin_sidebands(setup: Setup, point: Selector, data: FeatureTable) -> list[str]:
    """Say where the cut of a fold rests on less than one event of a sideband."""
    if plan.find(setup.window) is None or type(point) is not FixedEfficiency:
        return []
    counts = {"low": np.sum(data["region"] == LOW_SIDEBAND), "high": np.sum(data["region"] == HIGH_SIDEBAND)}
    return [
        f"window {setup.window}: the {side} sideband has {n} events, so that the cut of each of {setup.folds} folds "
        f"rests on {point.nominal * n / setup.folds:.1f} of them; treat this window with care"
        for side, n in counts.items()
        if point.nominal * n < setup.folds
    ]


def _missed(setup: Setup, point: Selector) -> list[str]:
    """Say where events are so few, or so many scores equal, that no working point selects what it should."""
    if isinstance(point, AbsoluteThreshold):
        return []
    shares = np.reshape(point.achieved, (-1, point.categories))
    return [
        f"window {setup.window}{place}: a share of {off} is selected in place of {nominal:.2g}: "
        "there are few events, or scores are equal; give more events"
        for category, nominal in enumerate(point.nominals)
        for place in ["" if point.categories == 1 else f", category {category}"]
        if (off := _far_off(shares[:, category], nominal))
    ]


def _far_off(shares: Floats, nominal: float) -> str:
    """List the ``shares`` (folds,) that are not near to the ``nominal`` one; of a single one the fold is not named."""
    return ", ".join(
        f"{share:.2g} (fold {fold})" if len(shares) > 1 else f"{share:.2g}"
        for fold, share in enumerate(shares)
        if not nominal / FAR_OFF < share < nominal * FAR_OFF
    )


def fractions(data: FeatureTable) -> dict[str, float | None]:
    """Return the selected fraction of the events below, in and above the signal region, None without events."""
    selected = {name: data["category"][data["region"] == region] >= 0 for name, region in REGIONS.items()}
    return {name: float(np.mean(rows)) if len(rows) else None for name, rows in selected.items()}

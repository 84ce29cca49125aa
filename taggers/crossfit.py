"""Cross-fitting: every event is scored by models that were not trained on it (arXiv:1902.02634)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ..datasets.table import Array, FeatureTable
from .base import Run, Sample, Tagger, nest, unnest
from .blind import check_inputs, inputs_of
from .division import Division, unit_seed
from .ensemble import Ensemble, ensemble
from .error import ParameterError, TrainingError

_DEFAULT_RUN = Run()

Unit = tuple[int, int]


@dataclass(frozen=True)
class CrossFit:
    """The plan of a cross-fitted training of one tagger.

    The events are divided in ``folds`` outer folds by their identity. For each of them ``members`` models are
    trained on the events of the other folds, each with another inner fold (at least four of them) for
    validation. One such training is a unit; units are independent of each other and of their order.
    Simulated samples are divided in the same way. A tagger whose traits say ``folds=False`` is trained on
    all events, and only calibrated fold by fold; one that trains on nothing has a single unit.

    ``seed`` is the root of the seeds of all units.
    """

    tagger: Tagger
    _: KW_ONLY
    seed: int
    folds: int = 5
    members: int = 4

    def __post_init__(self) -> None:
        """Refuse impossible divisions, and taggers that ask for what they must not see."""
        for name, least in (("folds", 2), ("members", 1), ("seed", 0)):
            value = getattr(self, name)
            if type(value) is not int or value < least:
                raise ParameterError(f"CrossFit: {name} is {value!r}; allowed: whole numbers from {least} on")
        check_inputs(self.tagger)

    @property
    def division(self) -> Division:
        """Which events are used for what."""
        return Division(self.tagger, self.folds, self.members)

    def units(self) -> list[Unit]:
        """List the trainings to be done as (fold, member)."""
        traits = self.tagger.traits
        folds = self.folds if traits.folds else 1
        members = self.members if traits.trains_on else 1
        return list(product(range(folds), range(members)))

    def fit(self, sample: Sample, run: Run = _DEFAULT_RUN) -> CrossFitModel:
        """Train all units one after the other and assemble them; ``run.progress`` is told of each."""
        units = self.units()
        models = {}
        for done, unit in enumerate(units, start=1):
            models[unit] = self.fit_unit(sample, *unit, replace(run, progress=None))
            if run.progress is not None:
                run.progress(done, len(units))
        return self.assemble(models, sample)

    def fit_unit(self, sample: Sample, fold: int, member: int, run: Run = _DEFAULT_RUN) -> Tagger:
        """Train one unit: one batch job.

        The seed is that of the unit, whatever ``run.seed`` is. ``TrainingError`` when the unit does not exist,
        when the tagger trains on a sample that was not given, or when a region has no event.
        """
        if (fold, member) not in self.units():
            raise TrainingError(f"no unit (fold {fold}, member {member}); allowed: {self.units()}")
        seed, fold_seed = (unit_seed(self.seed, sample.window, *unit) for unit in ((fold, member), (fold,)))
        run = replace(run, seed=seed, fold_seed=fold_seed)
        return self.tagger.fit(self.division.training(sample, fold, member), run)

    def assemble(self, models: Mapping[Unit, Tagger], sample: Sample) -> CrossFitModel:
        """Join the trained units, and calibrate each fold with its own events of ``sample.data``.

        Those events were seen by none of the fold's models. ``TrainingError`` lists units that are missing.
        """
        missing = sorted(set(self.units()) - set(models))
        if missing:
            raise TrainingError(f"units {missing} (fold, member) are missing; train them first")
        calibrated = [
            ensemble(group).calibrate(self.division.held_out(sample, fold))
            for fold, group in enumerate(self._groups(models))
        ]
        return CrossFitModel(self, tuple(calibrated))

    def restore(self, state: Mapping[str, Array]) -> CrossFitModel:
        """Return the model that had this ``state``."""
        groups = self._groups(dict.fromkeys(self.units(), self.tagger))
        models = [ensemble(group).restore(unnest(f"fold{fold}", state)) for fold, group in enumerate(groups)]
        return CrossFitModel(self, tuple(models))

    def _groups(self, models: Mapping[Unit, Tagger]) -> list[list[Tagger]]:
        last = max(fold for fold, _ in self.units())
        return [
            [models[unit] for unit in self.units() if unit[0] == min(fold, last)]
            for fold in range(self.folds)
        ]


@dataclass(frozen=True)
class CrossFitModel:
    """Calibrated models, one for each outer fold, that score as one.

    An event is scored by the model of its own fold, which has not seen it, simulated signal included. Its
    score depends on itself alone.
    """

    crossfit: CrossFit
    models: tuple[Ensemble, ...]

    def fold(self, table: FeatureTable) -> NDArray[np.int64]:
        """Return the outer fold of each event (n,), which the working point is determined by."""
        return self.crossfit.division.outer(table)

    def score(self, table: FeatureTable) -> NDArray[np.float64]:
        """Score events (n,) from the columns of ``crossfit.tagger.scored_by`` and their identity."""
        names = self.crossfit.tagger.scored_by
        return self._gathered(table, names, lambda model, events, _: {"score": model.score(events)})[
            "score"
        ].astype(np.float64)

    def diagnostics(self, table: FeatureTable) -> dict[str, Array]:
        """Return the further quantities of the tagger, each (n, ...), every event from its own fold."""
        tagger = self.crossfit.tagger
        return self._gathered(table, tagger.scored_by, lambda model, events, _: model.diagnostics(events))

    def evaluate(self, table: FeatureTable) -> dict[str, Array]:
        """Return the ``score`` and the `diagnostics` of events, each (n, ...), of one evaluation of their models."""
        tagger = self.crossfit.tagger
        return self._gathered(table, tagger.scored_by, lambda model, events, _: model.evaluate(events))

    def imitate(self, table: FeatureTable, seed: int) -> dict[str, Array]:
        """Draw background at the m_jj of events, each by the model of its fold; features by name, each (n,)."""
        tagger = self.crossfit.tagger
        return self._gathered(
            table, tagger.inputs, lambda model, events, fold: model.imitate(events, seed + fold)
        )

    @property
    def history(self) -> dict[str, Array]:
        """The histories of all units, named ``fold0/member0/...``."""
        return nest(
            {
                f"fold{fold}/member{i}": member.history
                for fold, model in enumerate(self.models)
                for i, member in enumerate(model.members)
            }
        )

    def state(self) -> dict[str, Array]:
        """Return the states of all folds."""
        return nest({f"fold{fold}": model.state() for fold, model in enumerate(self.models)})

    def _gathered(
        self,
        table: FeatureTable,
        names: frozenset[str],
        ask: Callable[[Ensemble, FeatureTable, int], Mapping[str, Array]],
    ) -> dict[str, Array]:
        """Ask the model of each fold about its events, and put the answers (n, ...) in the order of the table."""
        events, fold_of = inputs_of(table, self.crossfit.tagger, names), self.fold(table)
        found: dict[str, Array] = {}
        for fold, model in enumerate(self.models):
            rows = np.flatnonzero(fold_of == fold)
            for name, values in ask(model, events.where(rows), fold).items():
                shape = (len(table), *values.shape[1:])
                found.setdefault(name, np.empty(shape, values.dtype))[rows] = values
        return found

"""Several trainings of one method that score together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self, TypeVar

import numpy as np

from ..datasets.table import Array, FeatureTable, Floats
from .base import Run, Sample, Tagger, Traits, nest, unnest
from .error import ParameterError
from .jet import Jets, JetTagger

T = TypeVar("T", bound=Tagger)


@dataclass(frozen=True, kw_only=True)
class Ensemble(Tagger):
    """Taggers of equal hyperparameters whose scores are averaged."""

    name: ClassVar[str] = "ensemble"
    members: tuple[Tagger, ...]

    def __post_init__(self) -> None:
        """Refuse an ensemble of none."""
        super().__post_init__()
        if not self.members:
            raise ParameterError("an ensemble needs at least one member; got none")

    @property
    def traits(self) -> Traits:
        """The traits of the members."""
        return self.members[0].traits

    @property
    def inputs(self) -> frozenset[str]:
        """The inputs of the members."""
        return self.members[0].inputs

    @property
    def scored_by(self) -> frozenset[str]:
        """The columns that the members score by."""
        return self.members[0].scored_by

    @property
    def parameters(self) -> dict[str, Any]:
        """The hyperparameters of the members."""
        return self.members[0].parameters

    def fit(self, sample: Sample, run: Run) -> Self:
        """Return an ensemble whose members were all trained on ``sample``, each with a seed of its own."""
        members = zip(self.members, member_runs(run, len(self.members)), strict=True)
        return replace(self, members=tuple(member.fit(sample, own) for member, own in members))

    def calibrate(self, held_out: FeatureTable) -> Self:
        """Return an ensemble of calibrated members."""
        return replace(self, members=tuple(member.calibrate(held_out) for member in self.members))

    def score(self, table: FeatureTable) -> Floats:
        """Return the mean score of the members (n,)."""
        scores: Floats = np.mean([member.score(table) for member in self.members], axis=0)
        return scores

    def imitate(self, table: FeatureTable, seed: int) -> Mapping[str, Array]:
        """Draw background, that of equally many events by each member."""
        share = np.random.default_rng(seed).permutation(len(table)) % len(self.members)
        drawn: dict[str, Array] = {}
        for i, (member, run) in enumerate(
            zip(self.members, member_runs(Run(seed=seed), len(self.members)), strict=True)
        ):
            for name, values in member.imitate(table.where(share == i), run.seed).items():
                drawn.setdefault(name, np.empty(len(table), values.dtype))[share == i] = values
        return drawn

    def diagnostics(self, table: FeatureTable) -> Mapping[str, Array]:
        """Return the mean of each quantity that the members have."""
        return _mean([member.diagnostics(table) for member in self.members])

    def evaluate(self, table: FeatureTable) -> Mapping[str, Array]:
        """Return the mean score of the members and the means of their diagnostics."""
        return _mean([member.evaluate(table) for member in self.members])

    def state(self) -> dict[str, Array]:
        """Return the states of all members."""
        return nest({f"member{i}": member.state() for i, member in enumerate(self.members)})

    def restore(self, state: Mapping[str, Array]) -> Self:
        """Return the ensemble that had this ``state``."""
        return replace(self, members=_restored(self.members, state))


@dataclass(frozen=True, kw_only=True)
class JetEnsemble(JetTagger, Ensemble):
    """Jet taggers whose outputs are averaged jet by jet, before ranks are taken and jets combined."""

    name: ClassVar[str] = "jet_ensemble"
    members: tuple[JetTagger, ...]

    @property
    def ranking(self) -> bool:  # type: ignore[override]
        """Whether the outputs of the members are ranked before they are combined."""
        return self.members[0].ranking

    def jets(self, table: FeatureTable) -> Jets:
        """Collect what the members need."""
        return self.members[0].jets(table)

    def fit(self, sample: Sample, run: Run) -> Self:
        """Return an ensemble whose members were all trained on ``sample``, each with a seed of its own."""
        return Ensemble.fit(self, sample, run)

    def fit_jets(self, training: Jets, validation: Jets | None, run: Run) -> Self:
        """Return an ensemble whose members were all trained on the same jets."""
        members = zip(self.members, member_runs(run, len(self.members)), strict=True)
        return replace(self, members=tuple(m.fit_jets(training, validation, own) for m, own in members))

    def score_jets(self, jets: Jets) -> Floats:
        """Return the mean output of the members for each jet (n, 2)."""
        outputs: Floats = np.mean([member.score_jets(jets) for member in self.members], axis=0)
        return outputs

    def state(self) -> dict[str, Array]:
        """Return the states of all members and the rank transforms."""
        return Ensemble.state(self) | self.rank_state()

    def restore(self, state: Mapping[str, Array]) -> Self:
        """Return the ensemble that had this ``state``."""
        return replace(self, members=_restored(self.members, state)).restore_ranks(state)


def ensemble(members: Sequence[Tagger]) -> Ensemble:
    """Join taggers of one method: jet by jet when they are jet taggers, else by their scores."""
    jet_taggers = tuple(member for member in members if isinstance(member, JetTagger))
    if jet_taggers and len(jet_taggers) == len(members):
        return JetEnsemble(members=jet_taggers, combine=jet_taggers[0].combine)
    return Ensemble(members=tuple(members))


def member_runs(run: Run, n: int) -> list[Run]:
    """Derive a run for each of ``n`` members, which differ in their seeds."""
    seeds = [
        np.random.SeedSequence(run.seed, spawn_key=(i,)).generate_state(1, np.uint64)[0] for i in range(n)
    ]
    return [replace(run, seed=int(seed)) for seed in seeds]


def _mean(found: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    return {name: np.mean([each[name] for each in found], axis=0) for name in found[0]}


def _restored(members: tuple[T, ...], state: Mapping[str, Array]) -> tuple[T, ...]:
    return tuple(member.restore(unnest(f"member{i}", state)) for i, member in enumerate(members))

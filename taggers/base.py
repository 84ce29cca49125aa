"""The contract of a tagger: what it declares, what it is given, and what it returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from ..datasets.table import Array, FeatureTable
from ..datasets.window import Window
from .error import NotFittedError
from .hyperparameter import Hyperparameters

Source = Literal["data", "background", "signal", "priors"]
OTHERS = {
    "background": "simulated background that is independent of the data",
    "deta_sideband": "data with a large |delta eta|",
    "priors": "signals that anomalies are expected to be like",
}
"""What taggers train with besides data and signal, by the fields of `Sample`."""


@dataclass(frozen=True)
class Traits:
    """What a method is, for those who train it without knowing it.

    ``level``: one score per jet that is then combined, or one per event. ``region``: the ``|delta eta|`` region
    whose events it trains on. ``window``: it is trained for one signal region in m_jj and is told on which
    side of it an event lies. ``folds``: it trains on events like those it scores and must be cross-fitted.
    ``trains_on``: the samples it may see; empty for a method that does not train. ``sidebands``: the events outside
    of the signal region that it trains on, the "neighbours" that the window names or its whole "complement".
    """

    level: Literal["jet", "event"]
    region: Literal["signal", "deta_sideband"]
    window: bool
    folds: bool
    trains_on: frozenset[Source]
    sidebands: Literal["neighbours", "complement"] = "neighbours"

    @property
    def others(self) -> frozenset[str]:
        """What it trains with besides data and signal, by the fields of `Sample`."""
        return (self.trains_on | {self.region}) & frozenset(OTHERS)


@dataclass(frozen=True)
class Sample:
    """The events for a training: ``data`` with everything else optional.

    ``background``, ``signal`` and ``priors`` are simulated; ``priors`` are signals that anomalies are expected to be like,
    with a column ``prior`` that numbers them. ``validation``, ``background_validation``, ``signal_validation`` and ``priors_validation`` are events of the same kinds that decide when to stop. ``window`` is the signal region
    with its sidebands. ``deta_sideband`` are data with a large ``|delta eta|``, which take the place of ``data`` in the training of
    methods whose traits say so; such a method finds them as ``data``.
    """

    data: FeatureTable
    validation: FeatureTable | None = None
    background: FeatureTable | None = None
    signal: FeatureTable | None = None
    window: Window | None = None
    background_validation: FeatureTable | None = None
    signal_validation: FeatureTable | None = None
    priors: FeatureTable | None = None
    priors_validation: FeatureTable | None = None
    deta_sideband: FeatureTable | None = None


@dataclass(frozen=True)
class Run:
    """Where and how a training runs; what is learned is decided by the seeds, and up to rounding by device and threads.

    ``device`` is "cpu", "cuda", or "auto": networks are trained on a GPU where there is one, trees never.
    ``fold_seed`` is the same for all models of an outer fold, for what they have in common.
    ``threads`` is the number of threads of one training; ``progress`` is called with (done, total); ``scratch`` is a
    folder in which parts of trainings are kept, so that they need not be done again.
    """

    seed: int = 0
    fold_seed: int = 0
    device: str = "cpu"
    threads: int = 1
    progress: Callable[[int, int], None] | None = None
    scratch: Path | None = None

    @property
    def place(self) -> str:
        """The device on which networks are trained, "cpu" or "cuda"."""
        if self.device != "auto":
            return self.device
        import torch  # noqa: PLC0415  trees need none

        return "cuda" if torch.cuda.is_available() else "cpu"

    def split(self, n: int) -> list[Run]:
        """Derive a run for each of ``n`` parts of a training, which differ in their seeds; of more parts, the first are the same."""
        seeds = np.random.SeedSequence(self.seed).generate_state(n) >> 1
        return [replace(self, seed=int(seed)) for seed in seeds]


def learned(empty: Callable[[], Any]) -> Any:
    """Declare a field that training fills, ``empty()`` before: no hyperparameter, not printed or compared."""
    return field(default_factory=empty, init=False, repr=False, compare=False)


@dataclass(frozen=True, kw_only=True)
class Tagger(Hyperparameters, ABC):
    """A method that gives each event one number, higher for more anomalous.

    A subclass is a frozen, keyword-only dataclass. Its fields are its hyperparameters, plain values that JSON
    can hold, with their published or recommended defaults; fields made by `learned` hold what training found.
    Methods never change the object: they return another one. ``presets`` names sets of hyperparameters;
    ``working_point`` is the one that a search uses where none is configured, such as
    ``{"kind": "absolute", "threshold": 0.5}``; empty for the efficiency of each mass window. ``models_per_fold`` is the number of
    models in each outer fold where none is configured; None for that of the search.
    """

    name: ClassVar[str]
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = MappingProxyType({})
    working_point: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    models_per_fold: ClassVar[int | None] = None
    history: Mapping[str, Array] = learned(dict)

    @property
    @abstractmethod
    def traits(self) -> Traits:
        """What the method is; a class attribute in most taggers."""

    @property
    @abstractmethod
    def inputs(self) -> frozenset[str]:
        """Names of the columns that training and scoring read; never ``truth``."""

    @property
    def scored_by(self) -> frozenset[str]:
        """Names of the columns that scoring and calibration read, where these are not all `inputs`."""
        return self.inputs

    @property
    def parameters(self) -> dict[str, Any]:
        """The hyperparameters by name, as JSON holds them."""
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self) if f.init}

    @abstractmethod
    def fit(self, sample: Sample, run: Run) -> Self:
        """Return a tagger trained on ``sample``; the same ``run.seed`` gives the same tagger.

        When ``traits.window`` is true, the tables have a column ``region`` (-1 sideband below, 0 signal region,
        1 sideband above) instead of m_jj.
        """

    def calibrate(self, held_out: FeatureTable) -> Self:  # noqa: ARG002
        """Return a tagger whose score is put on a common scale with events that it was not trained on.

        ``held_out`` are events of the fold that will be scored, only those in sidebands when ``traits.window``
        is true. By default nothing is needed.
        """
        return self

    @abstractmethod
    def score(self, table: FeatureTable) -> NDArray[Any]:
        """Score events: (n,), finite, higher is more anomalous; each independent of the others in the table.

        ``NotFittedError`` when the tagger has not been trained.
        """

    def diagnostics(self, table: FeatureTable) -> Mapping[str, Array]:  # noqa: ARG002
        """Return further quantities per event by name, for plots; by default none."""
        return {}

    def evaluate(self, table: FeatureTable) -> Mapping[str, Array]:
        """Return the ``score`` and all `diagnostics` of events (n,), at once where that is cheaper."""
        return {"score": self.score(table), **self.diagnostics(table)}

    def imitate(self, table: FeatureTable, seed: int) -> Mapping[str, Array]:  # noqa: ARG002
        """Draw what a method takes for background at the m_jj of events: features by name, each (n,); by default none.

        The table has the `inputs`. The names are those that `dijethunt.taggers.feature.values` makes of columns.
        """
        return {}

    @abstractmethod
    def state(self) -> Mapping[str, Array]:
        """Return all that was learned, history included, as numeric arrays by name."""

    @abstractmethod
    def restore(self, state: Mapping[str, Array]) -> Self:
        """Return a trained tagger with these hyperparameters and a ``state`` saved before."""

    def learn(self, **found: Any) -> Self:
        """Return a copy with fields made by `learned` set to what training found."""
        tagger = copy(self)
        for key, value in found.items():
            object.__setattr__(tagger, key, value)
        return tagger

    def unfitted(self) -> NotFittedError:
        """Word the error for a score that is asked before training."""
        return NotFittedError(
            f"tagger {self.name} has not been trained; call fit(sample, run), which returns a trained one, "
            "or load a saved model"
        )


def nest(parts: Mapping[str, Mapping[str, Array]]) -> dict[str, Array]:
    """Join the arrays of all parts; the name of its part and a slash come before that of each."""
    return {f"{part}/{name}": values for part, arrays in parts.items() for name, values in arrays.items()}


def unnest(prefix: str, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Return the arrays whose names begin with ``prefix/``, without it.

    >>> sorted(unnest("j1", {"j1/loss": 0, "j1/gain": 1, "j2/loss": 2}))
    ['gain', 'loss']
    """
    start = f"{prefix}/"
    return {name.removeprefix(start): values for name, values in arrays.items() if name.startswith(start)}


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, tuple) else value

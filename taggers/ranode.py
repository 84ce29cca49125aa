"""R-ANODE: the density of what the signal region has beyond the background (arXiv:2312.11629)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
from scipy.optimize import minimize_scalar

from ..datasets.table import Array, FeatureTable, Floats
from .base import Run, Sample, learned, nest
from .density_ratio import DensityRatio
from .flow import Flow
from .vector import Vector
from .watch import Learned

HELD_OUT = 0.2
LARGEST_LOG = 50.0


@dataclass(frozen=True, kw_only=True)
class RAnode(DensityRatio):
    """The logarithm of p_signal / p_background, p_signal from what data have beyond the background (arXiv:2312.11629).

    The density of background is that of the sidebands and stays as it is. A second flow, the density of signal, is
    learned from the data of the signal region by the likelihood of w p_signal + (1 - w) p_background. The density of
    signal knows no m_jj: were it to know it, it would make a peak of any background. ``mass`` is explained in `DensityRatio`.

    ``fraction``: the fraction w in training. The score hardly depends on it: with one that is too large p_signal has a part
    of the background in it. The fraction that fits the held-out events best is kept in the history, for each resampling.
    ``resamplings``: densities of signal, each trained on four fifths of the events and stopped by the others; their
    mean is used.
    ``signal_epochs``, ``signal_batch``, ``signal_step``: schedule of the density of signal, of which the best epoch is
    kept. Its flow is like that of background, explained in `Interpolation`.
    """

    name: ClassVar[str] = "ranode"

    fraction: float = 0.01
    resamplings: int = 5
    signal_epochs: int = 40
    signal_batch: int = 512
    signal_step: float = 2e-3
    signal: Array = learned(lambda: np.empty((0, 0), dtype=np.float32))  # noqa: RUF009

    def __post_init__(self) -> None:
        """Refuse hyperparameters that cannot be used."""
        super().__post_init__()
        self.require("fraction", 0 < self.fraction < 1, "between 0 and 1")
        self.require("signal_step", self.signal_step > 0, "above 0")
        for name, least in (("resamplings", 1), ("signal_epochs", 1), ("signal_batch", 2)):
            self.require(name, getattr(self, name) >= least, f"at least {least}")

    @property
    def signal_flow(self) -> Flow:
        """The flow of signal before training."""
        flow = self.flow
        schedule = replace(
            flow.schedule, epochs=self.signal_epochs, batch=self.signal_batch, step=self.signal_step, kept=1
        )
        return replace(flow, conditions=0, schedule=schedule)

    def fit(self, sample: Sample, run: Run) -> Self:
        """Return a tagger with both densities; ``TrainingError`` without events in the signal region."""
        middle = self.window(sample).middle
        outer, inner = run.split(2)
        background, history = self.fit_background(sample, outer)
        features, mjj = background.inside(self.signal_region(sample.data, sample.validation))
        known = background.log_density(features, mjj)
        x = background.preparation.forward(features)
        found = [self._resample(x, known, one) for one in inner.split(self.resamplings)]
        history |= nest({f"signal{i}": one.history for i, (one, _) in enumerate(found)})
        history["fraction"] = np.array([fraction for _, fraction in found])
        signal = np.concatenate([one.models for one, _ in found])
        return self.learn(background=background, signal=signal, middle=np.array([middle]), history=history)

    def score(self, table: FeatureTable) -> Floats:
        """Return log p_signal - log p_background of each event (n,)."""
        x = self.prepared(table)
        return np.asarray(self._log_signal(self.signal, x) - self.log_density(self.fitted(), x, table))

    def state(self) -> dict[str, Array]:
        """Return both densities and the losses."""
        return self.background_state() | {"signal": self.signal, "middle": self.middle}

    def restore(self, state: Mapping[str, Array]) -> Self:
        """Return the tagger that had this ``state``."""
        return self.restore_background(state).learn(signal=state["signal"], middle=state["middle"])

    def _resample(self, x: Floats, known: Floats, run: Run) -> tuple[Learned, float]:
        """Learn the density of signal from a random part of prepared events; return it with the fraction of signal."""
        aside = np.random.default_rng(run.seed).random(len(x)) < HELD_OUT
        held_out = x[aside], known[aside]
        found = self.signal_flow.fit_excess(x[~aside], known[~aside], held_out, self.fraction, run)
        return found, best_fraction(self._log_signal(found.models, x[aside]) - known[aside])

    def _log_signal(self, models: Vector, x: Floats) -> Floats:
        return self.signal_flow.log_density(models, x, np.empty((len(x), 0)))


def best_fraction(log_ratio: Floats) -> float:
    """Return the fraction w of signal of largest likelihood, for events with log(p_signal / p_background) (n,)."""
    ratio = np.expm1(np.minimum(log_ratio, LARGEST_LOG))
    found = minimize_scalar(
        lambda w: -np.mean(np.log1p(w * ratio)), bounds=(0.0, 1.0 - 1e-9), method="bounded"
    )
    return float(found.x)

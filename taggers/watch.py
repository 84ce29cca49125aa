"""The losses of a training, epoch by epoch, and the best of its models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, isfinite

import numpy as np
from numpy.typing import NDArray

from ..datasets.table import Array
from .base import nest, unnest
from .error import TrainingError
from .schedule import Schedule
from .vector import Vector


@dataclass(frozen=True)
class Learned:
    """The parameters of the epochs that were kept (K, P), best first, and the losses of all epochs, each (epochs,)."""

    models: Vector
    loss: NDArray[np.float64]
    validation: NDArray[np.float64]

    @property
    def history(self) -> dict[str, NDArray[np.float64]]:
        """The losses by name."""
        return {"loss": self.loss, "validation": self.validation}


@dataclass
class Watch:
    """The losses of the epochs, and the parameters of the best."""

    schedule: Schedule
    loss: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    best: list[tuple[float, Vector]] = field(default_factory=list)

    def saw(self, model: Vector, loss: float, validation: float | None) -> None:
        """Take note of an epoch; ``TrainingError`` when its training loss is not finite."""
        if not isfinite(loss):
            raise TrainingError(
                f"the training loss is {loss} in epoch {len(self.loss) + 1}: it diverged; make the steps shorter than "
                f"{self.schedule.step:g}, or look for events with extreme values"
            )
        self.loss.append(loss)
        score = loss if validation is None else validation if isfinite(validation) else inf
        self.validation += [] if validation is None else [score]
        if len(self.best) < self.schedule.kept or score <= self.best[-1][0]:
            self.best = sorted([(score, model), *self.best], key=lambda found: found[0])
            del self.best[self.schedule.kept :]

    def over(self) -> bool:
        """Say whether all epochs are done, or the watched loss has not become smaller for too long."""
        if not self.loss:
            return False
        losses = self.validation if self.schedule.watched == "validation" and self.validation else self.loss
        waited = len(losses) - 1 - int(np.argmin(losses))
        patience = self.schedule.patience
        return len(self.loss) == self.schedule.epochs or (patience is not None and waited >= patience)

    def state(self) -> dict[str, Array]:
        """Return all that was seen, as arrays by name."""
        scores, models = zip(*self.best, strict=True)
        return {
            "loss": np.asarray(self.loss),
            "validation": np.asarray(self.validation),
            "scores": np.asarray(scores),
            "models": np.stack(models),
        }

    def restore(self, state: Mapping[str, Array]) -> None:
        """Go back to a ``state``."""
        self.loss, self.validation = state["loss"].tolist(), state["validation"].tolist()
        self.best = list(zip(state["scores"].tolist(), state["models"], strict=True))

    def learned(self) -> Learned:
        """Return the best models and the losses; ``TrainingError`` when no validation loss is finite."""
        if self.best[0][0] == inf:
            raise TrainingError(
                f"the validation loss is finite in none of {len(self.loss)} epochs; look for events with extreme values"
            )
        models = np.stack([model for score, model in self.best if score < inf])
        return Learned(models, np.asarray(self.loss), np.asarray(self.validation))


class Watches:
    """A `Watch` for each of the networks that are trained side by side."""

    def __init__(self, schedule: Schedule, n: int) -> None:
        self._each = [Watch(schedule) for _ in range(n)]

    @property
    def epochs(self) -> int:
        """The number of epochs that are done."""
        return max(len(watch.loss) for watch in self._each)

    def over(self) -> bool:
        """Say whether all are."""
        return all(watch.over() for watch in self._each)

    def saw(self, models: Vector, losses: Sequence[float], validation: Sequence[float] | None) -> None:
        """Take note of an epoch of those that are not over: ``models`` (S, P) and their losses (S,)."""
        aside: Sequence[float | None] = validation or [None] * len(losses)
        for watch, *epoch in zip(self._each, models, losses, aside, strict=True):
            if not watch.over():
                watch.saw(*epoch)

    def state(self) -> dict[str, Array]:
        """Return all that was seen, as arrays by name."""
        return nest({str(i): watch.state() for i, watch in enumerate(self._each)})

    def restore(self, state: Mapping[str, Array]) -> None:
        """Go back to a ``state``."""
        for i, watch in enumerate(self._each):
            watch.restore(unnest(str(i), state))

    def learned(self) -> list[Learned]:
        """Return what each network learned; ``TrainingError`` when it has no finite validation loss."""
        return [watch.learned() for watch in self._each]

"""How a torch model is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LEAST_BATCH = 16


@dataclass(frozen=True)
class Schedule:
    """How long and in which steps a model is trained by Adam.

    ``batch``: events in one step, fewer (down to 16) where that makes less than ``least_steps`` in an epoch;
    ``step``: its length (the learning rate), ``betas`` and ``decay`` (of the weights) as
    in Adam. With ``anneal`` steps become shorter as half a
    cosine, down to none after the last epoch.
    ``patience``: epochs without a smaller loss of ``watched`` after which training stops, None for never.
    ``clip``: largest norm of the derivatives in one step, None for any.
    ``kept``: number of epochs that are kept, those with the least validation loss (training loss without validation).
    """

    epochs: int
    batch: int
    step: float
    betas: tuple[float, float] = (0.9, 0.999)
    decay: float = 0.0
    anneal: bool = False
    patience: int | None = None
    watched: Literal["training", "validation"] = "validation"
    kept: int = 1
    least_steps: int = 1
    clip: float | None = None

    def size(self, n: int) -> int:
        """Return the number of events in one step of a training with ``n``."""
        return min(self.batch, max(LEAST_BATCH, n // self.least_steps))

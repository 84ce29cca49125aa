"""The state of a training on disk, from which one that was interrupted goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from ..datasets.table import Array
from .base import nest, unnest
from .scratch import read, write

EVERY = 60.0
"""Least time between two writings, in seconds."""


@dataclass
class Checkpoint:
    """A ``module`` in training with its optimiser and the random numbers, as they are after an epoch.

    The file is ``path``; without one nothing is written.
    """

    path: Path | None
    module: torch.nn.Module
    adam: torch.optim.Optimizer
    written: float = field(default_factory=time.monotonic)

    def save(self, others: Callable[[], Mapping[str, Array]]) -> None:
        """Write the state, and ``others`` with it, if the last time was long enough ago."""
        if self.path is not None and time.monotonic() - self.written >= EVERY:
            write(self.path, self._state() | nest({"others": others()}))
            self.written = time.monotonic()

    def resume(self) -> dict[str, Array] | None:
        """Go back to the state that was written and return the others; None where there is none."""
        found = None if self.path is None else read(self.path)
        if found is None:
            return None
        self._restore(found)
        return unnest("others", found)

    def remove(self) -> None:
        """Remove the file: the training is done."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)

    def _state(self) -> dict[str, Array]:
        moments: dict[str, torch.Tensor] = {
            f"{i}/{name}": value
            for i, own in self.adam.state_dict()["state"].items()
            for name, value in own.items()
        }
        parts = {"module": self.module.state_dict(), "adam": moments, "random": self._random()}
        arrays = {
            name: {key: value.cpu().numpy() for key, value in part.items()} for name, part in parts.items()
        }
        return nest(arrays) | {"step": np.array(self.adam.param_groups[0]["lr"])}

    def _random(self) -> dict[str, torch.Tensor]:
        gpu = next(self.module.parameters()).is_cuda
        return {"cpu": torch.get_rng_state()} | ({"cuda": torch.cuda.get_rng_state()} if gpu else {})

    def _restore(self, found: Mapping[str, Array]) -> None:
        module, moments, random = (_tensors(name, found) for name in ("module", "adam", "random"))
        self.module.load_state_dict(module)
        own: dict[int, dict[str, torch.Tensor]] = {}
        for name, value in moments.items():
            own.setdefault(int(name.partition("/")[0]), {})[name.partition("/")[2]] = value
        self.adam.load_state_dict({**self.adam.state_dict(), "state": own})
        self.adam.param_groups[0]["lr"] = float(found["step"])
        torch.set_rng_state(random["cpu"])
        if "cuda" in random:
            torch.cuda.set_rng_state(random["cuda"])


def _tensors(prefix: str, found: Mapping[str, Array]) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(np.array(values)) for name, values in unnest(prefix, found).items()}

"""The hyperparameters of methods with flows."""

from __future__ import annotations

from dataclasses import dataclass

from .flow import Flow
from .hyperparameter import Hyperparameters
from .schedule import Schedule

LEAST = {"flow_depth": 0, "flow_bins": 0, "flow_decay": 0, "flow_batch": 2} | dict.fromkeys(
    ("flow_blocks", "flow_hidden", "flow_epochs", "flow_least_steps", "flow_kept"), 1
)


@dataclass(frozen=True, kw_only=True)
class FlowSettings(Hyperparameters):
    """The flow and its training.

    ``flow_blocks``, ``flow_hidden``, ``flow_depth``, ``flow_bins``, ``flow_stretch`` are as in `Flow`; ``flow_epochs``, ``flow_batch``,
    ``flow_least_steps``, ``flow_step``, ``flow_decay``, ``flow_anneal``, ``flow_kept`` as in `Schedule`.
    """

    flow_blocks: int = 6
    flow_hidden: int = 64
    flow_depth: int = 2
    flow_bins: int = 0
    flow_stretch: float = 5.0
    flow_epochs: int = 30
    flow_batch: int = 512
    flow_least_steps: int = 60
    flow_step: float = 2e-3
    flow_decay: float = 0.0
    flow_anneal: bool = True
    flow_kept: int = 10

    def __post_init__(self) -> None:
        """Refuse hyperparameters that cannot be used."""
        super().__post_init__()
        for name, least in LEAST.items():
            self.require(name, getattr(self, name) >= least, f"at least {least}")
        for name in ("flow_step", "flow_stretch"):
            self.require(name, getattr(self, name) > 0, "above 0")

    def make_flow(self, features: int, conditions: int) -> Flow:
        """Return the flow of so many features and conditions, not trained."""
        schedule = Schedule(
            self.flow_epochs,
            self.flow_batch,
            self.flow_step,
            decay=self.flow_decay,
            anneal=self.flow_anneal,
            kept=self.flow_kept,
            least_steps=self.flow_least_steps,
        )
        return Flow(
            features,
            conditions,
            blocks=self.flow_blocks,
            hidden=self.flow_hidden,
            depth=self.flow_depth,
            bins=self.flow_bins,
            schedule=schedule,
            stretch=self.flow_stretch,
        )

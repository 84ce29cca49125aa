"""The upper reference: a classifier of simulated signal against simulated background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .base import Sample, Traits
from .classifier import Classes, Classifier


@dataclass(frozen=True, kw_only=True)
class Supervised(Classifier):
    """A search that knows its signal, at all masses the same.

    The labels are the samples: the simulated signal that was not injected, and the simulated background that the
    search names for it. Both are folded, so that no event is scored by a model that was trained on it. No method
    without labels can be expected to do better on this signal; for another signal it may do worse than any.
    """

    name: ClassVar[str] = "supervised"
    traits: ClassVar[Traits] = Traits(
        level="event",
        region="signal",
        window=False,
        folds=True,
        trains_on=frozenset({"background", "signal"}),
    )

    def classes(self, sample: Sample) -> tuple[Classes, Classes | None]:
        """Return signal and background, and those of them that decide when to stop."""
        training = Classes(self.sample_of(sample, "signal"), self.sample_of(sample, "background"))
        signal, background = sample.signal_validation, sample.background_validation
        if signal is None or background is None:
            return training, None
        return training, Classes(signal, background)

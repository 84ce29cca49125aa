"""How many events are left after each cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .error import SelectionError


@dataclass(frozen=True)
class Cutflow:
    """Names of consecutive cuts with the events and the sums of weights left after each; the first is all.

    >>> a = Cutflow(("all", "mjj"), (10, 4), (10.0, 4.0))
    >>> (a + a).events
    (20, 8)
    """

    names: tuple[str, ...]
    events: tuple[int, ...]
    sumw: tuple[float, ...]

    def __add__(self, other: Cutflow) -> Cutflow:
        """Join two samples that went through the same cuts."""
        if self.names != other.names:
            raise SelectionError(
                f"cutflows differ in cuts: {self.names} and {other.names}; select both alike"
            )
        return Cutflow(
            self.names,
            tuple(a + b for a, b in zip(self.events, other.events, strict=True)),
            tuple(a + b for a, b in zip(self.sumw, other.sumw, strict=True)),
        )

    def rows(self) -> list[dict[str, Any]]:
        """Return one record per cut, as stored in JSON."""
        return [
            {"cut": name, "events": events, "sumw": sumw}
            for name, events, sumw in zip(self.names, self.events, self.sumw, strict=True)
        ]


def cutflow(cuts: Any, weight: NDArray[np.float64]) -> Cutflow:
    """Count events and weights (n,) through the cuts of a coffea ``PackedSelection``, in the order of adding."""
    left = [np.ones(len(weight), dtype=bool)]
    left += [cuts.all(*cuts.names[: i + 1]) for i in range(len(cuts.names))]
    events = tuple(int(mask.sum()) for mask in left)
    return Cutflow(("all", *cuts.names), events, tuple(float(weight[mask].sum()) for mask in left))

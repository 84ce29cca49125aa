"""Making features continuous: integers, and values that many events share, are spread (arXiv:2109.00546)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..datasets.fold import event_uniform
from ..datasets.table import Floats

SPIKE = 0.002
"""Fraction of the events at the least or the largest value of a feature from which on they are spread."""


@dataclass(frozen=True)
class Smear:
    """Spreads integers and spikes of features (n, F), and undoes it.

    Features that are ``integer`` in all events are spread evenly over what rounds to them. Where many events have the
    ``least`` or the ``most``, such as a b-tag score of 0, they are spread over the width ``below`` or ``above``
    outside of it, as densely as the other events are; all (F,).

    The numbers that spread an event are a hash of its features: the result is always the same, and depends on this event alone.
    """

    integer: NDArray[np.bool_]
    least: Floats
    most: Floats
    below: Floats
    above: Floats

    @classmethod
    def fit(cls, features: Floats) -> Self:
        """Find integers and spikes in events (n, F)."""
        least, most = features.min(axis=0), features.max(axis=0)
        integer = np.all(features == np.round(features), axis=0)
        return cls(integer, least, most, _widths(features, least), _widths(features, most))

    @property
    def range(self) -> tuple[Floats, Floats]:
        """Between which values (F,) all spread features lie."""
        half = np.where(self.integer, 0.5, 0.0)
        return self.least - self.below - half, self.most + self.above + half

    def inside(self, features: Floats) -> NDArray[np.bool_]:
        """Say which events (n,) lie in the range of those it was fitted to in all features."""
        within: NDArray[np.bool_] = np.all((features >= self.least) & (features <= self.most), axis=1)
        return within

    def spread(self, features: Floats) -> Floats:
        """Spread features (n, F); events outside of the range are moved to its edge first."""
        values = np.clip(features, self.least, self.most)
        shift = _uniform(values)
        down = np.where(values == self.least, self.below * shift, 0.0)
        up = np.where(values == self.most, self.above * shift, 0.0)
        return np.asarray(values - down + up + np.where(self.integer, shift - 0.5, 0.0))

    def gather(self, spread: Floats) -> Floats:
        """Return features (n, F) with integers and spikes."""
        return np.clip(np.where(self.integer, np.round(spread), spread), self.least, self.most)

    def state(self) -> dict[str, NDArray[Any]]:
        """Return the arrays to be stored."""
        return asdict(self)

    @classmethod
    def restore(cls, state: Mapping[str, NDArray[Any]]) -> Self:
        """Rebuild it from its arrays."""
        return cls(**state)


def _widths(features: Floats, edge: Floats) -> Floats:
    """Return how wide the events at an edge are spread: so that they are as dense as two thirds of all others."""
    return np.array([_width(column, value) for column, value in zip(features.T, edge, strict=True)])


def _width(column: Floats, edge: float) -> float:
    at_edge, others = np.mean(column == edge), column[(column > column.min()) & (column < column.max())]
    if at_edge <= SPIKE or not len(others) or np.array_equal(column, np.round(column)):
        return 0.0
    low, high = np.percentile(others, [16, 84])
    return float(at_edge * (high - low) / (0.68 * len(others) / len(column)))


def _uniform(features: Floats) -> Floats:
    """Draw a number in (0, 1) for each feature of each event (n, F) from all features of the event."""
    bits = tuple(np.ascontiguousarray(column + 0.0).view(np.uint64) for column in features.T)
    drawn = [event_uniform(bits, f"smear {i}") for i in range(len(bits))]
    return np.clip(np.stack(drawn, axis=1), 2.0**-53, None)

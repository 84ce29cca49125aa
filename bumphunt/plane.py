"""Counted events in bins of dijet mass and of a second quantity, such as a jet mass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .array import FloatArray
from .spectrum import EdgesError, Spectrum, SpectrumError, axis_edges, unweighted


@dataclass(frozen=True, eq=False)
class Plane:
    """Counted events in rectangular bins.

    Arguments:
        edges: increasing edges in dijet mass in GeV, shape (n + 1,).
        y_edges: increasing edges of the second quantity, shape (m + 1,).
        counts: number of events in each bin, whole and not negative, shape (n, m).

    >>> Plane([1000, 1100, 1200], [0, 50], [[7], [3]]).slices[0].total
    10.0

    """

    edges: FloatArray
    y_edges: FloatArray
    counts: FloatArray

    def __init__(self, edges: ArrayLike, y_edges: ArrayLike, counts: ArrayLike) -> None:
        array = np.asarray(counts, dtype=float)
        if array.ndim != 2:
            msg = f"counts have shape {array.shape}; bins of two quantities need two axes"
            raise EdgesError(msg)
        second = _second_axis(y_edges, array.shape[1])
        for number, column in enumerate(array.T):
            try:
                checked = Spectrum(edges, column)
            except SpectrumError as error:
                msg = f"bin {number} of the second axis: {error}"
                raise type(error)(msg) from None
        array = array.copy()
        array.setflags(write=False)
        object.__setattr__(self, "edges", checked.edges)
        object.__setattr__(self, "y_edges", second)
        object.__setattr__(self, "counts", array)

    @classmethod
    def from_hist(cls, histogram: Any) -> Plane:
        """Take a two-dimensional histogram that follows the UHI protocol, dijet mass first.

        Raises:
            SpectrumError: if it does not have two axes.
            CountsError: if it is weighted.

        """
        if len(histogram.axes) != 2:
            msg = (
                f"the histogram has {len(histogram.axes)} axes; give one of dijet mass and a second quantity"
            )
            raise SpectrumError(msg)
        edges, y_edges = (axis_edges(axis) for axis in histogram.axes)
        return cls(edges, y_edges, unweighted(histogram))

    @property
    def slices(self) -> tuple[Spectrum, ...]:
        """The mass spectrum of each bin of the second axis."""
        return tuple(Spectrum(self.edges, column) for column in self.counts.T)

    def restricted(self, low: float | None = None, high: float | None = None) -> Plane:
        """Keep the bins that lie wholly inside a range of dijet mass in GeV, None leaves a side open.

        Raises:
            FitRangeError: if no bin lies inside the range.

        """
        parts = [spectrum.restricted(low, high) for spectrum in self.slices]
        return Plane(parts[0].edges, self.y_edges, np.stack([part.counts for part in parts], axis=-1))


def _second_axis(y_edges: ArrayLike, n_bins: int) -> FloatArray:
    try:
        return Spectrum(y_edges, np.zeros(n_bins)).edges
    except EdgesError as error:
        msg = f"second axis: {error}"
        raise EdgesError(msg) from None

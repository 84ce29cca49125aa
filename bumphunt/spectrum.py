"""A spectrum: counted events in bins of dijet mass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .array import FloatArray


class SpectrumError(ValueError):
    """Base of what can be wrong with a spectrum."""


class EdgesError(SpectrumError):
    """Raised when bin edges are not finite and increasing, or do not match the counts."""


class CountsError(SpectrumError):
    """Raised when contents are not counts: negative, not finite, or not whole numbers."""


class FitRangeError(SpectrumError):
    """Raised when a range selects no bins of the spectrum, or no events."""


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Counted events in contiguous bins of dijet mass.

    Arguments:
        edges: increasing bin edges in GeV, shape (n + 1,).
        counts: number of events in each bin, whole and not negative, shape (n,).

    >>> Spectrum([1000, 1100, 1200], [7, 3]).total
    10.0

    """

    edges: FloatArray
    counts: FloatArray

    def __init__(self, edges: ArrayLike, counts: ArrayLike) -> None:
        object.__setattr__(self, "edges", _frozen(_checked_edges(edges)))
        object.__setattr__(self, "counts", _frozen(_checked_counts(counts, self.edges)))

    @classmethod
    def from_values(cls, mjj: ArrayLike, edges: ArrayLike) -> Spectrum:
        """Count dijet masses in half-open bins; masses outside the edges are left out.

        Arguments:
            mjj: dijet masses in GeV, shape (n_events,).
            edges: bin edges in GeV, shape (n + 1,).

        Raises:
            CountsError: if a mass is not a number.

        """
        checked, masses = _checked_edges(edges), np.asarray(mjj, dtype=float)
        if np.isnan(masses).any():
            msg = f"{int(np.isnan(masses).sum())} of {masses.size} masses are NaN; remove these events first"
            raise CountsError(msg)
        n_bins = len(checked) - 1
        index = np.searchsorted(checked, masses, side="right") - 1
        inside = (index >= 0) & (index < n_bins)
        return cls(checked, np.bincount(index[inside], minlength=n_bins))

    @classmethod
    def from_hist(cls, histogram: Any) -> Spectrum:
        """Take a one-dimensional histogram that follows the UHI protocol (hist, boost-histogram, uproot).

        Arguments:
            histogram: object with ``axes``, ``values()`` and ``variances()``; overflow bins are left out.

        Raises:
            SpectrumError: if it has more than one axis.
            CountsError: if it is weighted, that is if its variances differ from its values, or holds means.

        """
        if len(histogram.axes) != 1:
            msg = f"the histogram has {len(histogram.axes)} axes; project it on the mass axis first"
            raise SpectrumError(msg)
        return cls(axis_edges(histogram.axes[0]), unweighted(histogram))

    @property
    def widths(self) -> FloatArray:
        """Widths of the bins in GeV, shape (n,)."""
        return np.diff(self.edges)

    @property
    def centres(self) -> FloatArray:
        """Centres of the bins in GeV, shape (n,)."""
        return (self.edges[1:] + self.edges[:-1]) / 2

    @property
    def total(self) -> float:
        """Number of events in all bins."""
        return float(self.counts.sum())

    def restricted(self, low: float | None = None, high: float | None = None) -> Spectrum:
        """Keep the bins that lie wholly inside a range.

        Arguments:
            low: lower end in GeV; None leaves that side open.
            high: upper end in GeV, likewise.

        Raises:
            FitRangeError: if no bin lies inside the range.

        """
        bottom = self.edges[0] if low is None else low
        top = self.edges[-1] if high is None else high
        first = int(np.searchsorted(self.edges, bottom, side="left"))
        last = int(np.searchsorted(self.edges, top, side="right")) - 1
        if not bottom < top or last <= first:
            msg = (
                f"fit range {bottom:g}-{top:g} GeV holds no whole bin of the spectrum, "
                f"which covers {self.edges[0]:g}-{self.edges[-1]:g} GeV in {len(self.counts)} bins"
            )
            raise FitRangeError(msg)
        return Spectrum(self.edges[first : last + 1], self.counts[first:last])

    def rebinned(self, edges: ArrayLike) -> Spectrum:
        """Add bins up to coarser ones.

        Arguments:
            edges: new edges in GeV, each of which must be an edge already.

        Raises:
            EdgesError: if a new edge splits a bin.

        """
        wanted = _checked_edges(edges)
        index = np.clip(np.searchsorted(self.edges, wanted - 1e-9), 0, len(self.edges) - 1)
        missing = wanted[np.abs(self.edges[index] - wanted) > 1e-6]
        if len(missing):
            msg = f"{missing[0]:g} GeV is not an edge of the spectrum; bins can be joined, not split"
            raise EdgesError(msg)
        cumulative = np.concatenate([[0.0], np.cumsum(self.counts)])
        return Spectrum(self.edges[index], np.diff(cumulative[index]))


def unweighted(histogram: Any) -> FloatArray:
    """Return the counts of a UHI histogram without overflow bins, shape (n, ...).

    Raises:
        CountsError: if it is weighted, that is if its variances differ from its values, or holds means.

    """
    if str(getattr(histogram, "kind", "COUNT")) != "COUNT":
        msg = f"the histogram holds {str(histogram.kind).lower()}s (a profile), not event counts"
        raise CountsError(msg)
    values, variances = np.asarray(histogram.values(), dtype=float), histogram.variances()
    if variances is not None and not np.allclose(variances, values):
        msg = "the histogram is weighted (variances differ from values); a Poisson fit needs event counts"
        raise CountsError(msg)
    return values


def axis_edges(axis: Any) -> FloatArray:
    """Return the edges of an axis of a UHI histogram, shape (n + 1,)."""
    edges = getattr(axis, "edges", None)
    if edges is None:
        edges = [low for low, _ in axis] + [axis[-1][1]]
    return np.asarray(edges() if callable(edges) else edges, dtype=float)


def _frozen(values: FloatArray) -> FloatArray:
    values = values.copy()
    values.setflags(write=False)
    return values


def _numbers(values: ArrayLike, what: str, error: type[SpectrumError]) -> FloatArray:
    """Return real numbers as an array; a masked value is not a number."""
    array = np.ma.asarray(values) if np.ma.isMaskedArray(values) else np.asarray(values)
    if np.ma.is_masked(array) or array.dtype.kind not in "biuf":
        kind = "masked values" if np.ma.is_masked(array) else f"values of type {array.dtype}"
        msg = f"the {what} have {kind}; they are numbers, all of them"
        raise error(msg)
    return np.asarray(array, dtype=float)


def _checked_edges(edges: ArrayLike) -> FloatArray:
    edges = _numbers(edges, "edges", EdgesError)
    if edges.ndim != 1 or len(edges) < 2:
        msg = f"edges have shape {edges.shape}; a spectrum needs one axis with at least two edges"
        raise EdgesError(msg)
    if not np.isfinite(edges).all():
        msg = f"edge {int(np.argmin(np.isfinite(edges)))} is not finite; edges are finite masses in GeV"
        raise EdgesError(msg)
    steps = np.diff(edges)
    if (steps <= 0).any():
        bin_ = int(np.argmax(steps <= 0))
        msg = f"bin {bin_} goes from {edges[bin_]:g} to {edges[bin_ + 1]:g} GeV; edges must increase (no overlaps)"
        raise EdgesError(msg)
    return edges


def _checked_counts(counts: ArrayLike, edges: FloatArray) -> FloatArray:
    counts = _numbers(counts, "counts", CountsError)
    if counts.shape != (len(edges) - 1,):
        msg = f"counts have shape {counts.shape}; {len(edges)} edges need shape ({len(edges) - 1},)"
        raise EdgesError(msg)
    for wrong, what in (
        (~np.isfinite(counts), "not finite"),
        (counts < 0, "negative"),
        (
            counts != np.floor(np.where(np.isfinite(counts), counts, 0)),
            "not a whole number (weights are refused)",
        ),
    ):
        if wrong.any():
            bin_ = int(np.argmax(wrong))
            msg = f"bin {bin_} ({edges[bin_]:g}-{edges[bin_ + 1]:g} GeV) holds {counts[bin_]:g}, which is {what}"
            raise CountsError(msg)
    return counts

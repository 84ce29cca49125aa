"""What a BumpHunter search expects without a bump: a fit that every toy repeats, or numbers that are given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from .array import BoolArray, FloatArray
from .family import Family
from .ftest import Rule, rule
from .search import Null, Search
from .spectrum import CountsError, FitRangeError, Spectrum


class Expectation(Protocol):
    """The expected events of data, and of toys after the same treatment."""

    @property
    def expected(self) -> FloatArray:
        """Expected events of the data, shape (*shape,)."""
        ...

    @property
    def function(self) -> str:
        """The background function in words."""
        ...

    @property
    def valid(self) -> bool:
        """Whether the fits of the data converged."""
        ...

    def refit(self, counts: FloatArray) -> tuple[FloatArray, BoolArray]:
        """Return expected events, shape (n_rows or 1, *shape), and whether each fit converged, shape (n_rows,)."""
        ...


@dataclass(frozen=True, eq=False)
class Given:
    """Expected events that are known and not fitted, shape (*shape,)."""

    expected: FloatArray
    function: str = "given"
    valid: bool = True

    @classmethod
    def of(cls, expected: ArrayLike, counts: FloatArray) -> Given:
        """Check that there is a positive expectation for every bin of the counts.

        Raises:
            CountsError: if shapes differ or an expectation is not positive and finite.

        """
        mean = np.asarray(expected, dtype=float)
        if mean.shape != counts.shape:
            msg = f"the expected events have shape {mean.shape}, the counts {counts.shape}; one for each bin is needed"
            raise CountsError(msg)
        wrong = ~((mean > 0) & np.isfinite(mean))
        if wrong.any():
            msg = (
                f"{int(wrong.sum())} bins expect {mean[wrong][0]:g} events; expectations are positive and finite: "
                "leave these bins out or join them with others"
            )
            raise CountsError(msg)
        return cls(mean)

    def refit(self, counts: FloatArray) -> tuple[FloatArray, BoolArray]:
        """Return the same expectation for all rows."""
        return self.expected[None], np.ones(len(counts), dtype=bool)


@dataclass(frozen=True, eq=False)
class Slices:
    """A function of mass fitted to each bin of the second axis on its own, or to the only spectrum there is.

    Arguments:
        searches: the fitted spectra.
        shape: of the counts: (n_bins,) or (n_bins, n_slices).

    """

    searches: tuple[Search, ...]
    shape: tuple[int, ...]

    @classmethod
    def on(cls, spectra: Sequence[Spectrum], background: Family | Rule, shape: tuple[int, ...]) -> Slices:
        """Fit the spectra.

        Raises:
            FitRangeError: if a spectrum does not determine the parameters.

        """
        searches = []
        for number, spectrum in enumerate(spectra):
            try:
                searches.append(Search.on([spectrum], rule(background)))
            except FitRangeError as error:
                if len(spectra) == 1:
                    raise
                msg = f"bin {number} of the second axis: {error}"
                raise FitRangeError(msg) from None
        return cls(tuple(searches), shape)

    @property
    def expected(self) -> FloatArray:
        """Fitted events of the data, shape (*shape,)."""
        return np.stack([search.expected for search in self.searches], axis=-1).reshape(self.shape)

    @property
    def function(self) -> str:
        """The functions that were chosen, each once."""
        return "; ".join(dict.fromkeys(search.family.formula for search in self.searches))

    @property
    def valid(self) -> bool:
        """Whether the fits of the data converged."""
        return all(bool(chosen(search.null)[1][0]) for search in self.searches)

    def refit(self, counts: FloatArray) -> tuple[FloatArray, BoolArray]:
        """Fit all rows again, and choose the function again."""
        rows = counts.reshape(len(counts), self.shape[0], -1)
        fits = [chosen(search.refit(rows[:, :, n])) for n, search in enumerate(self.searches)]
        expected = np.stack([fit[0] for fit in fits], axis=-1).reshape(counts.shape)
        return expected, np.asarray(np.stack([fit[1] for fit in fits]).all(0))


Refit = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, eq=False)
class Called:
    """A fit of the user's own: a function from rows of counts to rows of expected events.

    Arguments:
        fit: takes counts of shape (n_rows, *shape) and returns expected events of the same shape; a row that holds
            anything but positive numbers is a failed fit.
        expected: what it returned for the data, shape (*shape,).

    """

    fit: Refit
    expected: FloatArray
    function: str = "fitted by a given function"
    valid: bool = True

    @classmethod
    def on(cls, counts: FloatArray, fit: Refit) -> Called:
        """Fit the data, counts of shape (*shape,)."""
        return cls(fit, Given.of(np.asarray(fit(counts[None]), dtype=float)[0], counts).expected)

    def refit(self, counts: FloatArray) -> tuple[FloatArray, BoolArray]:
        """Call the function on all rows."""
        expected = np.asarray(self.fit(counts), dtype=float)
        good = ((expected > 0) & np.isfinite(expected)).reshape(len(counts), -1).all(1)
        return np.where(good.reshape(-1, *[1] * self.expected.ndim), expected, 1.0), good


def chosen(null: Null) -> tuple[FloatArray, BoolArray]:
    """Return the expected events of the chosen function of each row, and whether its fit converged."""
    rows = np.arange(len(null.choice))
    expected = np.stack([minimum.expected for minimum in null.minima])[null.choice, rows]
    converged = np.stack([minimum.converged for minimum in null.minima])[null.choice, rows]
    return np.asarray(expected), np.asarray(converged)

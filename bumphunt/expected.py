"""A spectrum of expected counts: what toys are drawn from, and what a fit without fluctuations sees (Asimov data)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .array import FloatArray
from .family import Family
from .fitrange import EVERYTHING, Bounds, usable
from .ftest import Rule, rule
from .integration import integral
from .search import Search
from .signal import Signal, SignalError
from .spectrum import CountsError, Spectrum
from .toys import poisson


@dataclass(frozen=True, eq=False)
class Expected:
    """Expected counts in contiguous bins of dijet mass.

    Arguments:
        edges: increasing bin edges in GeV, shape (n + 1,).
        counts: expected events in each bin, not negative and not necessarily whole, shape (n,).
        name: how it is called in results and figures.

    Raises:
        SpectrumError: if the edges do not increase, or a content is negative or not finite.

    >>> Expected([1000, 1100, 1200], [7.5, 2.5]).scaled(100).counts
    array([75., 25.])

    """

    edges: FloatArray
    counts: FloatArray
    name: str = "expected"

    def __init__(self, edges: ArrayLike, counts: ArrayLike, name: str = "expected") -> None:
        values = np.array(counts, dtype=float)
        object.__setattr__(self, "edges", Spectrum(edges, np.floor(values)).edges)
        values.setflags(write=False)
        object.__setattr__(self, "counts", values)
        object.__setattr__(self, "name", name)

    @classmethod
    def fitted(
        cls, spectrum: Spectrum, background: Family | Rule, fit_range: Bounds = EVERYTHING
    ) -> Expected:
        """Take the events that a background fitted to a spectrum expects.

        Arguments:
            spectrum: the spectrum.
            background: a family, or a rule that chooses one.
            fit_range: low and high mass in GeV; None leaves a side open.

        """
        search = Search.on([usable(spectrum, fit_range)], rule(background))
        return cls(search.spectra[0].edges, search.expected, search.family.name)

    @classmethod
    def of(
        cls, edges: ArrayLike, density: Callable[[FloatArray], FloatArray], name: str = "curve"
    ) -> Expected:
        """Integrate a density, a function of the mass in GeV in events per GeV, over bins.

        >>> Expected.of([2000, 2100], lambda mass: 1e9 / mass**2).counts.round(3)
        array([23809.524])
        """
        return cls(edges, integral(density, edges), name)

    @property
    def total(self) -> float:
        """Expected events in all bins."""
        return float(self.counts.sum())

    @property
    def rounded(self) -> Spectrum:
        """The spectrum of whole counts next to the expected ones."""
        return Spectrum(self.edges, np.round(self.counts))

    def scaled(self, n_events: float) -> Expected:
        """Return the same shape with another number of events in all bins.

        Raises:
            CountsError: if no events are expected.

        """
        if not self.total > 0:
            msg = f"no events are expected between {self.edges[0]:g} and {self.edges[-1]:g} GeV; nothing to scale"
            raise CountsError(msg)
        return Expected(self.edges, self.counts * (n_events / self.total), self.name)

    def restricted(self, low: float | None = None, high: float | None = None) -> Expected:
        """Keep the bins that lie wholly inside a range; arguments as in `Spectrum.restricted`."""
        inside = self.rounded.restricted(low, high)
        first = int(np.searchsorted(self.edges, inside.edges[0]))
        return Expected(inside.edges, self.counts[first : first + len(inside.counts)], self.name)

    def with_signal(self, signal: Signal, mass: float, strength: float) -> Expected:
        """Add the events of a signal.

        Arguments:
            signal: the signal shape.
            mass: resonance mass in GeV.
            strength: number of signal events, in the whole signal shape.

        Raises:
            SignalError: if the mass is outside the bins, or a bin would expect less than no events.

        """
        counts = self.counts + signal_events(self.edges, signal, mass, strength)
        if counts.min() < 0:
            msg = f"a signal of {strength:g} events at {mass:g} GeV makes expected counts negative"
            raise SignalError(msg)
        return Expected(self.edges, counts, self.name)

    def toys(self, n_toys: int, seed: int, spawn_key: tuple[int, ...] = ()) -> FloatArray:
        """Draw counts, shape (n_toys, n); arguments as in `poisson`."""
        return poisson(self.counts, n_toys, seed, spawn_key)


def signal_events(edges: FloatArray, signal: Signal, mass: float, strength: float) -> FloatArray:
    """Return the events of a signal in each bin, shape (n,).

    Raises:
        SignalError: if the mass is outside the bins, or the strength is not finite.

    """
    if not np.isfinite(strength):
        msg = f"strength {strength}; a number of signal events is finite"
        raise SignalError(msg)
    if not edges[0] < mass < edges[-1]:
        msg = f"mass {mass:g} GeV is outside the bins, {edges[0]:g}-{edges[-1]:g} GeV"
        raise SignalError(msg)
    return np.asarray(strength * signal.template(edges, mass), dtype=float)

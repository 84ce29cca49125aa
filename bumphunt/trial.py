"""Toys of one truth with a signal of known strength, and the fits of a rule to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .array import FloatArray
from .expected import Expected
from .fitrange import EVERYTHING, usable
from .ftest import Rule
from .measurement import Measurement
from .search import Search
from .signal import Signal, SignalError
from .toys import BLOCK

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Trial:
    """A truth at one resonance mass, with the backgrounds of a rule whitened at their fits to it.

    Arguments:
        truth: expected counts without a signal.
        search: its fitted backgrounds.
        signal: the signal shape.
        mass: resonance mass in GeV.
        template: expected events of one signal event, shape (n_bins,).

    """

    truth: Expected
    search: Search
    signal: Signal
    mass: float
    template: FloatArray

    @classmethod
    def on(cls, truth: Expected, rule: Rule, signal: Signal, mass: float) -> Trial:
        """Fit the backgrounds of a rule to a truth.

        Raises:
            SignalError: if the mass is outside the bins.
            FitRangeError: if the truth does not determine the parameters.

        """
        search = Search.on([usable(truth.rounded, EVERYTHING)], rule, mass)
        return cls(truth, search, signal, float(mass), search.template(signal, mass))

    @cached_property
    def unit(self) -> float:
        """Standard deviation of the signal strength without a signal and without fluctuations.

        Raises:
            SignalError: if the fit without fluctuations has none.

        """
        error = float(Measurement.of(self.search, self.template, self.truth.counts[None, :]).best.error[0])
        if not np.isfinite(error):
            msg = f"the signal strength at {self.mass:g} GeV is not determined in '{self.truth.name}'; take fewer parameters"
            raise SignalError(msg)
        return error

    def measurements(
        self, strength: float, n_toys: int, seed: int, spawn_key: tuple[int, ...] = ()
    ) -> Iterator[Measurement]:
        """Yield the likelihoods of toys in blocks.

        Arguments:
            strength: injected signal events.
            n_toys: number of toys.
            seed: of the toys; block b draws from SeedSequence(seed, spawn_key=(*spawn_key, b)).
            spawn_key: which of the independent streams of this seed.

        Raises:
            ValueError: without toys.

        """
        if n_toys < 1:
            msg = f"n_toys is {n_toys}; at least one toy is needed"
            raise ValueError(msg)
        injected = self.truth.with_signal(self.signal, self.mass, strength)
        for block, first in enumerate(range(0, n_toys, BLOCK)):
            counts = injected.toys(BLOCK, seed, (*spawn_key, block))[: n_toys - first]
            yield Measurement.of(self.search, self.template, counts)

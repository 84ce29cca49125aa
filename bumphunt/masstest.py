"""The test of one mass, with a fixed fit range or with a rule that narrows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .array import BoolArray, FloatArray
from .fitrange import FitRange, RangeLoop, usable
from .ftest import Rule
from .nuisance import Nuisance, variations
from .rangesearch import RangeSearch
from .result import RangeTry
from .search import Search
from .signal import Signal, SignalError
from .spectrum import Spectrum
from .variation import Variations


@dataclass(frozen=True, eq=False)
class MassTest:
    """What a test of one mass is made of.

    Arguments:
        search: the fitted spectra.
        template: expected events of one signal event, shape (n_bins,).
        narrowed: the search behind it if a rule narrows the fit range, otherwise None.
        variations: nuisance parameters of the signal, of the one template; empty without any.

    """

    search: Search
    template: FloatArray
    narrowed: RangeSearch | None = None
    variations: tuple[Variations, ...] = ()

    @property
    def history(self) -> tuple[RangeTry, ...]:
        """The ranges that were tried, empty for a fixed one."""
        return () if self.narrowed is None else self.narrowed.history

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader has to know of the range."""
        if not self.history or self.history[-1].passed:
            return ()
        return (f"none of the {len(self.history)} fit ranges passes; the whole one is used",)

    @property
    def expected(self) -> FloatArray:
        """Events without a signal in all bins that toys have, shape (n_all_bins,)."""
        return self.search.expected if self.narrowed is None else self.narrowed.expected

    def roots(
        self, counts: FloatArray, excesses_only: bool = False
    ) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Test rows of counts of all bins; arguments and result as in `Search.roots` for one template."""
        if self.narrowed is not None:
            return self.narrowed.roots(counts)
        varied = self.variations[0] if self.variations else None
        return self.search.roots(counts, self.template[None, :], None, excesses_only, varied)


def at_mass(
    spectra: Sequence[Spectrum],
    rule: Rule,
    signal: Signal,
    mass: float,
    fit_range: FitRange,
    shares: Sequence[float] = (1.0,),
    nuisances: Sequence[Nuisance] = (),
) -> MassTest:
    """Fit the backgrounds for a test of one mass.

    Arguments:
        spectra: one spectrum per category.
        rule: chooses among the families.
        signal: the signal shape.
        mass: resonance mass in GeV.
        fit_range: low and high mass in GeV, or the rule that finds them.
        shares: which part of the signal falls into each category.
        nuisances: of the signal.

    Raises:
        SignalError: if the signal is no shape, or the mass no number inside the range.

    """
    _check(signal, mass)
    if isinstance(fit_range, RangeLoop):
        narrowed = RangeSearch.on(spectra, rule, signal, mass, fit_range, shares, nuisances)
        taken = narrowed.taken
        return MassTest(taken.search, taken.template, narrowed, taken.variations)
    search = Search.on([usable(spectrum, fit_range) for spectrum in spectra], rule, mass)
    edges = [spectrum.edges for spectrum in search.spectra]
    varied = (variations(signal, edges, mass, nuisances, shares),) if nuisances else ()
    return MassTest(search, search.template(signal, mass, shares), None, varied)


def _check(signal: Any, mass: Any) -> None:
    if isinstance(signal, type) or not callable(getattr(signal, "template", None)):
        msg = f"signal {signal!r} is no signal shape; give one, such as bh.Gaussian(0.05)"
        raise SignalError(msg)
    if np.ndim(mass) or np.asarray(mass).dtype.kind not in "iuf":
        msg = f"mass {mass!r} is no number; give one resonance mass in GeV"
        raise SignalError(msg)

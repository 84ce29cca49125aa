"""A search at one mass, ready to be written as a pyhf workspace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, get_args

import numpy as np

from .array import FloatArray
from .family import Family
from .fitrange import EVERYTHING, FitRange
from .ftest import Rule, rule
from .masstest import at_mass
from .nuisance import Nuisance, variations
from .pyhf_disjoint import fitted_in
from .pyhf_library import PyhfError
from .pyhf_sample import Sample, constrained_sample, node_samples, signal_sample, tangent_sample
from .search import Search
from .signal import Signal
from .spectrum import Spectrum
from .whitened import Basis

Style = Literal["loglinear", "integrated", "disjoint"]
STYLES: tuple[Style, ...] = get_args(Style)


@dataclass(frozen=True, eq=False)
class Export:
    """A search at one mass with the samples of its workspace.

    Arguments:
        search: the fitted spectra.
        template: expected events of one signal event, shape (n_bins,).
        mass: resonance mass in GeV.
        events: signal events at mu = 1.
        samples: signal and background.
        warnings: what a reader has to know.

    """

    search: Search
    template: FloatArray
    mass: float
    events: float
    samples: tuple[Sample, ...]
    warnings: tuple[str, ...]

    @classmethod
    def on(
        cls,
        spectra: Spectrum | Sequence[Spectrum],
        background: Family | Rule,
        signal: Signal,
        mass: float,
        *,
        style: Style = "loglinear",
        nuisances: Sequence[Nuisance] = (),
        fit_range: FitRange = EVERYTHING,
        shares: Sequence[float] = (1.0,),
        measured: Spectrum | Sequence[Spectrum] | None = None,
        transfer: float = 1.0,
        events: float | None = None,
        linearised: bool = False,
    ) -> Export:
        """Fit the spectra and make the samples; arguments as for `to_pyhf`."""
        other = _sequence(measured)
        _check_style(style, other, transfer)
        chooser = rule(background)
        if chooser.penalty is not None:
            msg = "pyhf cannot profile over several background functions; give a family or a rule that chooses one"
            raise PyhfError(msg)
        test = at_mass(_sequence(spectra), chooser, signal, mass, fit_range, shares)
        source = fitted_in(other, test.search) if other else test.search
        if events is None:
            events = _scale(test.template, test.search.expected)
        edges = [spectrum.edges for spectrum in test.search.spectra]
        varied = variations(signal, edges, mass, nuisances, shares)
        samples = (
            signal_sample(test.template, events, varied, "histosys" if style == "disjoint" else "parabola"),
            *_background(source.basis, style, transfer),
        )
        texts = (*test.warnings, *_tangent(source.family, style, linearised))
        return cls(test.search, test.template, float(mass), float(events), samples, texts)

    @property
    def workspace(self) -> dict[str, Any]:
        """The workspace."""
        spectra = self.search.spectra
        names = ["spectrum"] if len(spectra) == 1 else [f"category{i}" for i in range(len(spectra))]
        edges = np.cumsum([0, *(len(spectrum.counts) for spectrum in spectra)]).tolist()
        bins = [slice(*ends) for ends in pairwise(edges)]
        return {
            "channels": [
                {"name": name, "samples": [sample.content(one) for sample in self.samples]}
                for name, one in zip(names, bins, strict=True)
            ],
            "observations": [
                {"name": name, "data": spectrum.counts.tolist()}
                for name, spectrum in zip(names, spectra, strict=True)
            ],
            "measurements": [self._measurement()],
            "version": "1.0.0",
        }

    def _measurement(self) -> dict[str, Any]:
        _, strength, _ = self.search.roots(self.search.counts, self.template[None, :])
        highest = 10.0 + 2 * max(float(strength[0, 0]), 0.0) / self.events
        name = f"mu in {self.events:g} signal events at {self.mass:g} GeV"
        mu = {"name": "mu", "inits": [1.0], "bounds": [[0.0, highest]]}
        return {"name": name, "config": {"poi": "mu", "parameters": [mu]}}


def _sequence(spectra: Spectrum | Sequence[Spectrum] | None) -> tuple[Spectrum, ...]:
    if spectra is None:
        return ()
    return (spectra,) if isinstance(spectra, Spectrum) else tuple(spectra)


def _check_style(style: str, measured: Sequence[Spectrum], transfer: float) -> None:
    if style not in STYLES:
        msg = f"style {style!r}; there are: {', '.join(STYLES)}"
        raise PyhfError(msg)
    if (style == "disjoint") != bool(measured):
        msg = (
            f"style {style!r} {'with' if measured else 'without'} measured data; 'disjoint' needs the data in "
            "which the background is measured, and the other styles fit it in the spectrum itself"
        )
        raise PyhfError(msg)
    if not 0 < transfer < np.inf:
        msg = f"transfer {transfer}; it is the ratio of two expected numbers of events, positive and finite"
        raise PyhfError(msg)


def _tangent(family: Family, style: Style, accepted: bool) -> tuple[str, ...]:
    """Return the warning that pyhf has only the tangent of a function, if it does."""
    if family.log_linear or style == "disjoint":
        return ()
    text = f"'{family.name}' is not log-linear, pyhf has its tangent at the fit"
    if not accepted:
        msg = f"{text}; accept that with linearised=True, or use bumphunt.limit"
        raise PyhfError(msg)
    return (text,)


def _background(basis: Basis, style: Style, transfer: float) -> list[Sample]:
    if style == "disjoint":
        return constrained_sample(basis, transfer)
    return tangent_sample(basis) if style == "loglinear" else node_samples(basis)


def _scale(template: FloatArray, expected: FloatArray) -> float:
    """Return a number of signal events of the size of a limit, rounded to two digits."""
    sigma = float(1 / np.sqrt((template**2 / expected).sum()))
    return float(f"{3 + 3 * sigma:.2g}")

"""One window of a search: a spectrum with its fitted background, ready for tests of many masses on many toys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .array import BoolArray, FloatArray, IntArray
from .background import BinnedBackground, Whitened, joined
from .family import Family
from .ftest import Rule
from .likelihood import Likelihood
from .precision import point, relative_uncertainty
from .scoring import Minimum, minimise
from .signal import Signal, SignalError
from .spectrum import Spectrum

WHITENINGS = 5
LOWEST = -0.999
NEGLIGIBLE = 1e-6


@dataclass(frozen=True, eq=False)
class Null:
    """Fits of all families of a rule without a signal, and which family was chosen for each row."""

    minima: tuple[Minimum, ...]
    choice: IntArray

    def rows(self, index: Any) -> Null:
        """Keep some rows."""
        return Null(tuple(minimum.rows(index) for minimum in self.minima), self.choice[index])


@dataclass(frozen=True, eq=False)
class Search:
    """A spectrum (of one or more categories) with its backgrounds whitened at their fits.

    Arguments:
        rule: chooses among the families, for data and for every toy.
        spectra: one spectrum per category.
        counts: observed events of all categories, shape (1, n_bins).
        bases: whitened background of every family.
        null: fits of the observed counts.
        mass: resonance mass in GeV for a rule that needs one; None leaves it without.

    """

    rule: Rule
    spectra: tuple[Spectrum, ...]
    counts: FloatArray
    bases: tuple[Whitened, ...]
    null: Null
    mass: float | None = None

    @classmethod
    def on(cls, spectra: Sequence[Spectrum], rule: Rule, mass: float | None = None) -> Search:
        """Fit the backgrounds of a rule to the spectra of one window.

        Arguments:
            spectra: one spectrum per category.
            rule: chooses among the families.
            mass: resonance mass in GeV, for a rule that needs one.

        Raises:
            FitRangeError: if the spectra do not determine the parameters.

        """
        counts = np.concatenate([spectrum.counts for spectrum in spectra])[None, :]
        bases = tuple(_fitted(spectra, family) for family in rule.families)
        asked = mass if rule.needs_mass else None
        null = _null(rule, bases, counts, asked, len(spectra))
        return cls(rule, tuple(spectra), counts, bases, null, asked)

    @property
    def chosen(self) -> int:
        """Index of the family chosen for the observed counts."""
        return int(self.null.choice[0])

    @property
    def family(self) -> Family:
        """The family chosen for the observed counts."""
        return self.rule.families[self.chosen]

    @property
    def basis(self) -> Whitened:
        """The whitened background of the chosen family."""
        return self.bases[self.chosen]

    @property
    def expected(self) -> FloatArray:
        """Events expected by the chosen family without a signal, shape (n_bins,)."""
        return np.asarray(self.null.minima[self.chosen].expected[0], dtype=float)

    def template(self, signal: Signal, mass: float, shares: Sequence[float] = (1.0,)) -> FloatArray:
        """Return the expected events of one signal event in all bins of all categories, shape (n_bins,).

        Arguments:
            signal: the signal shape.
            mass: resonance mass in GeV.
            shares: which part of the signal falls into each category.

        Raises:
            SignalError: if the mass is outside the bins or the shares do not match the categories.

        """
        if len(shares) != len(self.spectra) or min(shares) < 0 or not 0 < sum(shares) <= 1 + 1e-9:
            msg = f"signal shares {tuple(shares)} for {len(self.spectra)} categories; one each, together at most 1"
            raise SignalError(msg)
        for spectrum in self.spectra:
            if not spectrum.edges[0] < mass < spectrum.edges[-1]:
                msg = f"mass {mass:g} GeV is outside the fitted {spectrum.edges[0]:g}-{spectrum.edges[-1]:g} GeV"
                raise SignalError(msg)
        parts = [s * signal.template(spec.edges, mass) for s, spec in zip(shares, self.spectra, strict=True)]
        template = np.concatenate(parts)
        if not (np.isfinite(template).all() and (template >= 0).all() and template.sum() > 0):
            msg = (
                f"the signal template at {mass:g} GeV is empty, negative or not finite inside the fitted bins"
            )
            raise SignalError(msg)
        return template

    def refit(self, counts: FloatArray) -> Null:
        """Fit all families to rows of counts and choose again, shape (n_rows, n_bins)."""
        return _null(self.rule, self.bases, counts, self.mass, len(self.spectra))

    def roots(
        self, counts: FloatArray, templates: FloatArray, null: Null | None = None, excesses_only: bool = False
    ) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Test every template on every row of counts; the background is refitted in each.

        Arguments:
            counts: shape (n_rows, n_bins).
            templates: shape (n_templates, n_bins).
            null: fits without a signal; made unless given.
            excesses_only: skip the signal fit where the score shows a deficit, and leave zero there.

        Returns:
            Signed root sign(strength) sqrt(2 (NLL(0) - NLL(strength))), fitted strength, and whether both fits
            converged, each of shape (n_rows, n_templates).

        """
        null = self.refit(counts) if null is None else null
        shape = (len(counts), len(templates))
        r, strength, valid = np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=bool)
        for index, basis in enumerate(self.bases):
            rows = np.flatnonzero(null.choice == index)
            minimum = null.minima[index]
            valid[rows] = minimum.converged[rows, None]
            for column, template in enumerate(templates):
                some = rows
                if excesses_only:
                    excess = ((counts[rows] / minimum.expected[rows] - 1) * template).sum(-1) > 0
                    some = rows[excess]
                fit = with_signal(basis, counts[some], template, minimum.expected[some], minimum.point[some])
                q = np.maximum(2 * (minimum.nll[some] - fit.nll), 0)
                r[some, column] = np.sign(fit.strength) * np.sqrt(q)
                strength[some, column] = fit.strength
                valid[some, column] &= fit.converged
        return r, strength, valid


def with_signal(
    basis: Whitened,
    counts: FloatArray,
    template: FloatArray,
    null: FloatArray,
    start: FloatArray | None = None,
) -> Minimum:
    """Fit background and signal to rows of counts.

    The strength may be negative as far as all bins keep a positive expectation at the background without signal;
    where that is less than a millionth of an event it may not.

    Arguments:
        basis: the whitened background.
        counts: shape (n_rows, n_bins).
        template: shape (n_bins,).
        null: expected events without a signal, shape (n_rows, n_bins).
        start: whitened background coordinates to start from, shape (n_rows, n_parameters).

    """
    with np.errstate(divide="ignore", over="ignore"):
        lowest = LOWEST * np.min(np.where(template > 0, null / template, np.inf), axis=-1)
    lowest = np.where(lowest > -NEGLIGIBLE, 0.0, lowest)
    return minimise(Likelihood(basis, counts, template[None, :], lowest=lowest), start)


def _fitted(spectra: Sequence[Spectrum], family: Family) -> Whitened:
    single = [BinnedBackground.on(spectrum.edges, family) for spectrum in spectra]
    theta = np.concatenate([b.start(spectrum.counts) for b, spectrum in zip(single, spectra, strict=True)])
    background = joined(single)
    counts = np.concatenate([spectrum.counts for spectrum in spectra])[None, :]
    for _ in range(WHITENINGS):
        basis = background.whitened(theta)
        minimum = minimise(Likelihood(basis, counts))
        theta = basis.theta(minimum.point[0])
        if minimum.converged[0] and np.abs(minimum.point).max() < 0.1:
            break
    return background.whitened(theta)


def _null(
    rule: Rule, bases: Sequence[Whitened], counts: FloatArray, mass: float | None, n_categories: int
) -> Null:
    minima = tuple(minimise(Likelihood(basis, counts)) for basis in bases)
    expected = [minimum.expected for minimum in minima]
    uncertainty = None
    if mass is not None:
        points = [point(family, mass, n_categories) for family in rule.families]
        uncertainty = np.stack(
            [relative_uncertainty(*one) for one in zip(bases, minima, points, strict=True)]
        )
    return Null(minima, rule.choice(counts, expected, [basis.n_parameters for basis in bases], uncertainty))

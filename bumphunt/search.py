"""One window of a search: a spectrum with its fitted background, ready for tests of many masses on many toys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .array import BoolArray, FloatArray, IntArray
from .deepest import deepest
from .family import Family
from .ftest import Rule, among
from .likelihood import Likelihood
from .placed import joined, place
from .precision import point, relative_uncertainty
from .scoring import Minimum, minimise
from .signal import Signal, SignalError
from .spectrum import FitRangeError, Spectrum
from .variation import Variations
from .whitened import Basis

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
class Branch:
    """One family over which a likelihood is profiled: its background, fit, and what its parameters cost in likelihood."""

    basis: Basis
    minimum: Minimum
    penalty: float


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
    bases: tuple[Basis, ...]
    null: Null
    mass: float | None = None

    @classmethod
    def on(cls, spectra: Sequence[Spectrum], rule: Rule, mass: float | None = None) -> Search:
        """Fit the backgrounds of a rule to the spectra of one window.

        Families after the first whose parameters the spectra do not determine are left out of the rule.

        Arguments:
            spectra: one spectrum per category.
            rule: chooses among the families.
            mass: resonance mass in GeV, for a rule that needs one.

        Raises:
            FitRangeError: if the spectra do not determine the parameters.

        """
        counts = np.concatenate([spectrum.counts for spectrum in spectra])[None, :]
        found = dict(_determined(spectra, rule.families))
        rule, bases = among(rule, tuple(found)), tuple(found.values())
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
    def basis(self) -> Basis:
        """The whitened background of the chosen family."""
        return self.bases[self.chosen]

    @property
    def branches(self) -> tuple[Branch, ...]:
        """The families over which the likelihood is profiled: the chosen one, or all if the rule has a penalty."""
        price = self.rule.penalty
        if price is None:
            return (Branch(self.basis, self.null.minima[self.chosen], 0.0),)
        pairs = zip(self.bases, self.null.minima, strict=True)
        return tuple(Branch(basis, fit, price * basis.n_parameters) for basis, fit in pairs)

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
            FitRangeError: if there are no more bins than background parameters.

        """
        n_bins, n_parameters = self.counts.shape[1], min(basis.n_parameters for basis in self.bases)
        if n_bins <= n_parameters:
            msg = (
                f"{n_bins} bins cannot tell a signal from a background of {n_parameters} parameters; "
                "widen the range or use fewer parameters"
            )
            raise FitRangeError(msg)
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
        self,
        counts: FloatArray,
        templates: FloatArray,
        null: Null | None = None,
        excesses_only: bool = False,
        variations: Variations | None = None,
    ) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Test every template on every row of counts; the background is refitted in each.

        Arguments:
            counts: shape (n_rows, n_bins).
            templates: shape (n_templates, n_bins).
            null: fits without a signal; made unless given.
            excesses_only: skip the signal fit where the score shows a deficit, and leave zero there.
            variations: nuisance parameters, of a single template; None without any.

        Returns:
            Signed root sign(strength) sqrt(2 (NLL(0) - NLL(strength))), fitted strength, and whether both fits
            converged, each of shape (n_rows, n_templates). For a rule with a penalty both likelihoods are those of the
            best family, each with its penalty.

        """
        null = self.refit(counts) if null is None else null
        shape = (len(counts), len(templates))
        r, strength, valid = np.zeros(shape), np.zeros(shape), np.ones(shape, dtype=bool)
        without, fitted = self.profiled(null)
        for column, template in enumerate(templates):
            best = without.copy()
            for index, basis in enumerate(self.bases):
                rows = np.flatnonzero(fitted[index])
                valid[rows, column] &= null.minima[index].converged[rows]
                if excesses_only:
                    excess = (counts[rows] / null.minima[index].expected[rows] - 1) @ template > 0
                    rows = rows[excess]
                start = null.minima[index].rows(rows)
                fit = with_signal(basis, counts[rows], template, start.expected, start.point, variations)
                value = fit.nll + (self.rule.penalty or 0.0) * basis.n_parameters
                valid[rows, column] &= fit.converged
                better = value < best[rows]
                best[rows[better]], strength[rows[better], column] = value[better], fit.strength[better]
            r[:, column] = np.sign(strength[:, column]) * np.sqrt(2 * (without - best))
        return r, strength, valid

    def profiled(self, null: Null) -> tuple[FloatArray, BoolArray]:
        """Return the likelihood of each row without a signal, and which families count for it.

        Arguments:
            null: fits without a signal.

        Returns:
            Negative log likelihoods, of the chosen family or with the penalty of the best one, shape (n_rows,), and
            the families whose fits with a signal are to be compared, shape (n_families, n_rows).

        """
        nll = np.stack([minimum.nll for minimum in null.minima])
        price = self.rule.penalty
        if price is None:
            chosen = null.choice == np.arange(len(self.bases))[:, None]
            return np.asarray(nll[null.choice, np.arange(nll.shape[1])], dtype=float), chosen
        nll += price * np.array([[basis.n_parameters] for basis in self.bases])
        return np.asarray(nll.min(0), dtype=float), np.ones(nll.shape, dtype=bool)


def with_signal(
    basis: Basis,
    counts: FloatArray,
    template: FloatArray,
    null: FloatArray,
    start: FloatArray | None = None,
    variations: Variations | None = None,
    centres: FloatArray | None = None,
) -> Minimum:
    """Fit background and signal to rows of counts.

    The strength may be negative as far as all bins keep a positive expectation at the background without signal;
    where that is less than a millionth of an event it may not.

    Arguments:
        basis: the whitened background.
        counts: shape (n_rows, n_bins).
        template: of every row or of all, shape (n_rows, n_bins) or (n_bins,).
        null: expected events without a signal, shape (n_rows, n_bins).
        start: whitened background coordinates to start from, shape (n_rows, n_parameters).
        variations: nuisance parameters of the signal.
        centres: their auxiliary measurements, shape (n_rows, n_nuisances); None stands for zero.

    """
    template = np.atleast_2d(template)
    with np.errstate(divide="ignore", over="ignore"):
        lowest = LOWEST * np.min(np.where(template > 0, null / template, np.inf), axis=-1)
    lowest = np.where(lowest > -NEGLIGIBLE, 0.0, lowest)
    likelihood = Likelihood(basis, counts, template, lowest=lowest, variations=variations, centres=centres)
    return deepest(likelihood, start)


def _determined(spectra: Sequence[Spectrum], families: Sequence[Family]) -> Iterator[tuple[Family, Basis]]:
    for number, family in enumerate(families):
        try:
            yield family, _fitted(spectra, family)
        except FitRangeError:
            if number == 0:
                raise


def _fitted(spectra: Sequence[Spectrum], family: Family) -> Basis:
    single = [place(spectrum.edges, family) for spectrum in spectra]
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
    rule: Rule, bases: Sequence[Basis], counts: FloatArray, mass: float | None, n_categories: int
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

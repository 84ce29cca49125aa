"""Rules that choose the background function; a rule is an object, so that every toy can repeat the choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, cast

import numpy as np
from scipy.stats import f as f_distribution

from .array import FloatArray, IntArray
from .family import Family, FamilyError
from .goodness import pearson


class Rule(Protocol):
    """What chooses among families after all of them were fitted."""

    @property
    def families(self) -> tuple[Family, ...]:
        """Families in the order in which they are tried."""
        ...

    @property
    def needs_mass(self) -> bool:
        """Whether the choice depends on the resonance mass, so that it is made anew for each."""
        ...

    @property
    def penalty(self) -> float | None:
        """Negative log likelihood per parameter of a profile over all families; None if one of them is chosen."""
        ...

    def choice(
        self,
        observed: FloatArray,
        expected: Sequence[FloatArray],
        n_parameters: Sequence[int],
        uncertainty: FloatArray | None = None,
    ) -> IntArray:
        """Return the index of the chosen family for each row.

        Arguments:
            observed: counts, shape (n_rows, n_bins).
            expected: expected events of each fitted family, each of shape (n_rows, n_bins).
            n_parameters: number of fitted parameters of each family, in all categories.
            uncertainty: standard deviation over value of each fit at the resonance mass, shape (n_families, n_rows);
                None without a mass.

        """
        ...


@dataclass(frozen=True)
class Fixed:
    """The rule that always takes the same family."""

    family: Family

    @property
    def families(self) -> tuple[Family, ...]:
        """The one family."""
        return (self.family,)

    @property
    def needs_mass(self) -> bool:
        """Never."""
        return False

    @property
    def penalty(self) -> float | None:
        """None: there is only one family."""
        return None

    def choice(
        self,
        observed: FloatArray,
        expected: Sequence[FloatArray],  # noqa: ARG002
        n_parameters: Sequence[int],  # noqa: ARG002
        uncertainty: FloatArray | None = None,  # noqa: ARG002
    ) -> IntArray:
        """Return zero for each row."""
        return np.zeros(len(observed), dtype=np.int64)


@dataclass(frozen=True)
class FTest:
    """Climb a ladder of nested families as long as the fit improves by more than chance.

    The larger family replaces the smaller one if F = [(chi2_small - chi2_large) / dp] / [chi2_large / ndof_large]
    has a probability below alpha; chi2 is Pearson's, in bins merged until the first family expects five events.

    With ``largest_uncertainty`` the fit has to be precise at the resonance mass too: the larger family is taken only if
    its relative uncertainty there is below the limit or smaller than before, and it is taken whatever F is if the
    smaller family is above the limit and it is not. Where there is no mass this part does not apply.

    Arguments:
        families: from the smallest number of parameters to the largest.
        alpha: probability below which more parameters are taken.
        largest_uncertainty: of a fit at the resonance mass, relative; None asks for F alone.

    """

    families: tuple[Family, ...]
    alpha: float = 0.05
    largest_uncertainty: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "families", tuple(self.families))
        sizes = [family.n_shape for family in self.families]
        if len(sizes) < 2 or sizes != sorted(set(sizes)) or not 0 < self.alpha < 1:
            msg = (
                f"F-test on families with {sizes} shape parameters at alpha={self.alpha}; "
                "it needs at least two families in increasing order and 0 < alpha < 1"
            )
            raise FamilyError(msg)
        if self.largest_uncertainty is not None and not self.largest_uncertainty > 0:
            msg = f"F-test with largest_uncertainty={self.largest_uncertainty}; it is relative and positive, or None"
            raise FamilyError(msg)

    @classmethod
    def published(cls, families: Sequence[Family]) -> FTest:
        """Make the rule with the thresholds of CMS-EXO-22-026 (arXiv:2412.03747): 0.10, and 15% at the mass."""
        return cls(tuple(families), 0.10, 0.15)

    @property
    def needs_mass(self) -> bool:
        """Whether the uncertainty at the mass counts."""
        return self.largest_uncertainty is not None

    @property
    def penalty(self) -> float | None:
        """None: one family is chosen."""
        return None

    def choice(
        self,
        observed: FloatArray,
        expected: Sequence[FloatArray],
        n_parameters: Sequence[int],
        uncertainty: FloatArray | None = None,
    ) -> IntArray:
        """Return the index of the chosen family for each row, shape (n_rows,)."""
        tests = [pearson(observed, mean, by=expected[0]) for mean in expected]
        chi2 = np.stack([test[0] for test in tests])
        ndof = np.stack([test[1] - n for test, n in zip(tests, n_parameters, strict=True)])
        chosen, rows = np.zeros(len(observed), dtype=np.int64), np.arange(len(observed))
        for larger in range(1, len(self.families)):
            p = f_probability(chi2[chosen, rows], chi2[larger], ndof[chosen, rows], ndof[larger])
            taken = p < self.alpha
            if uncertainty is not None and self.largest_uncertainty is not None:
                before, after = uncertainty[chosen, rows], uncertainty[larger]
                precise = after < self.largest_uncertainty
                taken = (taken & (precise | (after < before))) | (
                    (before >= self.largest_uncertainty) & precise
                )
            chosen[taken & (ndof[larger] > 0)] = larger
        return chosen


def f_probability(
    small: FloatArray, large: FloatArray, ndof_small: IntArray, ndof_large: IntArray
) -> FloatArray:
    """Return the probability that chance alone improves the fit as much, 1 without degrees of freedom.

    Arguments:
        small: chi2 of the smaller family, shape (...).
        large: chi2 of the larger one.
        ndof_small: degrees of freedom of the smaller family.
        ndof_large: degrees of freedom of the larger one.

    >>> round(float(f_probability(np.array(40.0), np.array(35.0), np.array(36), np.array(35))), 4)
    0.0313

    """
    gained, left = ndof_small - ndof_large, np.maximum(ndof_large, 1)
    noise = np.where(ndof_large > 0, large / left, 1.0)
    p = f_distribution.sf((small - large) / gained / np.maximum(noise, 1e-300), gained, left)
    return np.where(ndof_large > 0, p, 1.0)


def rule(background: Family | Rule) -> Rule:
    """Return the rule that a family or a rule stands for.

    Raises:
        FamilyError: if it is neither.

    """
    if isinstance(background, Family):
        return Fixed(background)
    if isinstance(background, type) or not callable(getattr(background, "choice", None)):
        msg = f"background {background!r} is no family and no rule; give one, such as bh.families.dijet(3)"
        raise FamilyError(msg)
    return background


def among(rule: Rule, families: tuple[Family, ...]) -> Rule:
    """Return the rule that chooses in the same way among fewer families."""
    if families == rule.families:
        return rule
    return Fixed(families[0]) if len(families) == 1 else replace(cast("Any", rule), families=families)

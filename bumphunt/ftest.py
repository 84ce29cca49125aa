"""Rules that choose the background function; a rule is an object, so that every toy can repeat the choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

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

    def choice(
        self, observed: FloatArray, expected: Sequence[FloatArray], n_parameters: Sequence[int]
    ) -> IntArray:
        """Return the index of the chosen family for each row.

        Arguments:
            observed: counts, shape (n_rows, n_bins).
            expected: expected events of each fitted family, each of shape (n_rows, n_bins).
            n_parameters: number of fitted parameters of each family, in all categories.

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

    def choice(
        self,
        observed: FloatArray,
        expected: Sequence[FloatArray],  # noqa: ARG002
        n_parameters: Sequence[int],  # noqa: ARG002
    ) -> IntArray:
        """Return zero for each row."""
        return np.zeros(len(observed), dtype=np.int64)


@dataclass(frozen=True)
class FTest:
    """Climb a ladder of nested families as long as the fit improves by more than chance.

    The larger family replaces the smaller one if F = [(chi2_small - chi2_large) / dp] / [chi2_large / ndof_large]
    has a probability below alpha; chi2 is Pearson's, in bins merged until the first family expects five events.

    Arguments:
        families: from the smallest number of parameters to the largest.
        alpha: probability below which more parameters are taken.

    """

    families: tuple[Family, ...]
    alpha: float = 0.05

    def __post_init__(self) -> None:
        object.__setattr__(self, "families", tuple(self.families))
        sizes = [family.n_shape for family in self.families]
        if len(sizes) < 2 or sizes != sorted(set(sizes)) or not 0 < self.alpha < 1:
            msg = (
                f"F-test on families with {sizes} shape parameters at alpha={self.alpha}; "
                "it needs at least two families in increasing order and 0 < alpha < 1"
            )
            raise FamilyError(msg)

    def choice(
        self, observed: FloatArray, expected: Sequence[FloatArray], n_parameters: Sequence[int]
    ) -> IntArray:
        """Return the index of the chosen family for each row, shape (n_rows,)."""
        tests = [pearson(observed, mean, by=expected[0]) for mean in expected]
        chi2 = np.stack([test[0] for test in tests])
        ndof = np.stack([test[1] - n for test, n in zip(tests, n_parameters, strict=True)])
        chosen, rows = np.zeros(len(observed), dtype=np.int64), np.arange(len(observed))
        for larger in range(1, len(self.families)):
            gained = ndof[chosen, rows] - ndof[larger]
            improvement = (chi2[chosen, rows] - chi2[larger]) / gained
            allowed = ndof[larger] > 0
            noise = np.where(allowed, chi2[larger] / np.maximum(ndof[larger], 1), 1.0)
            p = f_distribution.sf(
                improvement / np.maximum(noise, 1e-300), gained, np.maximum(ndof[larger], 1)
            )
            chosen[allowed & (p < self.alpha)] = larger
        return chosen


def rule(background: Family | Rule) -> Rule:
    """Return the rule that a family or a rule stands for."""
    return Fixed(background) if isinstance(background, Family) else background

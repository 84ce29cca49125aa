"""Discrete profiling: the choice of the background function as a nuisance parameter of the likelihood.

The profile likelihood of a signal strength is the envelope of those of all families: at every strength the smallest
negative log likelihood counts, after a penalty for each parameter. P. Dauncey, M. Kenzie, N. Wardle and G. Davies,
arXiv:1408.6865.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .array import FloatArray, IntArray
from .family import Family, FamilyError
from .goodness import deviance


@dataclass(frozen=True)
class Envelope:
    """The rule that profiles over families instead of choosing one.

    The penalty makes likelihoods with different numbers of parameters comparable. One half per parameter in the
    negative log likelihood, that is one in -2 ln L, is the approximate p-value correction of arXiv:1408.6865, which
    was less biased and covered slightly better there than one per parameter (Akaike); the paper leaves the size to the
    case at hand.

    Arguments:
        families: nested or not.
        penalty: of each parameter, in the negative log likelihood.

    >>> from .families import dijet
    >>> Envelope([dijet(2), dijet(3)]).penalty
    0.5

    """

    families: tuple[Family, ...]
    penalty: float = 0.5

    def __post_init__(self) -> None:
        object.__setattr__(self, "families", tuple(self.families))
        names = [family.name for family in self.families]
        if len(set(names)) != len(names) or len(names) < 2 or not 0 <= self.penalty < np.inf:
            msg = (
                f"envelope of families {names} with penalty {self.penalty}; "
                "it needs at least two different families and a penalty of zero or more"
            )
            raise FamilyError(msg)

    @property
    def needs_mass(self) -> bool:
        """Never."""
        return False

    def choice(
        self,
        observed: FloatArray,
        expected: Sequence[FloatArray],
        n_parameters: Sequence[int],
        uncertainty: FloatArray | None = None,  # noqa: ARG002
    ) -> IntArray:
        """Return the family with the smallest penalised likelihood without a signal for each row, shape (n_rows,)."""
        nll = [deviance(observed, mean) / 2 for mean in expected]
        penalised = [one + self.penalty * n for one, n in zip(nll, n_parameters, strict=True)]
        return np.asarray(np.argmin(np.stack(penalised), axis=0), dtype=np.int64)

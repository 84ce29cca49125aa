"""The score statistic of many toys and masses at once, and how far the likelihood ratio may exceed it.

The score (Rao) statistic needs the fits without a signal only: with templates t, counts n and expected events b it
is U / sqrt(V), U = sum(t (n / b - 1)), and V the information on the strength that is left after the background
parameters took theirs. All of it are products of matrices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .array import FloatArray
from .scoring import Minimum
from .whitened import Whitened

ENOUGH = 30.0
MARGIN, WIDE_MARGIN = 2.0, 8.0
DEGENERATE = 0.3


@dataclass(frozen=True, eq=False)
class Score:
    """The score scan of rows of counts.

    Arguments:
        z: U / sqrt(V), which approximates the signed root, shape (n_rows, n_templates).
        information: background events under the part of the signal that no background parameter can mimic,
            (sum t)^2 V^2 / sum(t^2 / b)^3, of the same shape.
        left: part of the information on the strength that the background parameters leave, of the same shape.

    """

    z: FloatArray
    information: FloatArray
    left: FloatArray

    @property
    def highest(self) -> FloatArray:
        """Bound on the signed root of an excess, minus infinity for a deficit and infinite without a bound.

        The score exceeds the root nearly always. The margin for the other cases is 2 over the root of the information
        from 30 events on, and 8 over it below. There is no bound where the background can mimic 70% of the signal. In toys
        of 300 to 200,000 events no template with the largest root was further from its score
        (`tests/bumphunt/test_largest.py`).
        """
        margin = np.where(self.information >= ENOUGH, MARGIN, WIDE_MARGIN) / np.sqrt(self.information)
        margin[self.left < DEGENERATE] = np.inf
        return np.where(self.z > 0, self.z + margin, -np.inf)


def score(basis: Whitened, counts: FloatArray, null: Minimum, templates: FloatArray) -> Score:
    """Return the score scan of rows of counts.

    Arguments:
        basis: the whitened background.
        counts: shape (n_rows, n_bins).
        null: fits of the counts without a signal.
        templates: expected events of one signal event, shape (n_templates, n_bins).

    """
    inverse, n = 1 / null.expected, basis.n_parameters
    slope = basis.mean
    fisher = (null.expected @ _pairs(slope)).reshape(-1, n, n)
    diagonal = np.arange(n)
    fisher[:, diagonal, diagonal] += 1e-9
    known = inverse @ (templates**2).T
    taken = np.linalg.inv(fisher).reshape(len(fisher), -1) @ _pairs(templates @ slope).T
    left = np.maximum(known - taken, 1e-12 * known)
    z = ((counts * inverse - 1) @ templates.T) / np.sqrt(left)
    share = left / known
    return Score(z, np.maximum(templates.sum(-1) ** 2 / known * share**2, 1e-9), share)


def _pairs(vectors: FloatArray) -> FloatArray:
    """Return the products of each vector with itself, shape (n, n_components ** 2)."""
    return (vectors[:, :, None] * vectors[:, None, :]).reshape(len(vectors), -1)

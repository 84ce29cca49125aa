"""The deepest minimum of likelihoods with a signal on little background, which may have more than one.

With a few events under a signal the background may take them, or fall away beneath them and leave them to the signal.
A descent from a background without a signal ends in the first of these minima that it meets; others start from a
signal far too large.
"""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from .array import FloatArray, IntArray
from .likelihood import Likelihood
from .scoring import Minimum, minimise

FEW = 25.0  # background events under a signal
FAR = 1000.0  # in units of the strength
DEEPER = 1e-7


def deepest(likelihood: Likelihood, start: FloatArray | None = None) -> Minimum:
    """Minimise rows, those with a free signal strength from more than one start where there is little background.

    Arguments:
        likelihood: the rows to fit.
        start: as in `minimise`.

    Returns:
        The deepest minima, in the order of the rows.

    """
    found = minimise(likelihood, start)
    rows = _few(likelihood)
    if not len(rows):
        return found
    some, n = likelihood.rows(rows), likelihood.background.n_parameters
    far = np.zeros((len(rows), n + 1))
    far[:, n] = FAR
    _take(found, rows, minimise(some, far))
    if start is not None:
        far[:, :n] = start[rows, :n]
        _take(found, rows, minimise(some, far))
    return found


def _few(likelihood: Likelihood) -> IntArray:
    template = likelihood.template
    if template is None or not likelihood.free:
        return np.arange(0)
    under = template.sum(-1) ** 2 / (template**2 / likelihood.background.expected).sum(-1)
    return np.flatnonzero(np.broadcast_to(under < FEW, len(likelihood.counts)))


def _take(found: Minimum, rows: IntArray, other: Minimum) -> None:
    better = other.converged & ((other.nll < found.nll[rows] - DEEPER) | ~found.converged[rows])
    for field in fields(Minimum):
        getattr(found, field.name)[rows[better]] = getattr(other, field.name)[better]

"""The deepest minimum of likelihoods with a signal on a background that is hardly known, which may have more than one.

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

UNCERTAIN = 0.15  # of the background under a signal, relative
FAR = 1000.0  # in units of the strength
DEEPER = 1e-7
ENOUGH_STEPS = 40


def deepest(likelihood: Likelihood, start: FloatArray | None = None) -> Minimum:
    """Minimise rows, those with a free signal strength from more than one start where the background is hardly known.

    Arguments:
        likelihood: the rows to fit.
        start: as in `minimise`.

    Returns:
        The deepest minima, in the order of the rows.

    """
    found = minimise(likelihood, start)
    rows = _uncertain(likelihood)
    if not len(rows):
        return found
    some, n = likelihood.rows(rows), likelihood.background.n_parameters
    far = np.zeros((len(rows), n + 1))
    far[:, n] = FAR
    _take(found, rows, minimise(some, far, ENOUGH_STEPS))
    if start is not None:
        far[:, :n] = start[rows, :n]
        _take(found, rows, minimise(some, far, ENOUGH_STEPS))
    return found


def _uncertain(likelihood: Likelihood) -> IntArray:
    """Return the rows with a free signal on a background that is not well known, by its fit at the reference."""
    template, basis = likelihood.template, likelihood.background
    if template is None or not likelihood.free:
        return np.arange(0)
    phi = np.zeros((1, basis.n_parameters))
    slope = template @ basis.means(basis.parts(phi), phi)[0] / template.sum(-1, keepdims=True)
    known = np.linalg.norm(slope, axis=-1) < UNCERTAIN
    return np.flatnonzero(np.broadcast_to(~known, len(likelihood.counts)))


def _take(found: Minimum, rows: IntArray, other: Minimum) -> None:
    better = other.converged & ((other.nll < found.nll[rows] - DEEPER) | ~found.converged[rows])
    for field in fields(Minimum):
        getattr(found, field.name)[rows[better]] = getattr(other, field.name)[better]

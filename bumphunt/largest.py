"""The largest root of every toy over all masses: the score ranks the masses, and those that may win are fitted."""

from __future__ import annotations

import numpy as np

from .array import BoolArray, FloatArray
from .score import score
from .search import Null, Search, with_signal
from .whitened import Whitened

PAIRS = 20_000


def largest_roots(
    search: Search, counts: FloatArray, templates: FloatArray, null: Null | None = None
) -> tuple[FloatArray, BoolArray]:
    """Return the largest signed root of each row over all templates, zero if there is no excess.

    Templates that cannot have it, by the score and its margin, are not fitted.

    Arguments:
        search: the fitted spectra.
        counts: shape (n_rows, n_bins).
        templates: expected events of one signal event, shape (n_templates, n_bins).
        null: fits without a signal; made unless given.

    Returns:
        Largest root, and whether the fits behind it converged, each of shape (n_rows,).

    """
    null = search.refit(counts) if null is None else null
    if search.rule.penalty is not None or not all(isinstance(basis, Whitened) for basis in search.bases):
        r, _, valid = search.roots(counts, templates, null, excesses_only=True)
        return np.maximum(r.max(-1), 0), np.asarray(valid.all(-1))
    largest, valid = np.zeros(len(counts)), np.zeros(len(counts), dtype=bool)
    for index in range(len(search.bases)):
        rows = np.flatnonzero(null.choice == index)
        if len(rows):
            some = null.rows(rows)
            largest[rows], valid[rows] = _of_one_family(search, index, counts[rows], templates, some)
    return largest, valid


def _of_one_family(
    search: Search, index: int, counts: FloatArray, templates: FloatArray, null: Null
) -> tuple[FloatArray, BoolArray]:
    basis, minimum = search.bases[index], null.minima[index]
    assert isinstance(basis, Whitened)
    largest, valid = np.zeros(len(counts)), minimum.converged.copy()
    found = score(basis, counts, minimum, templates)
    first = np.zeros(found.z.shape, dtype=bool)
    first[np.arange(len(counts)), found.z.argmax(-1)] = found.z.max(-1) > 0
    _fit(search, index, counts, templates, null, first, largest, valid)
    _fit(search, index, counts, templates, null, (found.highest > largest[:, None]) & ~first, largest, valid)
    return largest, valid


def _fit(
    search: Search,
    index: int,
    counts: FloatArray,
    templates: FloatArray,
    null: Null,
    wanted: BoolArray,
    largest: FloatArray,
    valid: BoolArray,
) -> None:
    """Fit pairs of row and template, and raise the largest roots in place."""
    all_rows, all_columns = np.nonzero(wanted)
    minimum = null.minima[index]
    for first in range(0, len(all_rows), PAIRS):
        rows, columns = all_rows[first : first + PAIRS], all_columns[first : first + PAIRS]
        some = minimum.rows(rows)
        fit = with_signal(search.bases[index], counts[rows], templates[columns], some.expected, some.point)
        r = np.sign(fit.strength) * np.sqrt(np.maximum(2 * (some.nll - fit.nll), 0))
        np.maximum.at(largest, rows, r)
        np.logical_and.at(valid, rows, fit.converged)

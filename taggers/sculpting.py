"""Sculpting: what a selection does to the m_jj spectrum of background."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2

from ..datasets.table import Floats
from .distance import jensen_shannon
from .error import MetricError

LEAST_EXPECTED = 5.0
"""Selected events that a bin must expect; bins are joined until they do."""


@dataclass(frozen=True)
class Sculpting:
    """The efficiency of a selection in bins of m_jj, against a constant.

    ``edges`` (n + 1,) in GeV; ``efficiency`` and its ``error`` (n,), binomial; ``overall`` that of all events.
    ``largest``: max over bins of |efficiency - overall| / error. ``chi2`` with ``ndof`` and ``p_value``: of
    selected over inclusive against a constant. ``divergence``: Jensen-Shannon, of the selected and the other events.
    """

    edges: Floats
    efficiency: Floats
    error: Floats
    overall: float
    largest: float
    chi2: float
    ndof: int
    p_value: float
    divergence: float


def sculpting(mjj: ArrayLike, selected: ArrayLike, edges: ArrayLike) -> Sculpting:
    """Measure the sculpting of events with ``mjj`` (n,) in GeV of which ``selected`` (n,) are kept.

    Errors are those of the constant: binomial with the overall efficiency. Bins (``edges`` in GeV) are joined
    until each expects 5 selected events and 5 others. ``MetricError`` when that leaves fewer than two.
    """
    mass, kept = np.asarray(mjj, dtype=np.float64), np.asarray(selected, dtype=bool)
    given = np.asarray(edges, dtype=np.float64)
    total, passed = np.histogram(mass, given)[0], np.histogram(mass[kept], given)[0]
    overall = float(passed.sum() / max(total.sum(), 1))
    joined = _joined(total * min(overall, 1 - overall))
    if len(joined) < 2:
        raise MetricError(
            f"{passed.sum()} of {total.sum()} events are selected; two bins that expect {LEAST_EXPECTED:g} selected "
            "and as many others cannot be made: give more events or another cut"
        )
    total, passed = np.add.reduceat(total, joined), np.add.reduceat(passed, joined)
    efficiency, error = passed / total, np.sqrt(overall * (1 - overall) / total)
    pulls = (efficiency - overall) / error
    ndof = len(joined) - 1
    return Sculpting(
        edges=np.append(given[joined], given[-1]),
        efficiency=efficiency,
        error=error,
        overall=overall,
        largest=float(np.abs(pulls).max()),
        chi2=float(pulls @ pulls),
        ndof=ndof,
        p_value=float(chi2.sf(pulls @ pulls, ndof)),
        divergence=jensen_shannon(passed, total - passed),
    )


def _joined(expected: Floats) -> NDArray[np.intp]:
    """Return the first bin of each group that expects enough; what is left at the end joins the last."""
    first, content = [0], 0.0
    for i, value in enumerate(expected):
        if content >= LEAST_EXPECTED:
            first.append(i)
            content = 0.0
        content += value
    if content < LEAST_EXPECTED and len(first) > 1:
        first.pop()
    return np.array(first if expected.sum() >= LEAST_EXPECTED else [], dtype=np.intp)

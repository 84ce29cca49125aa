"""Whether the m_jj of a background sample follows the dijet function from its edge on, as a whole and in 20 parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .. import bumphunt as bh
from ..datasets.table import FeatureTable
from .weighted import equal

Values = NDArray[np.float64]

PARAMETERS = 3
PARTS = 20
BIN_WIDTH = 25.0
TOYS, PART_TOYS = 1000, 200
LEAST = 50
"""Events that a part needs to be fitted."""
START = 1.1
"""The start of a sample ends at so many times its edge."""


@dataclass(frozen=True)
class Smoothness:
    """Fit of the whole sample, p-values of the parts by statistic, and the start beside a fit above it.

    ``start`` has the observed and the extrapolated events and the error of these; None when the fit above fails.
    """

    fit: bh.FitResult
    parts: dict[str, list[float]]
    start: dict[str, float] | None

    def uniformity(self) -> dict[str, float]:
        """Return the p-values of the Kolmogorov-Smirnov test that those of the parts are uniform, by statistic."""
        return {
            name: float(stats.kstest(values, "uniform").pvalue)
            for name, values in self.parts.items()
            if values
        }

    def record(self) -> dict[str, Any]:
        """Return plain data, as stored in JSON."""
        return {
            "fit": self.fit.as_dict(),
            "parts": self.parts,
            "uniformity": self.uniformity(),
            "start": self.start,
        }


def smoothness(table: FeatureTable, edge: float, seed: int) -> Smoothness:
    """Fit the dijet function with 3 shape parameters from ``edge`` (GeV) on.

    ``table`` has m_jj and the identity of unweighted events (see ``unweighted``); the parts are folds by identity. The
    p-values come from toys with this ``seed``. ``bumphunt.FitRangeError`` when there are too few events.
    """
    mjj = np.asarray(table["mjj"], dtype=np.float64)
    background, edges = bh.families.dijet(PARAMETERS), bins(mjj, edge)
    spectrum = bh.Spectrum.from_values(mjj, edges)
    fit = bh.fit(spectrum, background)
    goodness = bh.goodness_of_fit(spectrum, background, n_toys=TOYS, seed=seed)
    fold = table.fold(PARTS, "data sheet")
    parts: dict[str, list[float]] = {}
    for part in range(PARTS):
        one = bh.Spectrum.from_values(mjj[fold == part], edges)
        if one.total < LEAST:
            continue
        quality = bh.goodness_of_fit(one, background, n_toys=PART_TOYS, seed=seed + 1 + part)
        for name, p in quality.p_values.items():
            parts.setdefault(name, []).append(p)
    made = bh.FitResult.from_dict({**fit.as_dict(), "goodness": goodness.as_dict()})
    return Smoothness(made, parts, _start(spectrum, edge))


def bins(mjj: Values, edge: float) -> Values:
    """Return the edges (GeV) of the likelihood: from the edge of the sample, then the standard ones, split.

    The last one is the first standard edge above all events.
    """
    standard = np.array(bh.CMS_DIJET_EDGES)
    top = standard[
        min(int(np.searchsorted(standard, mjj.max(initial=edge), side="right")), len(standard) - 1)
    ]
    inside = standard[(standard > edge) & (standard <= top)]
    return bh.subdivided(np.concatenate([[edge], inside]), BIN_WIDTH)


def unweighted(table: FeatureTable) -> FeatureTable:
    """Draw unweighted events: each is kept with a chance in proportion to its weight, by its identity.

    Events of equal weight are all kept.
    """
    weight = np.asarray(table["weight"], dtype=np.float64)
    if equal(weight):
        return table
    return table.where(table.uniform("unweight") < weight / weight.max())


def _start(spectrum: bh.Spectrum, edge: float) -> dict[str, float] | None:
    """Compare the events just above the edge with the function fitted above them."""
    background = bh.families.dijet(PARAMETERS)
    border = spectrum.edges[np.searchsorted(spectrum.edges, START * edge)]
    try:
        fit = bh.fit(spectrum, background, fit_range=(float(border), None))
    except bh.FitRangeError:
        return None
    below = spectrum.restricted(high=float(border))
    values = np.array(fit.values)

    def expected(point: Values) -> float:
        return float(bh.integral(lambda m: background.density(m, tuple(point)), below.edges).sum())

    steps = 1e-4 * np.array(fit.errors)  # the parameters are strongly correlated
    slopes = [
        (expected(values + step) - expected(values - step)) / (2 * step.sum()) for step in np.diag(steps)
    ]
    variance = float(np.array(slopes) @ np.array(fit.covariance) @ np.array(slopes))
    return {
        "low": edge,
        "high": float(border),
        "observed": below.total,
        "expected": expected(values),
        "error": float(np.sqrt(max(variance, 0.0))),
    }

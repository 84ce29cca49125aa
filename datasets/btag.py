"""A b-tagging score like DeepCSV, drawn from published efficiencies and from displaced tracks.

Secondary vertices are not simulated. The score of a jet is drawn so that the efficiencies of the three working points
are those of CMS for the flavour and the pT of the jet, and so that of two jets of one flavour the one with more
displaced tracks tends to the larger score. It depends on hadrons and tracks, never on the partons of a resonance.

From CMS: the thresholds (DeepCSV, 2018); the efficiencies in ttbar, 84, 68 and 50% for b, 41, 12 and 2.4% for c, 11,
1.1 and 0.1% for light jets (arXiv:1712.07158); how the loose and the medium efficiency of b and the loose one of light
jets change with pT, which are polynomials of its b-tagging group for ttbar from 20 GeV to 1 TeV, as public analysis code
has them. Rough: how all others change with pT, the fall of heavy flavour at large eta, everything above 1 TeV, and jets
with two b hadrons, which are taken to be half way between one hadron and two that are tagged independently.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.special import expit, log_ndtr, logit

from .jagged import Index

Array = NDArray[np.float64]
Table = Mapping[int, Array]

LIGHT, CHARM, BOTTOM = 0, 4, 5
WORKING_POINTS = {"loose": 0.1208, "medium": 0.4168, "tight": 0.7665}
VARIATIONS = ("bcUp", "bcDown", "lightUp", "lightDown")

PT = np.array([20.0, 30.0, 50.0, 100.0, 200.0, 300.0, 500.0, 1000.0, 3000.0])
EFFICIENCY: Table = {
    BOTTOM: np.array(
        [
            [0.707, 0.771, 0.827, 0.855, 0.864, 0.855, 0.848, 0.847, 0.840],
            [0.516, 0.613, 0.690, 0.711, 0.685, 0.647, 0.582, 0.488, 0.350],
            [0.330, 0.420, 0.500, 0.520, 0.480, 0.430, 0.350, 0.250, 0.140],
        ]
    ),
    CHARM: np.array(
        [
            [0.370, 0.380, 0.400, 0.410, 0.420, 0.430, 0.450, 0.480, 0.520],
            [0.100, 0.110, 0.120, 0.120, 0.120, 0.120, 0.115, 0.110, 0.100],
            [0.020, 0.022, 0.024, 0.025, 0.023, 0.021, 0.018, 0.014, 0.010],
        ]
    ),
    LIGHT: np.array(
        [
            [0.162, 0.136, 0.105, 0.100, 0.137, 0.175, 0.245, 0.384, 0.500],
            [0.012, 0.011, 0.010, 0.010, 0.012, 0.015, 0.022, 0.035, 0.060],
            [0.0010, 0.0010, 0.0009, 0.0009, 0.0011, 0.0013, 0.0017, 0.0025, 0.0040],
        ]
    ),
}
"""Efficiencies at the loose, medium and tight working point for jets of the pT (GeV) of ``PT``."""

BARREL, CENTRAL_SHIFT, ETA_SLOPE = 1.2, 0.1, 0.5
PAIR = 0.5

UNCERTAINTY_PT = (100.0, 1000.0)
UNCERTAINTY: Mapping[int, tuple[float, float]] = {
    BOTTOM: (0.02, 0.06),
    CHARM: (0.06, 0.18),
    LIGHT: (0.10, 0.20),
}
"""Relative uncertainties of the medium efficiency at the two pT of ``UNCERTAINTY_PT``, as large as those of CMS."""

CORRELATION = 0.6
SPREAD = np.array([-2.0, -1.0, 0.0, 1.0, 2.0, 3.0])
TRACKS: Table = {
    BOTTOM: np.array([-0.23, 0.48, 1.63, 2.86, 3.65, 4.10]),
    CHARM: np.array([-0.75, 0.00, 0.43, 0.98, 2.41, 3.40]),
    LIGHT: np.array([-0.87, -0.08, 0.30, 0.60, 0.99, 3.43]),
}
"""log(significance) of simulated jets of 300 GeV at the quantiles of ``SPREAD`` standard deviations."""
TRACK_SLOPE = {BOTTOM: 0.25, CHARM: 0.30, LIGHT: 0.25}
SLOPE_RANGE = (-0.5, 0.7)
PAIR_SHIFT = 0.8
LEAST = 1e-3


def scores(
    b: Index, c: Index, pt: Array, eta: Array, significance: Array, rng: np.random.Generator
) -> dict[str, Array]:
    """Draw scores and their variations, each (j,) between 0 and 1, by name of the branch.

    ``b`` and ``c`` (j,) are the numbers of b and c hadrons of a jet, ``pt`` (j,) is in GeV, ``significance`` (j,)
    |d0|/sigma of its third most displaced track, 0 without three tracks. A varied score is what the same random number gives when the efficiencies are
    shifted by one standard deviation, up towards more of them: those of b and c together, or those of light jets.
    """
    kind = flavour(b, c)
    curve = log_odds(b, c, pt, eta)
    drawn = _drawn(kind, b, pt, significance, rng)
    shift = uncertainty(kind, pt) / (1 - expit(curve[1]))
    result = {"btagDeepB": _score(curve, drawn)}
    for name in VARIATIONS:
        concerned = (kind == LIGHT) == name.startswith("light")
        sign = 1.0 if name.endswith("Up") else -1.0
        result[f"btagDeepB_{name}"] = _score(curve + sign * shift * concerned, drawn)
    return result


def flavour(b: Index, c: Index) -> Index:
    """Return 5, 4 or 0 (j,): the heaviest quark of which a jet has hadrons.

    >>> flavour(np.array([1, 0, 0]), np.array([1, 2, 0]))
    array([5, 4, 0])
    """
    return np.select([np.asarray(b) > 0, np.asarray(c) > 0], [BOTTOM, CHARM], LIGHT).astype(np.int64)


def log_odds(b: Index, c: Index, pt: Array, eta: Array) -> Array:
    """Return log(eff / (1 - eff)) (3, j) of the efficiencies at the loose, medium and tight working point.

    >>> expit(log_odds(np.array([1]), np.array([0]), np.array([300.0]), np.array([1.4]))).round(3).ravel()
    array([0.855, 0.647, 0.43 ])
    """
    kind = flavour(b, c)
    where = np.log(np.clip(pt, PT[0], PT[-1]))
    result = np.empty((len(WORKING_POINTS), len(where)))
    for value, efficiency in EFFICIENCY.items():
        chosen = kind == value
        result[:, chosen] = PchipInterpolator(np.log(PT), logit(efficiency), axis=1)(where[chosen])
    forward = CENTRAL_SHIFT - ETA_SLOPE * np.maximum(np.abs(eta) - BARREL, 0.0)
    single = result + np.where(kind == LIGHT, 0.0, forward)
    efficiency = expit(single)
    return np.where(np.asarray(b) > 1, logit(efficiency * (1 + PAIR * (1 - efficiency))), single)


def uncertainty(kind: Index, pt: Array) -> Array:
    """Return the relative uncertainty (j,) of the efficiency at the medium working point; it grows with log(pT).

    >>> uncertainty(np.array([5, 5, 4, 0]), np.array([100.0, 2000.0, 100.0, 100.0]))
    array([0.02, 0.06, 0.06, 0.1 ])
    """
    low, high = (_of(kind, {f: pair[i] for f, pair in UNCERTAINTY.items()}) for i in (0, 1))
    return low + np.interp(np.log(pt), np.log(UNCERTAINTY_PT), (0.0, 1.0)) * (high - low)


def displacement(kind: Index, b: Index, pt: Array, significance: Array) -> Array:
    """Return how displaced the tracks are for a jet of this flavour and pT (j,), in standard deviations."""
    moved = _of(kind, TRACK_SLOPE) * np.clip(np.log10(pt / 300.0), *SLOPE_RANGE)
    moved += np.where(np.asarray(b) > 1, PAIR_SHIFT, 0.0)
    value = np.log(np.maximum(significance, LEAST)) - moved
    return np.select([kind == f for f in TRACKS], [np.interp(value, t, SPREAD) for t in TRACKS.values()])


def _of(kind: Index, values: Mapping[int, float]) -> Array:
    return np.select([kind == f for f in values], [np.full(len(kind), v) for v in values.values()])


def _drawn(kind: Index, b: Index, pt: Array, significance: Array, rng: np.random.Generator) -> Array:
    """Return the log odds (j,) of uniform numbers, which are small for jets with displaced tracks."""
    noise = rng.standard_normal(len(pt))
    tracks = displacement(kind, b, pt, significance)
    mixed = CORRELATION * tracks + np.sqrt(1 - CORRELATION**2) * noise
    normal = np.where(significance > 0, mixed, noise)
    return np.asarray(log_ndtr(-normal) - log_ndtr(normal), np.float64)


def _score(curve: Array, drawn: Array) -> Array:
    """Return the score (j,) above which a share of jets lies whose log odds are ``drawn`` (j,).

    Between and beyond the working points, where the log odds are those of ``curve`` (3, j), the log odds of the
    efficiency are straight lines in those of the score.
    """
    loose, medium, tight = logit(np.array(list(WORKING_POINTS.values())))
    below = drawn > curve[1]
    end, point = np.where(below, curve[0], curve[2]), np.where(below, loose, tight)
    odds = medium + (point - medium) * (drawn - curve[1]) / (end - curve[1])
    return np.asarray(expit(odds), np.float64)

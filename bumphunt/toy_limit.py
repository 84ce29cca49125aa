"""Upper limits by the CLs method with toys.

Toys are made at a few strengths around the asymptotic limits. What is interpolated is the logarithm of the ratio of CLs
from toys to asymptotic CLs, which changes little with the strength.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .array import FloatArray
from .limit_result import LimitToys, StrengthScan
from .toy_test import ToyPoint, ToyTest

Progress = Callable[[int, int], None]

STEP = 1.25
NEAR = 0.2
FEWEST_NEAR = 2
MOST_ROUNDS = 5
FINE = 400
RIDGE = 1e-3
PRECISE = 0.1


@dataclass(frozen=True, eq=False)
class ToyLimits:
    """Limits from toys, with the observed one first unless the test is blind.

    Arguments:
        limits: observed and from -2 to +2 standard deviations, shape (n_targets,).
        errors: statistical, of the same shape.
        settled: whether toys were made near every limit.
        points: what was found at every strength, in increasing order.
        test: the test with its toys.

    """

    limits: FloatArray
    errors: FloatArray
    settled: bool
    points: tuple[ToyPoint, ...]
    test: ToyTest

    @property
    def scan(self) -> StrengthScan:
        """CLs at the strengths that toys were made for."""
        rows = [tuple(row) for row in np.stack([point.cls for point in self.points], axis=1).tolist()]
        observed = None if self.test.blind else rows[0]
        return StrengthScan(tuple(point.strength for point in self.points), observed, tuple(rows[-5:]))

    @property
    def toys(self) -> LimitToys:
        """Their numbers, and the statistical errors of the limits."""
        errors = self.errors.tolist()
        n_failed = sum(point.n_failed for point in self.points)
        observed = None if self.test.blind else errors[0]
        return LimitToys(self.test.n_toys, n_failed, self.test.seed, observed, tuple(errors[-5:]))

    @property
    def failed(self) -> float:
        """Share of the tests of toys in which a fit failed."""
        return self.toys.n_failed / (2 * self.test.n_toys * len(self.points))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader has to know."""
        texts, worst = [], float((self.errors / self.limits).max())
        if self.toys.n_failed:
            texts.append(
                f"{self.toys.n_failed} tests of toys ({self.failed:.2g} of all) failed; "
                "they count such that the limits are weaker"
            )
        if not self.settled:
            texts.append("a limit has no toys near it and is not reliable")
        if not worst < PRECISE:
            texts.append(f"a limit has a statistical error of {worst:.0%}; make more toys")
        return tuple(texts)


def toy_limits(test: ToyTest, alpha: float, start: FloatArray, progress: Progress | None = None) -> ToyLimits:
    """Return the strengths at which CLs from toys is alpha.

    Arguments:
        test: the test with toys.
        alpha: one minus the confidence level.
        start: asymptotic limits of the targets, shape (n_targets,).
        progress: called with the numbers of strengths done and planned.

    """
    points: list[ToyPoint] = []
    wanted = _first(start)
    for _ in range(MOST_ROUNDS):
        planned = len(points) + len(wanted)
        for strength in wanted:
            points.append(test.point(float(strength), len(points) + 1))
            if progress is not None:
                progress(len(points), planned)
        limits, errors = _crossings(test, points, alpha)
        lonely = np.array([_near(points, row, limit) for row, limit in enumerate(limits)]) < FEWEST_NEAR
        wanted = _between(points, limits[lonely])
        if not len(wanted):
            break
    points.sort(key=lambda point: point.strength)
    return ToyLimits(limits, errors, not lonely.any(), tuple(points), test)


def _first(start: FloatArray) -> FloatArray:
    low, high = start.min() / STEP, start.max() * STEP
    return np.geomspace(low, high, int(np.ceil(np.log(high / low) / np.log(STEP))) + 1)


def _near(points: list[ToyPoint], row: int, limit: float) -> int:
    close = [abs(np.log(p.strength / limit)) < NEAR for p in points if np.isfinite(p.signal_variance[row])]
    return int(np.sum(close))


def _between(points: list[ToyPoint], limits: FloatArray) -> FloatArray:
    """Return strengths beside limits that have too few points near them, within a factor of two of a point."""
    known = [point.strength for point in points]
    inside = np.clip(limits, min(known) / 2, 2 * max(known))
    return np.unique(np.concatenate([inside / STEP**0.5, inside * STEP**0.5]))


def _crossings(test: ToyTest, points: list[ToyPoint], alpha: float) -> tuple[FloatArray, FloatArray]:
    """Return the strengths at which CLs is alpha, and their statistical errors, shape (n_targets,)."""
    known = np.log([point.strength for point in points])
    fine = np.linspace(known.min() - np.log(2), known.max() + np.log(2), FINE)
    at_points, curves = (test.asymptotic(np.exp(where)) for where in (known, fine))
    found = []
    for row, (reference, curve) in enumerate(zip(at_points, curves, strict=True)):
        used = [index for index, point in enumerate(points) if np.isfinite(point.signal_variance[row])]
        if not used:
            found.append((float(np.exp(known.min())), np.inf))
            continue
        cls, *variances = np.array(
            [(p.cls[row], p.signal_variance[row], p.background_variance[row]) for p in points]
        )[used].T
        inside = np.clip(fine, known[used].min(), known[used].max())
        distance = inside[:, None] - known[used]
        smooth, variance = _smooth(distance, np.log(cls) - reference[used], *variances)
        at, slope = _reached(fine, curve + smooth, float(np.log(alpha)))
        found.append((np.exp(at), np.exp(at) * np.sqrt(np.interp(at, fine, variance)) / slope))
    return np.array([one[0] for one in found]), np.array([one[1] for one in found])


def _reached(x: FloatArray, falling: FloatArray, value: float) -> tuple[float, float]:
    """Return where a falling curve reaches a value last, and how steep it is there."""
    index = int(np.clip(np.flatnonzero(falling > value).max(initial=0) + 1, 1, len(x) - 1))
    steepness = (falling[index - 1] - falling[index]) / (x[index] - x[index - 1])
    steepness = max(float(steepness), 1e-3)
    at = x[index] - (value - falling[index]) / steepness
    return float(np.clip(at, x[index - 1], x[index])), steepness


def _smooth(
    distance: FloatArray, ratio: FloatArray, own: FloatArray, common: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return a local linear fit at every place, and its variance.

    Arguments:
        distance: of the points from the places, shape (n_places, n_points).
        ratio: values, shape (n_points,).
        own: variance of a value that it has for itself, shape (n_points,).
        common: variance that it shares with the other points, shape (n_points,).

    """
    exponent = -0.5 * (distance / NEAR) ** 2 - np.log(own + common + 1e-12)
    weight = np.exp(exponent - exponent.max(1, keepdims=True))
    zero, first = weight.sum(1), (weight * distance).sum(1)
    second = (weight * distance**2).sum(1) + RIDGE * NEAR**2 * zero
    factor = weight * (second[:, None] - first[:, None] * distance) / (zero * second - first**2)[:, None]
    return factor @ ratio, factor**2 @ own + (np.abs(factor) @ np.sqrt(common)) ** 2

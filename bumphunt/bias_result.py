"""The results of tests of a background function, as frozen records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from .record import Record


@dataclass(frozen=True)
class Slope(Record):
    """The straight line through fitted against injected signal events.

    Arguments:
        slope: fitted events per injected event, 1 without a bias.
        error: its standard deviation.
        offset: fitted events without a signal.

    """

    slope: float
    error: float
    offset: float

    @classmethod
    def through(cls, injected: Sequence[float], fitted: Sequence[float], errors: Sequence[float]) -> Slope:
        """Fit the line by least squares.

        Arguments:
            injected: signal events, at least two different numbers.
            fitted: mean fitted events of each.
            errors: of the means.

        Raises:
            ValueError: if fewer than two strengths were injected.

        >>> round(Slope.through([0, 10, 20], [1, 12, 23], [1, 1, 1]).slope, 6)
        1.1

        """
        if len(set(injected)) < 2:
            msg = f"a line through fitted against injected events {tuple(injected)} needs two different ones"
            raise ValueError(msg)
        weights = 1 / np.asarray(errors, dtype=float)
        design = np.stack([np.asarray(injected, dtype=float), np.ones(len(weights))], axis=-1)
        weighted = design * weights[:, None]
        covariance = np.linalg.inv(weighted.T @ weighted)
        slope, offset = covariance @ weighted.T @ (np.asarray(fitted, dtype=float) * weights)
        return cls(float(slope), float(np.sqrt(covariance[0, 0])), float(offset))


@dataclass(frozen=True)
class BiasPoint(Record):
    """Fits of one rule to toys of one truth with a signal of one strength.

    Arguments:
        truth: what the toys were drawn from.
        mass: resonance mass in GeV.
        deviations: injected signal in standard deviations of its strength in a truth without one.
        injected: injected signal events.
        fitted, error: mean fitted signal events and its standard deviation; None if fewer than two fits converged, as
            are the following.
        pull, pull_error: mean of the pulls and its standard deviation.
        width, width_error: standard deviation of the pulls and its own.
        median: of the pulls.
        n_toys, n_failed: numbers of toys, and of those with a failed fit.
        passed: whether the mean pull is below the threshold and no fit failed.

    """

    truth: str
    mass: float
    deviations: float
    injected: float
    fitted: float | None
    error: float | None
    pull: float | None
    pull_error: float | None
    width: float | None
    width_error: float | None
    median: float | None
    n_toys: int
    n_failed: int
    passed: bool


@dataclass(frozen=True)
class Bias(Record):
    """A test of whether a rule finds the signal that was injected, whatever the background is.

    Arguments:
        points: every truth, mass and strength.
        threshold: size that a mean pull may not reach.
        seed: of the toys.

    """

    points: tuple[BiasPoint, ...]
    threshold: float
    seed: int

    @property
    def passed(self) -> bool:
        """Whether all points passed."""
        return all(point.passed for point in self.points)

    @property
    def largest(self) -> BiasPoint:
        """The point with the mean pull that is furthest from zero."""
        return max(self.points, key=lambda point: np.inf if point.pull is None else abs(point.pull))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader has to know."""
        return tuple(
            f"{point.truth}, {point.mass:g} GeV, {point.injected:g} events: {point.n_failed} of {point.n_toys} fits failed"
            for point in self.points
            if point.n_failed
        )

    def slope(self, truth: str, mass: float) -> Slope:
        """Return the line through the fitted against the injected events of one truth at one mass.

        Raises:
            ValueError: if fewer than two strengths were injected there.

        """
        used = [p for p in self.points if (p.truth, p.mass) == (truth, mass)]
        known = [
            (p.injected, p.fitted, p.error) for p in used if p.fitted is not None and p.error is not None
        ]
        return Slope.through(*zip(*known, strict=True)) if known else Slope.through((), (), ())

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """Make the test of what `as_dict` returned."""
        points = [BiasPoint.from_dict(point) for point in content.get("points", [])]
        return super().from_dict({**content, "points": points})


@dataclass(frozen=True)
class SpuriousPoint(Record):
    """The signal that a fit finds at one mass in expected counts without one.

    Arguments:
        mass: resonance mass in GeV.
        strength, error: fitted signal events and their standard deviation.
        ratio: the one over the other.
        largest: the ratio that is furthest from zero at the masses around this one.
        valid: whether the fits converged and the error is known.

    """

    mass: float
    strength: float
    error: float | None
    ratio: float | None
    largest: float | None
    valid: bool


@dataclass(frozen=True)
class SpuriousSignal(Record):
    """The spurious signal of a rule in one truth.

    Arguments:
        truth: whose expected counts were fitted.
        points: the masses, in increasing order.
        around: relative distance up to which masses count for `largest` of a point; None where only its own does.
        threshold: size that a ratio may not reach.

    """

    truth: str
    points: tuple[SpuriousPoint, ...]
    around: float | None
    threshold: float

    @property
    def largest(self) -> SpuriousPoint:
        """The point with the ratio that is furthest from zero; a failed fit counts as furthest."""
        return max(self.points, key=lambda point: np.inf if point.ratio is None else abs(point.ratio))

    @property
    def passed(self) -> bool:
        """Whether all fits converged and all ratios are below the threshold."""
        return all(p.valid and p.ratio is not None and abs(p.ratio) < self.threshold for p in self.points)

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """Make the result of what `as_dict` returned."""
        points = [SpuriousPoint.from_dict(point) for point in content.get("points", [])]
        return super().from_dict({**content, "points": points})

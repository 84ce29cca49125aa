"""The results of tests of coverage, as frozen records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from .bias_result import Slope
from .record import Numbers, Record
from .toys import binomial_interval


@dataclass(frozen=True)
class Share(Record):
    """A share of toys with its 68% Clopper-Pearson interval.

    Arguments:
        value: the share.
        low, high: interval.
        n: number of toys that are in it.

    """

    value: float
    low: float
    high: float
    n: int

    @classmethod
    def of(cls, n: int, n_toys: int) -> Share:
        """Make the share of n in so many toys."""
        return cls(n / n_toys, *binomial_interval(n, n_toys), n)


@dataclass(frozen=True)
class CoveragePoint(Record):
    """How often intervals and limits contain one injected strength.

    Arguments:
        deviations: injected signal in standard deviations of its strength in a truth without one.
        injected: injected signal events.
        fitted, error: mean fitted signal events of all toys and its standard deviation.
        likelihood: share of toys whose interval of the profile likelihood contains the truth, for each level.
        wald: the same for the fitted strength plus and minus multiples of its error.
        limit: share of toys whose CLs limit is not below the truth.
        n_toys, n_failed: numbers of toys, and of those with a failed fit, which count as not containing the truth.

    """

    deviations: float
    injected: float
    fitted: float
    error: float
    likelihood: tuple[Share, ...]
    wald: tuple[Share, ...]
    limit: Share
    n_toys: int
    n_failed: int

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """Make the point of what `as_dict` returned."""
        made = {
            name: [Share.from_dict(share) for share in content.get(name, [])]
            for name in ("likelihood", "wald")
        }
        return super().from_dict({**content, **made, "limit": Share.from_dict(content.get("limit", {}))})


@dataclass(frozen=True)
class Coverage(Record):
    """How often intervals and limits of a rule contain the truth.

    Arguments:
        truth: what the toys were drawn from.
        mass: resonance mass in GeV.
        levels: confidence levels of the intervals.
        limit_level: confidence level of the limit.
        points: the injected strengths.
        seed: of the toys.

    """

    truth: str
    mass: float
    levels: Numbers
    limit_level: float
    points: tuple[CoveragePoint, ...]
    seed: int

    @property
    def slope(self) -> Slope:
        """The line through fitted against injected events.

        Raises:
            ValueError: if fewer than two strengths were injected.

        """
        columns: Sequence[tuple[float, ...]] = [(p.injected, p.fitted, p.error) for p in self.points]
        return Slope.through(*zip(*columns, strict=True))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader has to know."""
        return tuple(
            f"{point.injected:g} events: {point.n_failed} of {point.n_toys} fits failed"
            for point in self.points
            if point.n_failed
        )

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """Make the result of what `as_dict` returned."""
        points = [CoveragePoint.from_dict(point) for point in content.get("points", [])]
        return super().from_dict({**content, "points": points})

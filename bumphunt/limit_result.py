"""The results of upper limits, as frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from .record import Numbers, Record


@dataclass(frozen=True)
class StrengthScan(Record):
    """CLs against the number of signal events.

    Arguments:
        strengths: signal events, in increasing order.
        observed: observed CLs; None if the data were not looked at.
        expected: CLs without signal for each band from -2 to +2 standard deviations, as many lists as bands.

    """

    strengths: Numbers
    observed: Numbers | None
    expected: tuple[Numbers, ...]


@dataclass(frozen=True)
class LimitToys(Record):
    """The toys of a limit.

    Arguments:
        n_toys: number of toys of each hypothesis: background alone, and every scanned strength.
        n_failed: number of tests of a toy at a strength in which a fit failed; they count such that the limit is weaker.
        seed: of the toys.
        observed_error: statistical error of the observed limit; None if the data were not looked at.
        expected_errors: of the expected ones, from -2 to +2 standard deviations.

    """

    n_toys: int
    n_failed: int
    seed: int
    observed_error: float | None
    expected_errors: Numbers


@dataclass(frozen=True)
class LimitResult(Record):
    """An upper limit.

    Arguments:
        mass: resonance mass in GeV.
        observed: observed limit; None if the data were not looked at.
        expected: expected limits without signal, from -2 to +2 standard deviations.
        level: confidence level.
        method: how it was computed.
        unit: of the limits.
        background: background events under the signal.
        asymptotic_valid: whether they are enough (ten) for the asymptotic formulae.
        valid: whether all fits converged.
        warnings: what a reader has to know.
        nuisances: names of the nuisance parameters.
        scan: CLs against the number of signal events, where it was asked for or made with toys.
        toys: what toys it is made of; None for asymptotic formulae.

    """

    _optional: ClassVar[frozenset[str]] = frozenset({"nuisances", "scan", "toys"})

    mass: float
    observed: float | None
    expected: tuple[float, float, float, float, float]
    level: float
    method: str
    unit: str
    background: float
    asymptotic_valid: bool
    valid: bool
    warnings: tuple[str, ...] = ()
    nuisances: tuple[str, ...] = ()
    scan: StrengthScan | None = None
    toys: LimitToys | None = None

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """Make the limit of what `as_dict` returned."""
        scan, toys = content.get("scan"), content.get("toys")
        parts = {
            "scan": StrengthScan.from_dict(scan) if scan else None,
            "toys": LimitToys.from_dict(toys) if toys else None,
        }
        return super().from_dict({**content, **parts})


@dataclass(frozen=True)
class LimitScan(Record):
    """Upper limits over resonance masses.

    Arguments:
        limits: the limits, in increasing mass.

    """

    limits: tuple[LimitResult, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader has to know, with the mass it is about."""
        return tuple(f"{one.mass:g} GeV: {text}" for one in self.limits for text in one.warnings)

    def as_dict(self) -> dict[str, Any]:
        """Return plain containers, see `Record`."""
        return {"limits": [one.as_dict() for one in self.limits]}

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """Make the limits of what `as_dict` returned."""
        return super().from_dict(
            {**content, "limits": [LimitResult.from_dict(one) for one in content.get("limits", [])]}
        )

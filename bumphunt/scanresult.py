"""The results of scans and of their toys, as frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from .record import Numbers, Record


@dataclass(frozen=True)
class ToyP(Record):
    """A p-value from toys.

    Arguments:
        p: share of toys with an excess at least as large; toys whose fits failed count as larger.
        low, high: 68% Clopper-Pearson interval.
        r: the signed root that was observed.
        n_toys, n_larger, n_failed: numbers of toys, of those at least as large, and of those with a failed fit.
        seed: of the toys.

    """

    p: float
    low: float
    high: float
    r: float
    n_toys: int
    n_larger: int
    n_failed: int
    seed: int


@dataclass(frozen=True)
class GrossVitells(Record):
    """A global p-value extrapolated from how often a few toys exceed low thresholds.

    Arguments:
        p: probability of an excess as large anywhere, at most 1.
        error: its standard deviation from the number of toys.
        r: the signed root that was observed.
        levels: low thresholds on the root, one for a scan in mass and two for one in mass and shape.
        characteristics: mean Euler characteristic of what exceeds each, summed over groups; for a scan in mass it is
            the number of separate excesses.
        n_groups: number of groups.
        n_toys: number of toys.
        seed: of the toys.

    """

    p: float
    error: float
    r: float
    levels: Numbers
    characteristics: Numbers
    n_groups: int
    n_toys: int
    seed: int


@dataclass(frozen=True)
class GlobalP(ToyP):
    """Probability that background alone gives a local p-value as small as the smallest observed one, anywhere.

    Arguments:
        gross_vitells: the same, extrapolated; None unless asked for. The others are those of `ToyP`, r the largest.

    """

    _optional: ClassVar[frozenset[str]] = frozenset({"gross_vitells"})

    gross_vitells: GrossVitells | None = None

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """Make the p-value of what `as_dict` returned."""
        content = dict(content)
        found = content.pop("gross_vitells", None)
        return super().from_dict(
            {**content, "gross_vitells": GrossVitells.from_dict(found) if found else None}
        )


@dataclass(frozen=True)
class ScanPoint(Record):
    """One mass of a scan.

    Arguments:
        mass: resonance mass in GeV.
        group: index of the group of spectra, that is of the window, it was tested on.
        function: the background function.
        strength, error: fitted number of signal events and its standard deviation; error None if not measured.
        r: sign(strength) sqrt(q), normal if there is no signal, not capped.
        p_local: asymptotic one-sided p-value, at most 0.5.
        background: background events under the signal.
        asymptotic_valid: whether they are enough (ten) for the asymptotic p-value.
        valid: whether both fits converged.
        signal: name of the signal shape if several are scanned, otherwise empty.
        p_toys: local p-value from toys, not capped; None without them.

    """

    _optional: ClassVar[frozenset[str]] = frozenset({"signal", "p_toys"})

    mass: float
    group: int
    function: str
    strength: float
    error: float | None
    r: float
    p_local: float
    background: float
    asymptotic_valid: bool
    valid: bool
    signal: str = ""
    p_toys: ToyP | None = None

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """Make the point of what `as_dict` returned."""
        content = dict(content)
        found = content.pop("p_toys", None)
        return super().from_dict({**content, "p_toys": ToyP.from_dict(found) if found else None})


@dataclass(frozen=True)
class ScanResult(Record):
    """A scan over resonance masses.

    Arguments:
        points: the masses, in increasing order.
        p_global: p-value of the largest excess, corrected for having looked everywhere; None without toys.
        warnings: what a reader has to know.

    """

    points: tuple[ScanPoint, ...]
    p_global: GlobalP | None = None
    warnings: tuple[str, ...] = ()

    @property
    def largest(self) -> ScanPoint:
        """The point with the largest excess."""
        return max(self.points, key=lambda point: point.r)

    def as_dict(self) -> dict[str, Any]:
        """Return plain containers, see `Record`."""
        chance = None if self.p_global is None else self.p_global.as_dict()
        return super().as_dict() | {
            "points": [point.as_dict() for point in self.points],
            "p_global": chance,
        }

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """Make the scan of what `as_dict` returned."""
        content = dict(content)
        points = [ScanPoint.from_dict(point) for point in content.pop("points", [])]
        p_global = content.pop("p_global", None)
        return super().from_dict(
            {"points": points, "p_global": GlobalP.from_dict(p_global) if p_global else None, **content}
        )

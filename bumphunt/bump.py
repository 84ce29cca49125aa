"""The result of a BumpHunter search, as frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from .record import Numbers, Record


@dataclass(frozen=True)
class Bump(Record):
    """The window of neighbouring bins in which counts are least compatible with the background.

    Arguments:
        low, high: ends of the window in GeV.
        observed, expected: events in it.
        p_local: Poisson probability of at least (for a deficit, at most) so many events.
        y_low, y_high: ends on the second axis; None in one dimension.

    """

    _optional: ClassVar[frozenset[str]] = frozenset({"y_low", "y_high"})

    low: float
    high: float
    observed: float
    expected: float
    p_local: float
    y_low: float | None = None
    y_high: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return plain numbers, without the second axis in one dimension."""
        plain = super().as_dict()
        return plain if self.y_high is None else {**plain, "y_low": self.y_low, "y_high": self.y_high}


@dataclass(frozen=True)
class BumpHunt(Record):
    """A BumpHunter search: the largest bump, and how often background alone has a larger one anywhere.

    Arguments:
        statistic: t = -ln of the smallest local p-value.
        bump: where it is.
        p: share of toys with a statistic at least as large; toys whose fits failed count as larger. None without toys.
        p_low, p_high: its 68% Clopper-Pearson interval.
        n_toys, n_larger, n_failed: numbers of toys, of those at least as large, and of those with a failed fit.
        seed: of the toys.
        function: the background function of the data in words, or "given".
        deficits: whether deficits were looked for and not excesses.
        edges, observed, expected: bins in GeV, counts and expected events; in two dimensions the bins of the second
            axis follow each other within each bin of mass.
        y_edges: bins of the second axis; empty in one dimension.
        toys: statistics of the toys whose fits converged.
        warnings: what a reader has to know.

    """

    _optional: ClassVar[frozenset[str]] = frozenset({"y_edges", "toys"})

    statistic: float
    bump: Bump
    p: float | None
    p_low: float | None
    p_high: float | None
    n_toys: int
    n_larger: int
    n_failed: int
    seed: int
    function: str
    deficits: bool
    edges: Numbers
    observed: Numbers
    expected: Numbers
    y_edges: Numbers = ()
    toys: Numbers = ()
    warnings: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return plain containers."""
        return {**super().as_dict(), "bump": self.bump.as_dict()}

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """Make the search of what `as_dict` returned."""
        return super().from_dict({**content, "bump": Bump.from_dict(content.get("bump", {}))})

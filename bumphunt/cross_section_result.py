"""The result of a limit on a cross section."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from .efficiency import EfficiencyCurve
from .record import Numbers, Record


@dataclass(frozen=True)
class Exclusion(Record):
    """What a limit on the number of signal events says of the cross section.

    Arguments:
        limit: from here to the largest injection every cross section is excluded, in fb; None if the largest is not.
        excluded: all intervals that are excluded; None as upper end stands for no end.
        crossings: where the expected number of signal events crosses the limit on it.
        events: limit on the selected signal events at each injection, or one number if it is the same for all.

    """

    limit: float | None
    excluded: tuple[tuple[float, float | None], ...]
    crossings: Numbers
    events: Numbers


@dataclass(frozen=True)
class CrossSectionLimit(Record):
    """An upper limit on a cross section.

    Arguments:
        mass: resonance mass in GeV.
        observed: None if the data were not looked at.
        expected: without signal, from -2 to +2 standard deviations.
        level: confidence level.
        luminosity: in 1/fb.
        acceptance: part of the signal that the efficiency is about.
        efficiency: of the selection, as a function of the cross section or constant.
        method: how the limit was found.
        warnings: what a reader has to know.

    """

    mass: float
    observed: Exclusion | None
    expected: tuple[Exclusion, Exclusion, Exclusion, Exclusion, Exclusion]
    level: float
    luminosity: float
    acceptance: float
    efficiency: float | EfficiencyCurve
    method: str
    warnings: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """Make the limit of what `as_dict` returned."""
        parts = {**content}
        if isinstance(parts.get("efficiency"), dict):
            parts["efficiency"] = EfficiencyCurve.from_dict(parts["efficiency"])
        if parts.get("observed") is not None:
            parts["observed"] = Exclusion.from_dict(parts["observed"])
        parts["expected"] = [Exclusion.from_dict(one) for one in parts.get("expected", [])]
        return super().from_dict(parts)

"""The result of an expected discovery."""

from __future__ import annotations

from dataclasses import dataclass

from .record import Numbers, Record


@dataclass(frozen=True)
class Discovery(Record):
    """Cross sections at which a median data set shows so many standard deviations.

    Arguments:
        significances: in standard deviations.
        cross_sections: in fb; None where the injections do not tell.
        events: numbers of selected signal events that give them; None if the cross sections were found without.
        method: how they were found.
        warnings: what a reader has to know.

    """

    significances: Numbers
    cross_sections: tuple[float | None, ...]
    events: Numbers | None
    method: str
    warnings: tuple[str, ...] = ()

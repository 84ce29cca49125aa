"""From limits on events to limits on cross sections: what the command on limits makes of its yields."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from .option import blamed

if TYPE_CHECKING:
    from ..bumphunt import CrossSectionLimit, EfficiencyCurve, LimitResult, LimitScan

PANEL = "Cross section, with --luminosity"

Acceptance = Annotated[
    float,
    typer.Option(
        "--acceptance", min=0.0, max=1.0, help="Part of the signal that is accepted.", rich_help_panel=PANEL
    ),
]
Efficiency = Annotated[
    str,
    typer.Option(
        "--efficiency",
        metavar="FLOAT|CURVE.csv",
        help="Part of it that is selected; where that depends on the signal, a table with columns "
        "cross_section (fb), efficiency and error, a line for each injected signal.",
        rich_help_panel=PANEL,
    ),
]


@dataclass(frozen=True)
class Yields:
    """What relates cross sections and events.

    Arguments:
        acceptance: part of the signal that the efficiency is about.
        efficiency: number, or name of the file of a curve.

    """

    acceptance: Acceptance = 1.0
    efficiency: Efficiency = "1"

    def known(self) -> float | EfficiencyCurve:
        """Return the efficiency."""
        try:
            return float(self.efficiency)
        except ValueError:
            from ..bumphunt import read_efficiency  # noqa: PLC0415

            return read_efficiency(self.efficiency)

    def cross_sections(self, scan: LimitScan, luminosity: float) -> tuple[CrossSectionLimit, ...]:
        """Return the limit on the cross section at each mass, in fb."""
        from ..bumphunt import cross_section_limit  # noqa: PLC0415

        efficiency = self.known()
        if not isinstance(efficiency, float) and len(scan.limits) > 1:
            raise typer.BadParameter(
                "a curve is of the signal of one mass; give that as --mass", param_hint="--efficiency"
            )
        with blamed("--luminosity, --acceptance, --efficiency"):
            return tuple(
                cross_section_limit(one, luminosity, self.acceptance, efficiency) for one in scan.limits
            )


def in_fb(scan: LimitScan, cross_sections: tuple[CrossSectionLimit, ...]) -> LimitScan:
    """Return limits on events as limits on the cross section, for a constant efficiency."""
    limits = [
        _divided(one, found.luminosity * found.acceptance * float(found.efficiency))  # type: ignore[arg-type]
        for one, found in zip(scan.limits, cross_sections, strict=True)
    ]
    return replace(scan, limits=tuple(limits))


def _divided(limit: LimitResult, events: float) -> LimitResult:
    low2, low1, median, high1, high2 = (value / events for value in limit.expected)
    return replace(
        limit,
        observed=None if limit.observed is None else limit.observed / events,
        expected=(low2, low1, median, high1, high2),
        unit="fb",
        scan=None,
        toys=None,
    )

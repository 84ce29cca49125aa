"""The command that sets limits on a signal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .background import NarrowedBackground
from .crosssection import Yields, in_fb
from .display import bar, say, table
from .option import Seed, grouped
from .output import PANEL, PublishedOutput, write_json
from .shape import Shape, Uncertainties
from .source import Windows

if TYPE_CHECKING:
    from ..bumphunt import CrossSectionLimit, Exclusion, LimitResult, LimitScan

COLUMNS = ["mass [GeV]", "observed", "-2 sigma", "-1 sigma", "expected", "+1 sigma", "+2 sigma"]


class Method(StrEnum):
    """How CLs is found."""

    ASYMPTOTIC = "asymptotic"
    TOYS = "toys"


Mass = Annotated[float | None, typer.Option("--mass", help="One resonance mass in GeV, instead of --masses.")]
How = Annotated[Method, typer.Option("--method", help="How CLs is found.")]
Toys = Annotated[int, typer.Option("--toys", min=100, help="Toys of each hypothesis, for --method toys.")]
Level = Annotated[float, typer.Option("--level", min=0.5, max=0.9999, help="Confidence level.")]
Blind = Annotated[bool, typer.Option("--blind", help="Leave the observed limits out.")]
Pyhf = Annotated[
    Path | None,
    typer.Option(
        "--pyhf", metavar="OUT.json", help="Write the pyhf workspace of one --mass.", rich_help_panel=PANEL
    ),
]


@grouped
def limit(
    source: Windows,
    background: NarrowedBackground,
    shape: Shape,
    uncertainties: Uncertainties,
    yields: Yields,
    output: PublishedOutput,
    pyhf: Pyhf = None,
    mass: Mass = None,
    method: How = Method.ASYMPTOTIC,
    toys: Toys = 2000,
    seed: Seed = 1,
    level: Level = 0.95,
    blind: Blind = False,
) -> None:
    """Set CLs upper limits on the number of signal events, or with --luminosity on the cross section."""
    from .. import bumphunt as bh  # noqa: PLC0415

    if pyhf is not None and mass is None:
        raise typer.BadParameter("a workspace is of one mass; give it as --mass", param_hint="--pyhf")
    source = source if mass is None else _at(source, mass)
    groups, shares = source.read_groups()
    model: dict[str, Any] = {
        "background": background.rule(source.sqrt_s),
        "signal": shape.one(),
        "fit_range": background.narrowing,
        "shares": shares,
        "nuisances": uncertainties.nuisances(),
    }
    how = {"method": method.value, "n_toys": toys, "seed": seed, "level": level, "blind": blind}
    tests = sorted(((one, spectra) for masses, spectra in groups for one in masses), key=lambda test: test[0])
    workspace = None if pyhf is None else bh.to_pyhf(tests[0][1], mass=tests[0][0], **model)
    with bar("limits", "strengths" if method is Method.TOYS else "masses") as progress:
        scan = bh.LimitScan(tuple(_found(tests, progress, {**model, **how})))
    if source.luminosity is None:
        _events(scan, source, output, single=mass is not None)
    else:
        _cross_sections(scan, yields.cross_sections(scan, source.luminosity), source, output)
    if pyhf is not None:
        write_json(pyhf, workspace)
        say(f"{pyhf} is written")


def _found(
    tests: Sequence[tuple[float, Any]], progress: Callable[[int, int], None], options: dict[str, Any]
) -> list[LimitResult]:
    """Set a limit for each mass and its spectra, telling of the masses done, or with toys of the strengths."""
    from .. import bumphunt as bh  # noqa: PLC0415

    found: list[LimitResult] = []

    def step(done: int, planned: int) -> None:
        progress(planned * len(found) + done, planned * len(tests))

    for mass, spectra in tests:
        found.append(bh.limit(spectra, mass=mass, progress=step, **options))
        if found[-1].toys is None:
            progress(len(found), len(tests))
    return found


def _at(source: Windows, mass: float) -> Windows:
    if source.masses is not None:
        raise typer.BadParameter("give either --mass or --masses")
    return replace(source, masses=(mass, mass, 1.0))


def _events(scan: LimitScan, source: Windows, output: PublishedOutput, single: bool) -> None:
    """Show and write limits on the number of events."""
    from ..bumphunt.band import limit_figure  # noqa: PLC0415

    result = scan.limits[0] if single else scan
    rows = [[_shown(x) for x in (one.mass, one.observed, *one.expected)] for one in scan.limits]
    table(f"{Path(source.spectrum).name}: limits [signal events]", COLUMNS, rows)
    output.write(result.as_dict(), result.warnings, lambda: limit_figure(scan, header=source.header))
    output.publish({"Limits": scan}, source.sqrt_s, source.luminosity)


def _cross_sections(
    scan: LimitScan, found: tuple[CrossSectionLimit, ...], source: Windows, output: PublishedOutput
) -> None:
    """Show and write limits on the cross section, and those on the number of events that they are made of."""
    from ..bumphunt.band import limit_figure  # noqa: PLC0415
    from ..bumphunt.crossing_figure import crossing_figure  # noqa: PLC0415

    rows = [[_shown(one.mass), *map(_limit, (one.observed, *one.expected))] for one in found]
    table(f"{Path(source.spectrum).name}: limits [fb]", COLUMNS, rows)
    constant = isinstance(found[0].efficiency, float)
    shown = in_fb(scan, found) if constant else scan
    content = {
        "limits": [one.as_dict() for one in scan.limits],
        "cross_sections": [one.as_dict() for one in found],
    }
    warnings = scan.warnings if constant else found[0].warnings
    header = source.header
    output.write(
        content,
        warnings,
        lambda: limit_figure(shown, header=header) if constant else crossing_figure(found[0], header=header),
    )
    output.publish({"Limits": shown}, source.sqrt_s, source.luminosity)


def _limit(found: Exclusion | None) -> str:
    return _shown(None if found is None else found.limit)


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"

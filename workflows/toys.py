"""The command that makes background toys of a scan in a folder, and the global p-value of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from .background import ListingFamilies, NarrowedBackground
from .display import bar, say, table
from .option import Seed, grouped
from .output import Output
from .shape import Shape, Uncertainties
from .source import Windows

app = typer.Typer()

Folder = Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where the toys are kept.")]
Toys = Annotated[int, typer.Option("--toys", min=1, help="Number of toys.")]
Extrapolated = Annotated[
    int, typer.Option("--gross-vitells", min=0, help="Toys for the extrapolation beside it; 0 for none.")
]
Local = Annotated[
    int, typer.Option("--local", min=0, help="Toys for local p-values too; these are not kept.")
]
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=1, help="Number of processes.")]


@grouped
def toys(
    source: Windows,
    background: NarrowedBackground,
    shape: Shape,
    uncertainties: Uncertainties,
    written: Output,
    output: Folder = Path("toys"),
    n_toys: Toys = 10_000,
    seed: Seed = 1,
    extrapolated: Extrapolated = 200,
    local: Local = 0,
    jobs: Jobs = 1,
) -> None:
    """Find the global p-value of a scan with toys. They are kept: an interrupted run goes on where it stopped."""
    from .. import bumphunt as bh  # noqa: PLC0415
    from ..bumphunt.toy_figure import toy_figure  # noqa: PLC0415

    groups, shares = source.read_groups()
    inputs = groups, background.rule(source.sqrt_s), shape.several()
    options: dict[str, Any] = {
        "fit_range": background.narrowing,
        "shares": shares,
        "nuisances": uncertainties.nuisances(),
    }
    observed = bh.scan(*inputs, **options)
    options["seed"] = seed
    with bar("toys", "toys") as progress:
        largest = bh.toy_campaign(output, *inputs, n_toys=n_toys, jobs=jobs, progress=progress, **options)
    chance = bh.p_of_toys(observed.largest.r, largest, seed)
    if extrapolated:
        beside = bh.gross_vitells(observed, *inputs, n_toys=extrapolated, **options)
        chance = replace(chance, gross_vitells=beside)
    if local:
        observed = bh.local_p(observed, *inputs, n_toys=local, **options)
    result = replace(observed, p_global=chance)
    _show(Path(source.spectrum).name, result)
    written.write(
        result.as_dict(), result.warnings, lambda: toy_figure(largest, chance, header=source.header)
    )


app.command(cls=ListingFamilies)(toys)


def _show(title: str, result: Any) -> None:
    top, chance = result.largest, result.p_global
    where = f"{top.mass:g} GeV{', ' if top.signal else ''}{top.signal}"
    rows = [
        ["largest excess", where],
        ["Z there", f"{top.r:.2f}"],
        ["local p, asymptotic", f"{top.p_local:.3g}"],
    ]
    if top.p_toys is not None:
        rows.append(["local p, toys", _with_range(top.p_toys)])
    rows.append(["global p, toys", _with_range(chance)])
    if chance.gross_vitells is not None:
        beside = chance.gross_vitells
        rows.append(["global p, Gross-Vitells", f"{beside.p:.3g} +- {beside.error:.1g}"])
    table(title, ["", ""], rows)
    if chance.n_failed:
        say(f"{chance.n_failed} of {chance.n_toys} toys have a failed fit; they count as larger")


def _with_range(chance: Any) -> str:
    return f"{chance.p:.3g} ({chance.low:.3g} to {chance.high:.3g})"

"""The command that scans spectra for a resonance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .background import NarrowedBackground
from .display import bar, say, table
from .option import Seed, grouped
from .output import PublishedOutput
from .shape import Shape, Uncertainties
from .source import Windows

if TYPE_CHECKING:
    from ..bumphunt.array import FloatArray

Toys = Annotated[int, typer.Option("--toys", min=0, help="Toys for the global p-value.")]


@grouped
def scan(
    source: Windows,
    background: NarrowedBackground,
    shape: Shape,
    uncertainties: Uncertainties,
    output: PublishedOutput,
    toys: Toys = 0,
    seed: Seed = 1,
) -> None:
    """Scan a spectrum, or those of several windows, for a resonance."""
    from .. import bumphunt as bh  # noqa: PLC0415
    from ..bumphunt.scan_figure import scan_figure  # noqa: PLC0415
    from ..bumphunt.toys import toy_roots  # noqa: PLC0415
    from ..bumphunt.window import prepared  # noqa: PLC0415

    groups, shares = source.read_groups()
    rule, signals = background.rule(source.sqrt_s), shape.several()
    options: dict[str, Any] = {
        "fit_range": background.narrowing,
        "shares": shares,
        "nuisances": uncertainties.nuisances(),
    }
    result = bh.scan(groups, rule, signals, **options)
    if toys:
        windows = prepared(groups, rule, signals, **options)
        largest = _largest(toy_roots(windows, toys, seed), toys)
        result = replace(result, p_global=bh.p_of_toys(result.largest.r, largest, seed))
    _show(Path(source.spectrum).name, result)
    name = Path(source.spectrum).stem
    output.write(result.as_dict(), result.warnings, lambda: scan_figure({name: result}, header=source.header))
    output.publish({"Local p-values": result}, source.sqrt_s, source.luminosity)


def _largest(blocks: Iterable[FloatArray], n_toys: int) -> FloatArray:
    """Return what blocks of toys hold, shape (n_toys,), telling of the toys done."""
    import numpy as np  # noqa: PLC0415

    made: list[FloatArray] = []
    with bar("toys", "toys") as progress:
        for block in blocks:
            made.append(block)
            progress(sum(map(len, made)), n_toys)
    return np.concatenate(made)


def _show(title: str, result: Any) -> None:
    several = any(point.signal for point in result.points)
    columns = ["mass [GeV]", *(["signal"] if several else []), "signal events", "Z", "local p"]
    rows = [
        [
            f"{p.mass:.0f}",
            *([p.signal] if several else []),
            f"{p.strength:.1f}",
            f"{p.r:.2f}",
            f"{p.p_local:.3g}",
        ]
        for p in result.points
    ]
    table(title, columns, rows)
    top, chance = result.largest, result.p_global
    shape = f", {top.signal}" if top.signal else ""
    say(f"largest excess at {top.mass:g} GeV{shape}: Z {top.r:.2f}, local p-value {top.p_local:.3g}")
    if chance is not None:
        say(f"global p-value {chance.p:.3g} ({chance.low:.2g} to {chance.high:.2g})")

"""The command that fits a spectrum."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import typer

from .background import NarrowedBackground
from .display import say, table
from .option import Seed, grouped
from .output import PublishedOutput
from .shape import Shape
from .source import Source

Toys = Annotated[int, typer.Option("--toys", min=0, help="Toys for p-values of the goodness of fit.")]
Mass = Annotated[float | None, typer.Option("--mass", help="Fit a resonance of this mass in GeV too.")]


@grouped
def fit(
    source: Source,
    background: NarrowedBackground,
    shape: Shape,
    output: PublishedOutput,
    mass: Mass = None,
    toys: Toys = 0,
    seed: Seed = 1,
) -> None:
    """Fit a smooth background to a spectrum, and a resonance if --mass says where."""
    from .. import bumphunt as bh  # noqa: PLC0415
    from ..bumphunt.plot import fit_figure  # noqa: PLC0415

    if mass is None and (shape.width or shape.signal or background.range_loop):
        raise typer.BadParameter("a signal and a --range-loop need one", param_hint="--mass")
    spectrum, rule = source.read(), background.rule(source.sqrt_s)
    signal = None if mass is None else shape.one()
    result = bh.fit(spectrum, rule, signal, mass, background.narrowing)
    _show(result)
    if toys:
        goodness = bh.goodness_of_fit(spectrum, rule, n_toys=toys, seed=seed)
        result = replace(result, goodness=goodness)
        _show_goodness(goodness)
    output.write(result.as_dict(), result.warnings, lambda: fit_figure(result, header=source.header))
    output.publish({"Dijet mass": result}, source.sqrt_s, source.luminosity)


def _show(result: Any) -> None:
    rows = [
        [name, f"{value:.6g}", f"{error:.2g}"]
        for name, value, error in zip(result.names, result.values, result.errors, strict=True)
    ]
    table(result.function, ["parameter", "value", "error"], rows)
    quality = "-" if result.p_value is None else f"{result.p_value:.3g}"
    say(f"deviance {result.deviance:.1f}, chi2 {result.chi2:.1f} / {result.ndof}, p-value {quality}")


def _show_goodness(goodness: Any) -> None:
    tests = [
        [name.replace("_", " "), f"{value:.4g}", f"{goodness.p_values[name]:.3g}"]
        for name, value in goodness.statistics.items()
    ]
    table(f"goodness of fit, {goodness.n_toys} toys", ["test", "value", "p-value"], tests)

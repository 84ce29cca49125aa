"""Commands that fit, scan and limit a spectrum: `bumphunt` alone, on files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from .display import say, table

app = typer.Typer()

LIMIT_COLUMNS = ["mass [GeV]", "observed", "-2 sigma", "-1 sigma", "expected", "+1 sigma", "+2 sigma"]
SpectrumFile = Annotated[
    str,
    typer.Argument(metavar="SPECTRUM", help="CSV with low, high (GeV), observed; or FILE.root:HISTOGRAM."),
]
WindowsFile = Annotated[
    str,
    typer.Argument(
        metavar="SPECTRUM", help="As for fit; or a TOML file with spectrum and masses of windows."
    ),
]
Json = Annotated[Path | None, typer.Option("--json", metavar="OUT", help="Write the result as JSON.")]
Family = Annotated[str, typer.Option("--family", help="Family of background functions.")]
Parameters = Annotated[
    str, typer.Option("--parameters", metavar="N|auto", help="Number of shape parameters.")
]
Range = Annotated[
    tuple[float, float] | None, typer.Option("--range", metavar="LOW HIGH", help="Fit range in GeV.")
]
Width = Annotated[float | None, typer.Option("--width", help="Relative width of a Gaussian signal.")]
SignalFile = Annotated[
    Path | None, typer.Option("--signal", metavar="SHAPE.json", help="Signal shape, instead of --width.")
]
Masses = Annotated[
    tuple[float, float, float] | None, typer.Option("--masses", metavar="LOW HIGH STEP", help="In GeV.")
]
Alpha = Annotated[float, typer.Option("--alpha", help="Of the F-test of --parameters auto.")]
Uncertainty = Annotated[
    float | None,
    typer.Option("--uncertainty", help="Largest relative one at the mass, for --parameters auto."),
]
RangeLoop = Annotated[bool, typer.Option("--range-loop", help="Narrow the fit range at each mass by a rule.")]
Toys = Annotated[int, typer.Option("--toys", min=0, help="Toys for the p-values.")]
ToySeed = Annotated[int, typer.Option("--seed", help="Seed of the toys.")]
Plot = Annotated[Path | None, typer.Option("--plot", metavar="OUT.png", help="Draw the result.")]


@app.command()
def fit(
    spectrum: SpectrumFile,
    family: Family = "dijet",
    parameters: Parameters = "3",
    alpha: Alpha = 0.05,
    fit_range: Range = None,
    toys: Toys = 0,
    seed: ToySeed = 1,
    json_path: Json = None,
    plot: Plot = None,
) -> None:
    """Fit a smooth background to a spectrum."""
    from dataclasses import replace  # noqa: PLC0415

    from .. import bumphunt as bh  # noqa: PLC0415
    from ..bumphunt.plot import fit_figure  # noqa: PLC0415

    counted = bh.read_spectrum(spectrum)
    background, bounds = bh.background(family, _number(parameters), alpha=alpha), fit_range or (None, None)
    result = bh.fit(counted, background, fit_range=bounds)
    rows = [
        [n, f"{v:.6g}", f"{e:.2g}"]
        for n, v, e in zip(result.names, result.values, result.errors, strict=True)
    ]
    table(result.function, ["parameter", "value", "error"], rows)
    quality = "-" if result.p_value is None else f"{result.p_value:.3g}"
    say(f"deviance {result.deviance:.1f}, chi2 {result.chi2:.1f} / {result.ndof}, p-value {quality}")
    if toys:
        goodness = bh.goodness_of_fit(counted, background, n_toys=toys, seed=seed, fit_range=bounds)
        result = replace(result, goodness=goodness)
        tests = [
            [name.replace("_", " "), f"{value:.4g}", f"{goodness.p_values[name]:.3g}"]
            for name, value in goodness.statistics.items()
        ]
        table(f"goodness of fit, {toys} toys", ["test", "value", "p-value"], tests)
    _report(result, json_path)
    _draw(plot, fit_figure, result)


@app.command()
def scan(
    spectrum: WindowsFile,
    width: Width = None,
    signal: SignalFile = None,
    masses: Masses = None,
    family: Family = "dijet",
    parameters: Parameters = "3",
    alpha: Alpha = 0.05,
    uncertainty: Uncertainty = None,
    fit_range: Range = None,
    range_loop: RangeLoop = False,
    toys: Toys = 0,
    seed: ToySeed = 1,
    json_path: Json = None,
    plot: Plot = None,
) -> None:
    """Scan a spectrum, or those of several windows, for a resonance."""
    from dataclasses import replace  # noqa: PLC0415

    from .. import bumphunt as bh  # noqa: PLC0415
    from ..bumphunt.plot import scan_figure  # noqa: PLC0415

    groups, shape = _groups(spectrum, masses, fit_range), _signal(width, signal)
    background = bh.background(family, _number(parameters), alpha=alpha, largest_uncertainty=uncertainty)
    narrowing = bh.RangeLoop() if range_loop else bh.EVERYTHING
    result = bh.scan(groups, background, shape, narrowing)
    if toys:
        chance = bh.global_p(result, groups, background, shape, n_toys=toys, seed=seed, fit_range=narrowing)
        result = replace(result, p_global=chance)
    rows = [[f"{p.mass:.0f}", f"{p.strength:.1f}", f"{p.r:.2f}", f"{p.p_local:.3g}"] for p in result.points]
    table(Path(spectrum).name, ["mass [GeV]", "signal events", "Z", "local p"], rows)
    if result.p_global is not None:
        say(
            f"global p-value {result.p_global.p:.3g} ({result.p_global.low:.2g} to {result.p_global.high:.2g})"
        )
    _report(result, json_path)
    _draw(plot, scan_figure, {Path(spectrum).stem: result})


@app.command()
def limit(
    spectrum: WindowsFile,
    mass: Annotated[float | None, typer.Option("--mass", help="Resonance mass in GeV.")] = None,
    width: Width = None,
    signal: SignalFile = None,
    masses: Masses = None,
    family: Family = "dijet",
    parameters: Parameters = "3",
    alpha: Alpha = 0.05,
    uncertainty: Uncertainty = None,
    fit_range: Range = None,
    range_loop: RangeLoop = False,
    json_path: Json = None,
    plot: Plot = None,
) -> None:
    """Set 95% CLs upper limits on the number of signal events, with asymptotic formulae."""
    from .. import bumphunt as bh  # noqa: PLC0415
    from ..bumphunt.band import limit_figure  # noqa: PLC0415

    if mass is not None and masses is not None:
        raise typer.BadParameter("give either --mass or --masses")
    one = None if mass is None else (mass, mass, 1.0)
    groups, shape = _groups(spectrum, masses or one, fit_range), _signal(width, signal)
    background = bh.background(family, _number(parameters), alpha=alpha, largest_uncertainty=uncertainty)
    found = bh.limits(groups, background, shape, fit_range=bh.RangeLoop() if range_loop else bh.EVERYTHING)
    if mass is not None:
        result = found.limits[0]
        expected = ", ".join(f"{value:.1f}" for value in result.expected)
        say(f"observed {result.observed:.1f} {result.unit}; expected {expected} (-2, -1, 0, 1, 2 sigma)")
    else:
        values = [(one.mass, one.observed, *one.expected) for one in found.limits]
        rows = [["-" if x is None else f"{x:.1f}" for x in row] for row in values]
        table(f"{Path(spectrum).name}: limits [signal events]", LIMIT_COLUMNS, rows)
    _report(found if mass is None else found.limits[0], json_path)
    _draw(plot, limit_figure, found)


def _groups(
    name: str, masses: tuple[float, float, float] | None, fit_range: tuple[float, float] | None
) -> list[Any]:
    """Return (masses, spectrum) of each window: those of a TOML file, or one."""
    import numpy as np  # noqa: PLC0415

    from .. import bumphunt as bh  # noqa: PLC0415

    windows = name.endswith(".toml")
    if windows == (masses is not None):
        raise typer.BadParameter(
            "a TOML file of windows says the masses itself" if windows else "give the masses to test, in GeV"
        )
    if masses is None:
        groups = bh.read_windows(name)
    else:
        low, high, step = masses
        if not (step > 0 and low <= high):
            raise typer.BadParameter(
                f"masses {low:g} {high:g} {step:g}: give LOW, HIGH above it and STEP above 0"
            )
        groups = [(tuple(np.arange(low, high + step / 2, step).tolist()), bh.read_spectrum(name))]
    return [(some, spectrum.restricted(*(fit_range or (None, None)))) for some, spectrum in groups]


def _signal(width: float | None, path: Path | None) -> Any:
    from .. import bumphunt as bh  # noqa: PLC0415

    if width is not None and path is None:
        return bh.Gaussian(width)
    if path is not None and width is None:
        return bh.read_signal(path)
    raise typer.BadParameter("give the signal as --width or as --signal, one of them")


def _draw(path: Path | None, figure: Callable[[Any], Any], result: Any) -> None:
    if path is not None:
        from ..datasets.atomic import atomic_path  # noqa: PLC0415

        with atomic_path(path) as temporary:
            figure(result).savefig(temporary, dpi=100, format=path.suffix.removeprefix(".") or "png")
        say(f"{path} is written")


def _number(parameters: str) -> Any:
    if parameters == "auto":
        return "auto"
    if not parameters.isdigit():
        raise typer.BadParameter(f"--parameters is {parameters!r}; give a number or 'auto'")
    return int(parameters)


def _report(result: Any, json_path: Path | None) -> None:
    for warning in getattr(result, "warnings", ()):
        say(f"note: {warning}")
    if json_path is not None:
        from ..datasets.atomic import write_json  # noqa: PLC0415

        write_json(json_path, result.as_dict())

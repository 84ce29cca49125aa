"""The command that tests background functions on spectra of other functions."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from .background import AUTO, Background, made
from .display import bar, say, table
from .option import Seed, blamed, grouped
from .output import Output
from .shape import Shape
from .source import Masses, Source, stepped

CMS_EXO_22_026 = ("exponential:4", "ua2:2", "ua2:3", "ua2:4")

Truths = Annotated[
    list[str] | None,
    typer.Option(
        "--truth",
        metavar="NAME[:N]",
        show_default=", ".join(CMS_EXO_22_026),
        help="Family that spectra are drawn from, fitted to SPECTRUM; repeat it for more.",
    ),
]
Mass = Annotated[
    list[float] | None, typer.Option("--mass", help="Resonance mass in GeV; repeat it for more.")
]
Strengths = Annotated[
    list[float] | None,
    typer.Option(
        "--strength",
        show_default="0, 2, 5",
        help="Injected signal in standard deviations; repeat it for more.",
    ),
]
Toys = Annotated[int, typer.Option("--toys", min=2, help="Toys for each truth, mass and strength.")]
Spurious = Annotated[
    bool, typer.Option("--spurious", help="Fit the expected counts themselves, without signal and toys.")
]


@grouped
def bias(
    source: Source,
    background: Background,
    shape: Shape,
    output: Output,
    truths: Truths = None,
    mass: Mass = None,
    masses: Masses = None,
    strengths: Strengths = None,
    toys: Toys = 200,
    seed: Seed = 1,
    spurious: Spurious = False,
) -> None:
    """Test whether a function finds injected signals in spectra of other functions."""
    from .. import bumphunt as bh  # noqa: PLC0415

    if (mass is None) == (masses is None):
        raise typer.BadParameter("give --mass or --masses, one of them")
    tested = stepped(masses) if masses else tuple(mass or ())
    rule, signal, spectrum = background.rule(source.sqrt_s), shape.one(), source.read()
    with blamed("--truth"):
        families = [one for name in truths or CMS_EXO_22_026 for one in made(name, AUTO, source.sqrt_s)]
    expected = [bh.Expected.fitted(spectrum, one) for one in families]
    if spurious:
        found = {one.name: bh.spurious_signal(one, rule, signal, tested) for one in expected}
        _show_spurious(found)
        content = {name: one.as_dict() for name, one in found.items()}
        output.write(content, (), lambda: bh.spurious_figure(found, header=source.header))
        return
    with bar("toys", "toys") as progress:
        result = bh.bias(
            spectrum,
            rule,
            expected,
            signal,
            tested,
            strengths=strengths or (0.0, 2.0, 5.0),
            n_toys=toys,
            seed=seed,
            progress=progress,
        )
    _show(result)
    output.write(result.as_dict(), result.warnings, lambda: bh.bias_figure(result, header=source.header))


def _show(result: Any) -> None:
    rows = [
        [
            point.truth,
            f"{point.mass:g}",
            f"{point.deviations:g}",
            _with_error(point.pull, point.pull_error),
            _with_error(point.width, point.width_error),
            "yes" if point.passed else "NO",
        ]
        for point in result.points
    ]
    table("mean pulls", ["truth", "mass [GeV]", "injected sigma", "pull", "width", "passed"], rows)
    say(f"all mean pulls are below {result.threshold:g}" if result.passed else "the test is not passed")


def _show_spurious(found: dict[str, Any]) -> None:
    rows = [
        [name, f"{one.largest.mass:g}", f"{one.largest.strength:.4g}", _ratio(one.largest.ratio), one.passed]
        for name, one in found.items()
    ]
    rows = [[*row[:-1], "yes" if row[-1] else "NO"] for row in rows]
    table("largest spurious signals", ["truth", "mass [GeV]", "events", "over error", "passed"], rows)


def _with_error(value: float | None, error: float | None) -> str:
    return "-" if value is None or error is None else f"{value:.2f} +- {error:.2f}"


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"

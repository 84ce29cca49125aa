"""The `dijethunt` command."""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # one thread per training; set before anything is imported

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from .display import bar, say, table

INTERRUPTED = 130
LIMIT_COLUMNS = ["mass [GeV]", "observed", "-2 sigma", "-1 sigma", "expected", "+1 sigma", "+2 sigma"]

app = typer.Typer(
    name="dijethunt",
    help="Anomaly searches at the LHC: from CMS-style dijet data to a bump hunt.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

ConfigFile = Annotated[Path, typer.Argument(metavar="CONFIG.toml", help="What to search.")]
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
Overrides = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override: scan.toys=200.")
]
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=1, help="Number of processes.")]
Store = Annotated[Path, typer.Option("--store", help="Where all stages keep their outputs.")]
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
SearchName = Annotated[str, typer.Option("--search", help="Name of the search in the configuration.")]
Unit = Annotated[
    int | None, typer.Option("--unit", min=0, help="Number of the unit of work; without it, all.")
]


@app.command()
def simulate(
    process: Annotated[str, typer.Argument(metavar="PROCESS", help="qcd or xyy.")],
    events: Annotated[int, typer.Option("--events", "-n", min=1, help="Number of selected events.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE.root", help="NanoAOD file to write.")
    ],
    seed: Annotated[int, typer.Option("--seed", "-s", min=0, help="Same seed, same events.")] = 1,
    jobs: Jobs = 1,
    mpi: Annotated[bool, typer.Option(help="Multiparton interactions; without them not for physics.")] = True,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Parameter of the process: mass=5000."),
    ] = None,
) -> None:
    """Simulate dijet events as PFNano-like NanoAOD. An interrupted run goes on where it stopped."""
    from ..datasets.process import make_process  # noqa: PLC0415
    from ..datasets.production import simulate as produce  # noqa: PLC0415
    from .toml import values  # noqa: PLC0415

    made = make_process(process, **values(overrides or []))
    with bar("simulating", "events") as progress:
        produce(made, events, seed, output, jobs=jobs, mpi=mpi, progress=progress)
    say(f"{events:,} events of {process} in {output}")


@app.command()
def select(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILES...", help="ROOT or HDF5 files, globs, lists (.txt), or catalogues (.toml, .json)."
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="TABLE",
            help="Table to write, .parquet; or .h5, as the CMS searches have it.",
        ),
    ],
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="TOML with [selection] and quantities.")
    ] = None,
    overrides: Overrides = None,
    jobs: Jobs = 1,
) -> None:
    """Select dijet events from NanoAOD, PFNano or HDF5 and compute the quantities of their jets."""
    from ..analysis.selection import write_selection  # noqa: PLC0415
    from ..datasets.catalogue import is_catalogue, read_catalogue  # noqa: PLC0415
    from .toml import load_table  # noqa: PLC0415

    processor = load_table(config, overrides or []).processor()
    catalogues = [name for name in files if is_catalogue(name)]
    inputs: list[Any] = [d for name in catalogues for d in read_catalogue(name).values()]
    inputs += [name for name in files if name not in catalogues]
    with bar("selecting", "events") as progress:
        flows = write_selection(output, inputs, processor, jobs, progress)
    for name, flow in flows.items():
        table(
            name,
            ["cut", "events", "sum of weights"],
            [[r["cut"], r["events"], r["sumw"]] for r in flow.cutflow.rows()],
        )
    say(f"{output} and its cutflow are written")


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
        rows = [[f"{x:.1f}" for x in (one.mass, one.observed or 0.0, *one.expected)] for one in found.limits]
        table(f"{Path(spectrum).name}: limits [signal events]", LIMIT_COLUMNS, rows)
    _report(found if mass is None else found.limits[0], json_path)
    _draw(plot, limit_figure, found)


@app.command()
def run(
    config: ConfigFile,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Folder for the report.")] = None,
    overrides: Overrides = None,
    jobs: Jobs = 1,
    store: Store = Path("store"),
    print_config: Annotated[
        bool, typer.Option("--print-config", help="Print the resolved configuration.")
    ] = False,
) -> None:
    """Run a whole search; what is done already is not done again. Ends with report.html and results.json."""
    from ..datasets.atomic import make_folder  # noqa: PLC0415
    from .drive import Driver  # noqa: PLC0415
    from .toml import load  # noqa: PLC0415

    settings = load(config, overrides or [])
    if print_config:
        typer.echo(json.dumps(settings.plain(), indent=1))
        return
    driver, folder = Driver(settings, store), make_folder(output or Path(config.stem))
    task = driver.report()
    if task.complete():
        say("nothing to do: all stages of this configuration are complete")
    else:
        driver.build([task], jobs)
    shutil.copytree(task.place().parent, folder, dirs_exist_ok=True)
    _summarise(folder)


@app.command()
def train(
    config: ConfigFile,
    search: SearchName,
    unit: Unit = None,
    overrides: Overrides = None,
    jobs: Jobs = 1,
    store: Store = Path("store"),
) -> None:
    """Train the models of a search: all, or one unit of work as a batch job does."""
    _stage("train", config, search, unit, overrides, jobs, store)


@app.command()
def score(
    config: ConfigFile,
    search: SearchName,
    unit: Unit = None,
    overrides: Overrides = None,
    jobs: Jobs = 1,
    store: Store = Path("store"),
) -> None:
    """Score and select the events of a search: all, or one unit of work as a batch job does."""
    _stage("score", config, search, unit, overrides, jobs, store)


@app.command()
def compare(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Folders with results.json.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="PLOT.png", help="Plot to write.")] = Path(
        "compare.png"
    ),
) -> None:
    """Compare the p-values of several runs in one table and one plot."""
    from ..analysis.compare import compare as overlay  # noqa: PLC0415

    rows = overlay(runs, output)
    table("smallest p-values", ["run", "tagger and search", "mass [GeV]", "Z", "local p", "global p"], rows)
    say(f"{output} is written")


@app.command()
def taggers() -> None:
    """List the installed taggers with their traits."""
    from ..taggers import registry  # noqa: PLC0415

    rows = []
    for name in registry.names():
        traits = registry.find(name)().traits
        rows.append(
            [
                name,
                traits.level,
                "yes" if traits.window else "no",
                ", ".join(sorted(traits.trains_on)) or "nothing",
            ]
        )
    table("installed taggers", ["name", "scores a", "per mass window", "trains on"], rows)


def _stage(
    stage: str,
    config: Path,
    search: str,
    unit: int | None,
    overrides: list[str] | None,
    jobs: int,
    store: Path,
) -> None:
    from ..datasets.error import UnknownNameError, unknown  # noqa: PLC0415
    from .drive import Driver  # noqa: PLC0415
    from .toml import load  # noqa: PLC0415

    settings = load(config, overrides or [])
    if search not in settings.searches:
        raise UnknownNameError(unknown("search", search, settings.searches))
    driver = Driver(settings, store)
    units = driver.units(stage, search)
    if unit is not None and unit >= len(units):
        raise UnknownNameError(f"no unit {unit} of {stage}; there are {len(units)}, counted from 0")
    wanted = units if unit is None else [units[unit]]
    driver.build(wanted, jobs)
    for task in wanted:
        say(f"{task.title()}: {task.place()}")


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


def _summarise(folder: Path) -> None:
    from ..analysis.report import RESULTS, summary_rows  # noqa: PLC0415

    columns = ["search", "tagger", "local p", "mass [GeV]", "Z", "p over the scan"]
    table("smallest p-values", columns, summary_rows(json.loads((folder / RESULTS).read_text())))
    say(f"open {folder / 'report.html'}; numbers are in {folder / RESULTS}")


def main() -> None:
    """Run the command; an error of ours or of the disk ends it with one message and exit code 1, wrong use with 2."""
    try:
        app()
    except OSError as error:
        typer.echo(f"dijethunt: {error}; check the path, its permissions and the space on the disk", err=True)
        sys.exit(1)
    except Exception as error:
        if not type(error).__module__.startswith("dijethunt."):
            raise
        typer.echo(f"dijethunt: {error}", err=True)
        sys.exit(2 if type(error).__name__ == "ConfigError" else 1)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            typer.echo("dijethunt: interrupted; what is done is kept, run again to go on", err=True)
        raise

"""The `dijethunt` command."""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # one thread per training; set before anything is imported

import json
import shutil
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from . import datasheet, pseudo, simulate, spectrum, study, toys
from .display import bar, say, table
from .option import Jobs, Overrides

INTERRUPTED = 130

app = typer.Typer(
    name="dijethunt",
    help="Anomaly searches at the LHC: from CMS-style dijet data to a bump hunt.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(simulate.app)
app.add_typer(datasheet.app)
app.add_typer(study.app)
app.add_typer(pseudo.app)
app.add_typer(spectrum.app)
app.add_typer(toys.app)

ConfigFile = Annotated[Path, typer.Argument(metavar="CONFIG.toml", help="What to search.")]
Store = Annotated[Path, typer.Option("--store", help="Where all stages keep their outputs.")]
SearchName = Annotated[str, typer.Option("--search", help="Name of the search in the configuration.")]
Unit = Annotated[
    int | None, typer.Option("--unit", min=0, help="Number of the unit of work; without it, all.")
]


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
        Path | None,
        typer.Option("--config", "-c", help=r"TOML with \[selection] or \[jets], and quantities."),
    ] = None,
    overrides: Overrides = None,
    jobs: Jobs = 1,
) -> None:
    """Select dijet events, or jets, from NanoAOD, PFNano or HDF5 and compute the quantities of the jets."""
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
            ["cut", flow.counts, "sum of weights"],
            [[r["cut"], r["events"], r["sumw"]] for r in flow.cutflow.rows()],
        )
    say(f"{output} and its cutflow are written")


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
    from ..datasets.atomic import make_folder, read_json, remove_old  # noqa: PLC0415
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
    remove_old(folder / task.place().name, read_json(task.place())["figures"])
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


def _summarise(folder: Path) -> None:
    from ..analysis.page import summary_rows  # noqa: PLC0415
    from ..analysis.report import RESULTS  # noqa: PLC0415

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

"""The command `study`: how good taggers become with more and less signal in the same background."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import Annotated, Any

import typer

from .display import bar, say, table
from .option import Jobs, Overrides

app = typer.Typer()
SUMMARY = "study.json"


@app.command()
def study(
    config: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="What to train, on what.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="Folder of all results.")],
    overrides: Overrides = None,
    jobs: Jobs = 1,
) -> None:
    """Train taggers again and again with more and less signal in the same background, and compare them.

    What is done is kept: the same command goes on where it was interrupted.
    """
    from ..analysis import study as trials  # noqa: PLC0415
    from ..datasets.atomic import make_folder  # noqa: PLC0415
    from ..datasets.pool import work_through  # noqa: PLC0415
    from .study_config import load  # noqa: PLC0415

    (settings, made), folder = load(config, overrides or []), make_folder(output)
    every = made.trials(folder)
    wanted = [trial for trial in every if not trial.place.exists()]
    say(f"{len(every)} trainings, {len(every) - len(wanted)} are there")
    with bar("training", "trainings") as progress:
        kept = len(every) - len(wanted)

        def show(done: Any) -> None:
            progress(kept + int((done > 0).sum()), len(every), _working(wanted, done))

        work_through(trials.run_trial, wanted, jobs, folder / ".progress", show, lambda *_: None)
    _summarise(settings, made, folder)


def _working(wanted: list[Any], done: Any) -> str:
    return ", ".join(trial.title for trial, events in zip(wanted, done, strict=True) if events == 0)


def _summarise(settings: Any, made: Any, folder: Path) -> None:
    """Write figures and numbers, and print the medians."""
    from ..analysis import study as trials  # noqa: PLC0415
    from ..analysis import study_summary as summary  # noqa: PLC0415
    from ..analysis.figure import save  # noqa: PLC0415
    from ..datasets.atomic import atomic_path, write_json  # noqa: PLC0415

    results = trials.results(made, folder)
    for name, drawn in summary.figures(made, results, settings.label):
        with atomic_path(folder / f"{name}.png") as temporary:
            save(drawn, temporary)
    points = summary.points(made, results)
    rows = [summary.plain(point) for point in points]
    record = {"title": settings.title, "points": rows, "thresholds": summary.thresholds(made, results)}
    write_json(folder / SUMMARY, record)
    columns = ["tagger", "events", "S/B", "largest SIC", "at 1%", "at 0.1%", "CPU s"]
    table(settings.title or "study", columns, [_row(point) for point in points])
    say(f"figures and {SUMMARY} are in {folder}")


def _row(point: Any) -> list[str]:
    low, best, high = point.bands["max_sic"]
    medians = [_number(point.bands[metric][1]) for metric in ("0.01", "0.001")]
    largest = f"{best:.1f} ({low:.1f}-{high:.1f})"
    return [
        point.tagger,
        str(point.injected),
        f"{point.strength[0]:.2%}",
        largest,
        *medians,
        f"{point.seconds:.0f}",
    ]


def _number(value: float) -> str:
    return "-" if isnan(value) else f"{value:.1f}"

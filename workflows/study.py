"""The command `study`: how good taggers become with more and less signal in the same background."""

from __future__ import annotations

from itertools import chain
from math import isnan
from pathlib import Path
from typing import Annotated, Any

import typer

from . import trials
from .display import say, table
from .option import Jobs, Overrides

app = typer.Typer()
SUMMARY = "study.json"
SIC = ("largest SIC", "at 1%", "at 0.1%")


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
    from ..analysis.study import run_trial  # noqa: PLC0415
    from ..datasets.atomic import make_folder  # noqa: PLC0415
    from .study_config import load  # noqa: PLC0415

    (settings, made), folder = load(config, overrides or []), make_folder(output)
    trials.make(run_trial, made.trials(folder), jobs, folder, "trainings")
    _summarise(settings, made, folder)


def _summarise(settings: Any, made: Any, folder: Path) -> None:
    """Write figures and numbers, and print the medians."""
    from ..analysis import study_signals as signals  # noqa: PLC0415
    from ..analysis import study_summary as summary  # noqa: PLC0415
    from ..analysis.hidden import record  # noqa: PLC0415
    from ..analysis.study import results as read_results  # noqa: PLC0415
    from ..datasets.store import read_label  # noqa: PLC0415

    results = read_results(made, folder)
    points = summary.points(made, results)
    rows = [summary.plain(point) for point in points]
    tested = signals.by_signal(made, results)
    content = {
        "title": settings.title,
        "points": rows,
        "thresholds": summary.thresholds(made, results),
        "signals": [summary.plain(one) for one in tested],
    }
    label = settings.label or read_label(made.backgrounds())
    figures = chain(summary.figures(made, results, label), signals.figures(made, tested, label))
    trials.write(folder / SUMMARY, content | record(made), figures)
    columns = ["tagger", "events", "S/B", *SIC, "CPU s"]
    table(settings.title or "study", columns, [_row(point) for point in points])
    if tested:
        columns = ["tagger", "events", "signal", "AUC", *SIC]
        table("signals", columns, [_signal_row(one) for one in tested])
    say(f"figures and {SUMMARY} are in {folder}")


def _row(point: Any) -> list[str]:
    return [
        point.tagger,
        str(point.injected),
        f"{point.strength[0]:.2%}",
        *_sic(point.bands),
        f"{point.seconds:.0f}",
    ]


def _signal_row(tested: Any) -> list[str]:
    low, middle, high = tested.bands["auc"]
    auc = f"{middle:.3f} ({low:.3f}-{high:.3f})"
    return [tested.tagger, str(tested.injected), tested.signal, auc, *_sic(tested.bands)]


def _sic(bands: Any) -> list[str]:
    """Write the columns `SIC`."""
    low, best, high = bands["max_sic"]
    return [f"{best:.1f} ({low:.1f}-{high:.1f})", *(_number(bands[name][1]) for name in ("0.01", "0.001"))]


def _number(value: float) -> str:
    return "-" if isnan(value) else f"{value:.1f}"

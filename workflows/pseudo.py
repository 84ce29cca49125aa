"""The command `pseudo`: whole searches in pseudo-experiments, without a signal and with a known one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from . import trials
from .display import say, table
from .option import Jobs, Overrides

app = typer.Typer()
SUMMARY = "pseudo.json"


@app.command()
def pseudo(
    config: Annotated[Path, typer.Argument(metavar="PSEUDO.toml", help="What to search for, in what.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="Folder of all results.")],
    overrides: Overrides = None,
    jobs: Jobs = 1,
) -> None:
    """Search in pseudo-experiments: does a method make bumps of nothing, and what does it make of a signal.

    What is done is kept: the same command goes on where it was interrupted.
    """
    from ..analysis.pseudo import pool_error, run_trial  # noqa: PLC0415
    from ..datasets.atomic import make_folder  # noqa: PLC0415
    from .pseudo_config import load  # noqa: PLC0415

    (settings, made), folder = load(config, overrides or []), make_folder(output)
    if not made.spread:
        say(
            f"all searches share one pool: mean r and mean pull may be off by {pool_error(made):.2f}, however many "
            "there are (spread = 0.1 avoids it where features know little of m_jj)"
        )
    trials.make(run_trial, made.trials(folder), jobs, folder, "searches")
    _summarise(settings, made, folder)


def _summarise(settings: Any, made: Any, folder: Path) -> None:
    """Write figures and numbers, and print the most important."""
    from ..analysis import pseudo_summary as summary  # noqa: PLC0415
    from ..analysis.hidden import record  # noqa: PLC0415
    from ..analysis.pseudo import results  # noqa: PLC0415
    from ..datasets.store import read_label  # noqa: PLC0415

    done = results(made, folder)
    found, thin = summary.points(made, done), summary.too_thin(done)
    content = {"title": settings.title, "points": [point.plain() for point in found], "too_thin": thin}
    figures = summary.figures(made, found, settings.label or read_label(made.backgrounds()))
    trials.write(folder / SUMMARY, content | record(made), figures)
    columns = ["window", "tagger", "events", "mass [GeV]", "Z", "pull", "KS p", "unbiased"]
    rows = [_row(point) for point in found]
    table(settings.title or "pseudo-experiments", columns, rows)
    if thin:
        say(
            f"{thin} of {len(done)} searches selected too few events for a fit; they are left out: give more events"
        )
    say(f"figures and {SUMMARY} are in {folder}")


def _row(point: Any) -> list[str]:
    r = point.plain()["r"]
    tested = [f"{point.normal:.2g}", "yes" if point.unbiased else "no"]
    return [
        point.window,
        point.tagger,
        str(point.injected),
        f"{point.mass:.0f}",
        f"{r['median']:.2f} ({r['low']:.1f} to {r['high']:.1f})",
        f"{point.pull:.2f}",
        *(["", ""] if point.injected else tested),
    ]

"""The command that describes a campaign: tables, figures and one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .display import bar, say

app = typer.Typer()


@app.command()
def datasheet(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder that a campaign was written to.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="SHEET", help="Folder for the data sheet.")
    ] = Path("datasheet"),
    published: Annotated[
        Path | None,
        typer.Option(
            "--published", metavar="CSV", help="Published spectrum to compare with: low, high, observed."
        ),
    ] = None,
    samples: Annotated[
        list[str] | None, typer.Option("--samples", metavar="NAME", help="A sample to describe; all without.")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Number of processes.")] = 1,
) -> None:
    """Describe the simulated samples of a campaign: cutflows, m_jj, jets, truth, response, b tags."""
    from ..analysis.datasheet import write_datasheet  # noqa: PLC0415

    with bar("reading", "events") as progress:
        page = write_datasheet(
            folder,
            output,
            published=published,
            samples=samples or (),
            jobs=jobs,
            progress=lambda _, done, total: progress(done, total),
        )
    say(f"open {page}; numbers and figures are beside it")

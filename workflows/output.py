"""What the commands on spectra write: JSON, a figure, a HEPData submission."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from .display import say
from .option import blamed

PANEL = "Output"

Json = Annotated[
    Path | None,
    typer.Option("--json", metavar="OUT", help="Write the result as JSON.", rich_help_panel=PANEL),
]
Plot = Annotated[
    Path | None, typer.Option("--plot", metavar="OUT.png", help="Draw the result.", rich_help_panel=PANEL)
]
HepData = Annotated[
    Path | None,
    typer.Option(
        "--hepdata",
        metavar="FOLDER",
        help="Write a HEPData submission with the result.",
        rich_help_panel=PANEL,
    ),
]


@dataclass(frozen=True)
class Output:
    """Files that a result is written to.

    Arguments:
        json_path: JSON file.
        plot: figure; the ending of the name says the format.

    """

    json_path: Json = None
    plot: Plot = None

    def write(self, content: Any, warnings: Iterable[str], figure: Callable[[], Any]) -> None:
        """Show warnings, and write what was asked for.

        Arguments:
            content: plain containers.
            warnings: what a reader has to know.
            figure: makes the figure.

        """
        for warning in warnings:
            say(f"note: {warning}")
        if self.json_path is not None:
            write_json(self.json_path, content)
        if self.plot is not None:
            draw(self.plot, figure)


@dataclass(frozen=True)
class PublishedOutput(Output):
    """Files that a result with a HEPData table is written to.

    Arguments:
        hepdata: folder of a submission; the others are those of `Output`.

    """

    hepdata: HepData = None

    def publish(self, tables: Mapping[str, Any], sqrt_s: float, luminosity: float | None) -> None:
        """Write the submission, if asked for; arguments as in `bumphunt.to_hepdata`."""
        if self.hepdata is None:
            return
        from ..bumphunt import to_hepdata  # noqa: PLC0415
        from ..datasets.atomic import make_folder  # noqa: PLC0415

        to_hepdata(tables, make_folder(self.hepdata), sqrt_s=sqrt_s, luminosity=luminosity)
        say(f"{self.hepdata} holds a HEPData submission")


def write_json(path: Path, content: Any) -> None:
    """Write plain containers as JSON."""
    from ..datasets.atomic import write_json as write  # noqa: PLC0415

    write(path, content)


def draw(path: Path, figure: Callable[[], Any]) -> None:
    """Write a figure in the format of the file's ending."""
    from ..datasets.atomic import atomic_path  # noqa: PLC0415

    drawn = figure()
    with atomic_path(path) as temporary, blamed("--plot"):
        drawn.savefig(temporary, dpi=100, format=path.suffix.removeprefix(".") or "png")
    say(f"{path} is written")

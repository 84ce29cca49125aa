"""What the command shows: lines, tables and progress bars."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic, strftime
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

SPEED_SECONDS = 600.0
LOG_SECONDS = 60.0


def say(text: str) -> None:
    """Print a line."""
    typer.echo(text)


def table(title: str, columns: list[str], rows: list[list[Any]]) -> None:
    """Print a table; lines are broken between words only, if the terminal is wide enough for the longest of them."""
    shown = Table(title=escape(title), title_justify="left")
    for i, name in enumerate(columns):
        words = " ".join([name, *(str(row[i]) for row in rows)]).split()
        shown.add_column(escape(name), overflow="fold", min_width=max(map(len, words), default=0))
    for row in rows:
        shown.add_row(*(escape(str(cell)) for cell in row))
    Console().print(shown)


@contextmanager
def bar(title: str, unit: str) -> Iterator[Callable[..., None]]:
    """Open a progress bar on the terminal and yield the function that sets (done, total, and what is worked on).

    It shows the rate since the beginning and the time left. Where there is no terminal, a line is written each minute.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Log(console, title, unit)
        return
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TextColumn(unit), _Rate())
    times = (TimeElapsedColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns, *times, console=console, speed_estimate_period=SPEED_SECONDS) as progress:
        task = progress.add_task("", total=None)

        def show(done: int, total: int, what: str = "") -> None:
            progress.update(task, completed=done, total=total, description=escape(what))

        yield show


class _Rate(ProgressColumn):
    """How many are done in a second."""

    def render(self, task: Task) -> Text:
        """Return the text of the column."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.3g}/s" if speed else "")


class _Log:
    """Progress as lines of a log."""

    def __init__(self, console: Console, title: str, unit: str) -> None:
        self._console, self._title, self._unit = console, title, unit
        self._begin: tuple[float, int] | None = None
        self._last: float | None = None

    def __call__(self, done: int, total: int, what: str = "") -> None:
        """Write a line when the last one is a minute old; what is done within a minute leaves none."""
        now = monotonic()
        begin, before = self._begin = self._begin or (now, done)
        last = self._last or begin
        if now - last < LOG_SECONDS and not (self._last and done >= total):
            return
        self._last = now
        rate = (done - before) / (now - begin) if now > begin else 0.0
        left = f", {timedelta(seconds=round((total - done) / rate))} left" if rate else ""
        shown = f"{strftime('%H:%M:%S')} {self._title} {done:,}/{total:,} {self._unit}, {rate:.3g}/s{left}"
        self._console.print(
            f"{shown}{f' ({what})' if what else ''}", highlight=False, soft_wrap=True, markup=False
        )

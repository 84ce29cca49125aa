"""What a task of the graph is: one output in the store, with a record of what went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import law
import luigi

from ..datasets.atomic import read_json, write_json
from . import identity
from .config import Config
from .toml import parse


def save_configuration(config: Config, store: Path) -> str:
    """Keep the resolved configuration in the store and return its name there."""
    content = config.plain()
    name = identity.key(content)
    write_json(store / "config" / f"{name}.json", content)
    return name


@cache
def configuration(store: str, name: str) -> Config:
    """Read back a configuration that `save_configuration` put into the store."""
    return parse(read_json(Path(store) / "config" / f"{name}.json"))


def failure_record(place: Path) -> Path:
    """Return where the failure of the task that writes ``place`` is recorded."""
    return place.with_name(f"{place.name}.failure.json")


@contextmanager
def recorded(place: Path, task: str) -> Iterator[None]:
    """Write down what went wrong; success removes the record of an earlier failure."""
    record = failure_record(place)
    try:
        yield
    except Exception as error:
        write_json(record, {"task": task, "kind": type(error).__name__, "message": str(error)})
        raise
    record.unlink(missing_ok=True)


class Stage(law.Task):
    """One output in the store: a subclass gives its ``title``, the ``place`` of the file it ends with, and ``work``."""

    store = luigi.Parameter()
    config = luigi.Parameter()

    @property
    def settings(self) -> Config:
        """The configuration of the search."""
        return configuration(self.store, self.config)

    def folder(self, content: identity.Identity) -> Path:
        """Return the folder of the output with this identity."""
        return Path(str(self.store)) / str(content["stage"]) / identity.key(content)

    def output(self) -> Any:
        """Tell law which file says that the task is done."""
        return law.LocalFileTarget(str(self.place()))

    def run(self) -> None:
        """Make the output; a failure leaves a record beside it."""
        with recorded(self.place(), self.title()):
            self.work()


class Units(Stage, law.LocalWorkflow):
    """A stage that falls into independent units of work, one branch each, listed by ``units``."""

    def create_branch_map(self) -> dict[int, Any]:
        """Give law the units by number."""
        return dict(enumerate(self.units()))

from __future__ import annotations

import itertools
from pathlib import Path
from types import SimpleNamespace

import luigi
import pytest
from dijethunt.workflows.drive import run_tasks


class Step(luigi.Task):  # type: ignore[misc]
    """A task that needs the one before it and leaves a file."""

    folder = luigi.Parameter()
    number = luigi.IntParameter()

    def requires(self) -> list[Step]:
        return [Step(self.folder, self.number - 1)] if self.number else []

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(f"{self.folder}/{self.number}")

    def run(self) -> None:
        Path(self.output().path).touch()


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_machine_that_sleeps_loses_no_task(
    jobs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours = itertools.count()
    monkeypatch.setattr(luigi.scheduler, "time", SimpleNamespace(time=lambda: 3600.0 * next(hours)))
    run_tasks([Step(str(tmp_path), 3)], jobs)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "1", "2", "3"]

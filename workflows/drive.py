"""Running the task graph on this machine: workers, progress, and what went wrong."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..datasets.atomic import read_json
from .config import Config


class RunError(RuntimeError):
    """A run in which tasks failed; the message lists what went wrong."""


def run_tasks(tasks: Sequence[Any], jobs: int) -> None:
    """Run luigi tasks and all that they need on ``jobs`` processes, however long the machine sleeps."""
    import luigi  # noqa: PLC0415

    # The scheduler of one run must not take its own worker for dead when the machine was suspended.
    luigi.configuration.get_config().set("scheduler", "worker_disconnect_delay", "inf")
    luigi.build(
        list(tasks),
        workers=jobs,
        local_scheduler=True,
        no_lock=True,
        detailed_summary=True,
        log_level="CRITICAL",
    )


class Driver:
    """The task graph of one configuration and one store."""

    def __init__(self, config: Config, store: Path) -> None:
        os.environ.setdefault("LAW_HOME", str(store.resolve() / ".law"))
        from . import graph, task  # noqa: PLC0415  law reads its home when it is imported

        self.graph = graph
        self.failure_record = task.failure_record
        self.config = config
        self.common = {
            "store": str(store.resolve()),
            "config": task.save_configuration(config, store.resolve()),
        }

    def report(self) -> Any:
        """Return the task that stands for the whole search."""
        return self.graph.Report(**self.common)

    def units(self, stage: str, search: str) -> list[Any]:
        """List the units of work of a stage (``train``, ``score`` or ``hunt``) of one search."""
        kind = {"train": self.graph.Train, "score": self.graph.Score, "hunt": self.graph.Hunt}[stage]
        return list(kind(search=search, **self.common).get_branch_tasks().values())

    def stages(self) -> dict[str, list[Any]]:
        """List every unit of work of the whole search by stage, in the order in which they run."""
        graph, config = self.graph, self.config
        used = graph.identity.used_samples(config)
        simulated = [s for s in used if config.samples[s].simulation]
        simulate = [
            t for s in simulated for t in graph.Simulate(sample=s, **self.common).get_branch_tasks().values()
        ]
        return {
            "simulate": simulate,
            "select": [graph.Select(sample=s, **self.common) for s in used],
            "inject": [graph.Inject(search=s, **self.common) for s in config.searches],
            **{
                stage: [t for s in config.searches for t in self.units(stage, s)]
                for stage in ("train", "score", "hunt")
            },
            "report": [self.report()],
        }

    def build(self, tasks: Sequence[Any], jobs: int) -> None:
        """Run tasks and all that they need; ``RunError`` when some failed."""
        from .watch import watched  # noqa: PLC0415

        stages = {
            stage: [t for t in found if not t.place().exists()] for stage, found in self.stages().items()
        }
        for found in stages.values():
            for task in found:
                self.failure_record(task.place()).unlink(missing_ok=True)
        if stages["simulate"]:
            from ..datasets import production  # noqa: F401, PLC0415  once here instead of in every forked worker
        with watched({stage: [t.place() for t in found] for stage, found in stages.items() if found}):
            run_tasks(tasks, jobs)
        if not all(task.complete() for task in tasks):
            raise RunError(self._failures(stages))

    def _failures(self, stages: Mapping[str, Sequence[Any]]) -> str:
        records = [self.failure_record(t.place()) for found in stages.values() for t in found]
        failures = [read_json(record) for record in records if record.exists()]
        lines = [f"{f['task']}: {f['message']}" for f in failures]
        lost = "workers ended without a word (killed, out of memory, or a full disk?); run again to go on"
        return "\n".join(["the run did not finish; what is done is kept", *(lines or [lost])])

"""Running a campaign: all parts of all samples through one pool of processes, recorded as they are finished.

The folder of a campaign holds ``NAME/part-00000.root`` and so on, and ``campaign.json`` (``datasets.manifest``). What
is there already is checked and kept; a damaged part is made again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic, process_time, time

import numpy as np

from .atomic import alone_in, make_folder
from .campaign import Campaign, CampaignError
from .manifest import Finding, Parts, examine, read_manifest, write_manifest
from .part import Part, measure
from .pool import Done, Note, work_through
from .production import Task, produce_part, tasks_of

Watch = Callable[[int, int, str], None]
"""Is called with the selected events done, their total, and the names of the samples that are being made."""

SAVE_SHARE = 0.05
STALE_SECONDS = 3600.0
SHOWN = 3


def tasks(campaign: Campaign, folder: Path) -> list[Task]:
    """List the parts of all samples of a campaign, with their files in ``folder``."""
    return [
        task for name, recipe in campaign.recipes().items() for task in tasks_of(name, recipe, folder / name)
    ]


def verify(
    campaign: Campaign, folder: Path, watch: Callable[[int, int], None] | None = None
) -> list[Finding]:
    """Find out the state of every part of a campaign; ``watch`` is called with the parts done and their number.

    Nothing is changed.
    """
    wanted, known = tasks(campaign, folder), read_manifest(folder)
    findings = []
    for task in wanted:
        findings.append(examine(task, known.get(task.sample, {}).get(task.part)))
        if watch:
            watch(len(findings), len(wanted))
    return findings


def produce(
    whole: Campaign,
    folder: Path,
    findings: Sequence[Finding],
    *,
    jobs: int = 1,
    watch: Watch | None = None,
) -> None:
    """Make the parts that ``findings`` (of ``verify``) say are not whole, on ``jobs`` processes.

    ``whole`` is the campaign that is recorded; ``findings`` may be of a fraction of it. ``CampaignError`` when files of
    other settings are in the way. Interrupted or killed, it goes on with the missing parts when it is called again.
    """
    refuse_foreign(findings)
    with alone_in(make_folder(folder)):
        _make_missing(whole, folder, findings, jobs, watch)


def _make_missing(
    whole: Campaign, folder: Path, findings: Sequence[Finding], jobs: int, watch: Watch | None
) -> None:
    record = _Record(whole, folder)
    record.take(findings)
    for task in (finding.task for finding in findings):
        make_folder(task.path.parent)
    missing = [finding.task for finding in findings if finding.state != "whole"]
    total = sum(finding.task.size for finding in findings)
    kept = total - sum(task.size for task in missing)
    sizes = np.array([task.size for task in missing], dtype=np.int64)

    def report(done: Done) -> None:
        if watch:
            busy = np.flatnonzero((done >= 0) & (done < sizes))
            watch(kept + int(done.clip(0).sum()), total, _names([missing[i].sample for i in busy]))

    report(np.full(len(missing), -1, dtype=np.int64))
    try:
        work_through(make_part, missing, jobs, folder / "progress", report, record.add)
    finally:
        record.save()
        _sweep({task.path.parent for task in missing})


def make_part(task: Task, note: Note) -> Part:
    """Make one part and take down what it holds and the time of the processor that it took."""
    begin = process_time()
    chain = produce_part(task.recipe, task.part, task.path, lambda done, _: note(done))
    seconds = process_time() - begin, chain.generation_seconds
    return measure(task.path, task.recipe, task.part, *seconds)


def refuse_foreign(findings: Sequence[Finding]) -> None:
    """Refuse to replace whole files that were made with other settings; ``CampaignError`` says which differ."""
    foreign = [finding for finding in findings if finding.state == "foreign"]
    if foreign:
        first = foreign[0]
        others = f" and {len(foreign) - 1} other files were" if len(foreign) > 1 else " was"
        raise CampaignError(
            f"{first.task.path}{others} made with other settings ({first.why}); choose another folder, or remove "
            f"{first.task.path.parent} to make the sample anew"
        )


class _Record:
    """What is known of the parts, kept on disk as it grows."""

    def __init__(self, campaign: Campaign, folder: Path) -> None:
        self._campaign, self._folder = campaign.plain(), folder
        self._parts: Parts = read_manifest(folder)
        self._next = 0.0

    def take(self, findings: Sequence[Finding]) -> None:
        """Forget parts that are not whole, and take down whole ones that are not recorded."""
        for finding in findings:
            task = finding.task
            known = self._parts.setdefault(task.sample, {})
            if finding.state != "whole":
                known.pop(task.part, None)
            elif task.part not in known:
                known[task.part] = measure(task.path, task.recipe, task.part)
        self.save()

    def add(self, task: Task, part: Part) -> None:
        """Take down a finished part, on disk at once unless that would take up a good part of the time."""
        self._parts[task.sample][task.part] = part
        if monotonic() > self._next:
            self.save()

    def save(self) -> None:
        """Write what is known."""
        begin = monotonic()
        write_manifest(self._folder, self._campaign, self._parts)
        end = monotonic()
        self._next = end + (end - begin) / SAVE_SHARE


def _names(samples: Sequence[str]) -> str:
    """Name the samples that are being made, the first few of them."""
    names = list(dict.fromkeys(samples))
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _sweep(folders: set[Path]) -> None:
    """Remove what killed processes left half written, once it is old."""
    for folder in folders:
        for path in folder.glob(".part-*.partial.root"):
            if time() - path.stat().st_mtime > STALE_SECONDS:
                path.unlink(missing_ok=True)

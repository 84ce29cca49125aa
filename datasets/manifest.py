"""The record of a campaign's folder: which parts are finished, and whether their files are still what they were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import uproot

from .atomic import read_json, write_json
from .error import FileError
from .part import Part, digest
from .pfnano import read_chunks, read_provenance
from .production import Task
from .provenance import versions
from .recipe import identity

MANIFEST = "campaign.json"
FORMAT = 1

Parts = dict[str, dict[int, Part]]
State = Literal["whole", "unmade", "missing", "damaged", "foreign"]
STATES: tuple[State, ...] = get_args(State)


@dataclass(frozen=True)
class Finding:
    """The state of a part and, unless it is whole, what is wrong with it.

    A part is ``unmade`` at first, ``missing`` when its file is gone, ``damaged`` when its file is not what it was or
    cannot be read, and ``foreign`` when the file is whole but was made with other settings.
    """

    task: Task
    state: State
    why: str = ""

    @property
    def message(self) -> str:
        """Name the file and what is wrong with it."""
        return f"{self.task.path}: {self.why}"


def read_manifest(folder: Path) -> Parts:
    """Read which parts a folder holds, by sample and number; nothing when it has no record.

    ``FileError`` when the record is there and cannot be used.
    """
    path = folder / MANIFEST
    if not path.exists():
        return {}
    content = read_json(path)
    try:
        return {
            sample: {int(number): Part(**entry) for number, entry in parts.items()}
            for sample, parts in content["samples"].items()
        }
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise FileError(
            f"{path} is not the record of a campaign ({error}); remove it: finished parts are found again without it"
        ) from error


def write_manifest(folder: Path, campaign: Mapping[str, Any], parts: Parts) -> None:
    """Write the record: the resolved campaign, versions, and what is known of each part."""
    samples = {
        sample: {f"{number:05d}": part.plain() for number, part in sorted(known.items())}
        for sample, known in parts.items()
    }
    content = {"format": FORMAT, "campaign": campaign, "versions": versions(), "samples": samples}
    write_json(folder / MANIFEST, content)


def examine(task: Task, known: Part | None) -> Finding:
    """Find out the state of a part; ``known`` is what the record holds of it.

    A file that the record does not hold, because the process was killed before it could write, is read to its end.
    """
    path = task.path
    if not path.is_file():
        return (
            Finding(task, "missing", "the file is gone") if known else Finding(task, "unmade", "not made yet")
        )
    if known is not None and path.stat().st_size != known.bytes:
        return Finding(task, "damaged", f"{path.stat().st_size} bytes, {known.bytes} when it was made")
    if known is not None and digest(path) != known.blake2b:
        return Finding(task, "damaged", "its content was altered after it was made")
    try:
        made = read_provenance(path)
        if made.get("identity") != identity(task.settings):
            return _other(task, made.get("settings", {}))
        if known is None:
            _read_to_the_end(path)
    except FileError:
        return Finding(task, "damaged", "not a whole file of simulated events")
    return Finding(task, "whole")


def _read_to_the_end(path: Path) -> None:
    """Read all events of a file; ``FileError`` when it is shorter than it says, or cannot be read."""
    with uproot.open(path) as file:
        end = int(file.file.fEND)
    if path.stat().st_size != end:
        raise FileError(f"{path} has {path.stat().st_size} bytes, {end} are its length; make it again")
    for _ in read_chunks(path):
        pass


def _other(task: Task, made: Mapping[str, Any]) -> Finding:
    """Describe a file of other settings; one that differs in size alone is a last part, and no loss."""
    ours, theirs = dict(_flat(task.settings)), dict(_flat(made))
    keys = [key for key in sorted({*ours, *theirs}) if _plain(ours.get(key)) != _plain(theirs.get(key))]
    if keys == ["events"]:
        return Finding(task, "damaged", f"it has {made['events']} events, now {task.size} are wanted")
    shown = [f"{key} was {theirs.get(key)}, now {ours.get(key)}" for key in keys if "pythia" not in key][:3]
    why = "; ".join(shown) or "it was made with other settings or versions of Pythia and FastJet"
    return Finding(task, "foreign", why)


def _flat(content: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value

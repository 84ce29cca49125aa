"""The sample catalogue: which files belong to a sample, what they are, and how much luminosity they stand for.

A catalogue is a data set JSON as coffea takes it (``datasets.fileset``), or TOML with one table per sample::

    [qcd]
    files = ["qcd/*.root"]      # paths or globs, relative to the catalogue
    kind = "background"         # data, background, signal, mixed or auto
    cross_section = 6.6         # pb
    luminosity = 26.81          # fb-1
    label = "QCD multijet"
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from glob import glob
from math import isfinite
from pathlib import Path
from typing import Any

from .error import DataError, unknown
from .fileset import JSON, parse_fileset

FOUND_OUT = "auto"
KINDS = ("data", "background", "signal", "mixed", FOUND_OUT)
"""Mixed events are labelled one by one; what is auto is found out from the files."""

PB_PER_FB = 1000.0
LIST = ".txt"
_COMMENT = re.compile(r"(^|\s)#.*")


class CatalogueError(DataError):
    """A catalogue that cannot be used."""


@dataclass(frozen=True)
class Dataset:
    """A named sample: its files, its kind, cross section (pb), luminosity (fb-1), and a label for plots."""

    name: str
    files: tuple[str, ...]
    kind: str
    cross_section: float | None = None
    luminosity: float | None = None
    label: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be a sample."""
        if not self.files:
            raise CatalogueError(f"sample {self.name!r} has no files; name at least one")
        if self.kind not in KINDS:
            raise CatalogueError(f"sample {self.name!r}: {unknown('kind', self.kind, KINDS)}")
        if self.kind == "data" and self.cross_section is not None:
            raise CatalogueError(f"sample {self.name!r} is data and has no cross section; leave it out")
        for key in ("cross_section", "luminosity"):
            value = getattr(self, key)
            if value is not None and not (isfinite(value) and value > 0):
                raise CatalogueError(f"sample {self.name!r}: {key} = {value}; give a positive number")

    @property
    def produced(self) -> float | None:
        """Expected number of events before any selection: cross section times luminosity; None if not given."""
        if self.cross_section is None or self.luminosity is None:
            return None
        return self.cross_section * self.luminosity * PB_PER_FB


def read_catalogue(path: Path | str) -> dict[str, Dataset]:
    """Read a catalogue in TOML or JSON; globs are resolved relative to its folder.

    ``CatalogueError`` names what is wrong: an unreadable file, an unknown or missing key, a value of the wrong type,
    a glob that no file matches.
    """
    source = Path(path)
    try:
        text = source.read_text()
        content = parse_fileset(json.loads(text), str(path)) if source.suffix == JSON else tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise CatalogueError(
            f"{path} is not text; a catalogue is TOML with a table [name] for each sample, or JSON as coffea takes it"
        ) from error
    except (OSError, tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
        raise CatalogueError(f"cannot read the catalogue {path}: {error}; correct or replace it") from error
    return parse_catalogue(content, source.parent, str(path))


def is_catalogue(name: str) -> bool:
    """Tell whether a name is that of a catalogue, rather than of a file with events."""
    return name.endswith((".toml", JSON))


def parse_catalogue(
    content: Mapping[str, Any], folder: Path | str, origin: str = "catalogue"
) -> dict[str, Dataset]:
    """Validate a catalogue that was read already; ``origin`` names it in messages, ``folder`` anchors globs."""
    if not content:
        raise CatalogueError(f"{origin}: no sample; add a table [name] with files and kind")
    return {name: _dataset(name, entry, Path(folder), origin) for name, entry in content.items()}


def match(patterns: Iterable[str], folder: Path | str = ".") -> tuple[str, ...]:
    """Resolve paths and globs relative to a folder, sorted within each glob; URLs are kept as they are.

    A text file (.txt) is a list of them, one in a line, relative to itself; ``#`` begins a comment.
    ``CatalogueError`` when one matches no file or a file is named twice.
    """
    files: list[str] = []
    for pattern in patterns:
        found = _match(pattern, Path(folder))
        if not found:
            raise CatalogueError(f"no file matches {str(Path(folder) / pattern)!r}; check the path")
        for name in found:
            files += _listed(name) if name.endswith(LIST) else [name]
    twice = sorted({file for file in files if files.count(file) > 1})
    if twice:
        raise CatalogueError(f"named twice: {', '.join(twice)}; name every file once")
    return tuple(files)


def _match(pattern: str, folder: Path) -> list[str]:
    if "://" in pattern or (folder / pattern).is_file():
        return [pattern if "://" in pattern else str(folder / pattern)]
    return sorted(glob(str(folder / pattern), recursive=True))  # noqa: PTH207 - the pattern may be absolute


def _listed(path: str) -> list[str]:
    """Resolve the names in a list of files."""
    try:
        lines = Path(path).read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(f"cannot read the list {path}: {error}; correct or replace it") from error
    names = [name for line in lines if (name := _COMMENT.sub("", line).strip())]
    if not names or any(name.endswith(LIST) for name in names):
        raise CatalogueError(f"{path} lists {'other lists' if names else 'no file'}; give files with events")
    try:
        return list(match(names, Path(path).parent))
    except CatalogueError as error:
        raise CatalogueError(f"{path}: {error}") from error


_TYPES: dict[str, tuple[type, ...]] = {
    "files": (str, list),
    "kind": (str,),
    "cross_section": (int, float),
    "luminosity": (int, float),
    "label": (str,),
}


def _dataset(name: str, entry: Any, folder: Path, origin: str) -> Dataset:
    if not isinstance(entry, Mapping):
        raise CatalogueError(f"{origin}: {name!r} is not a table; write [{name}] with files and kind")
    known = [f.name for f in fields(Dataset) if f.name != "name"]
    for key, value in entry.items():
        if key not in known:
            raise CatalogueError(f"{origin}, sample {name!r}: {unknown('key', key, known)}")
        if not isinstance(value, _TYPES[key]) or isinstance(value, bool):
            allowed = " or ".join(t.__name__ for t in _TYPES[key])
            raise CatalogueError(f"{origin}, sample {name!r}: {key} = {value!r}; give {allowed}")
    missing = [key for key in ("files", "kind") if key not in entry]
    if missing:
        raise CatalogueError(f"{origin}, sample {name!r}: {' and '.join(missing)} missing; add them")
    patterns = [entry["files"]] if isinstance(entry["files"], str) else entry["files"]
    try:
        return Dataset(**{**entry, "name": name, "files": match(patterns, folder)})
    except CatalogueError as error:
        raise CatalogueError(f"{origin}, sample {name!r}: {error}") from error

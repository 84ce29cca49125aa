"""The sample catalogue: which files belong to a sample, what they are, and how much luminosity they stand for.

A catalogue is TOML with one table per sample::

    [qcd]
    files = ["qcd/*.root"]      # paths or globs, relative to the catalogue
    kind = "background"         # data, background or signal
    cross_section = 6.6         # pb
    luminosity = 26.81          # fb-1
    label = "QCD multijet"
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from glob import glob
from math import isfinite
from pathlib import Path
from typing import Any

from .error import DataError, unknown

KINDS = ("data", "background", "signal")
PB_PER_FB = 1000.0


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
    """Read a catalogue; globs are resolved relative to its folder.

    ``CatalogueError`` names what is wrong: unreadable TOML, an unknown or missing key, a value of the wrong type,
    a glob that no file matches.
    """
    source = Path(path)
    try:
        content = tomllib.loads(source.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CatalogueError(f"cannot read the catalogue {path}: {error}; correct or replace it") from error
    return parse_catalogue(content, source.parent, str(path))


def parse_catalogue(
    content: Mapping[str, Any], folder: Path | str, origin: str = "catalogue"
) -> dict[str, Dataset]:
    """Validate a catalogue that was read already; ``origin`` names it in messages, ``folder`` anchors globs."""
    if not content:
        raise CatalogueError(f"{origin}: no sample; add a table [name] with files and kind")
    return {name: _dataset(name, entry, Path(folder), origin) for name, entry in content.items()}


def match(patterns: Iterable[str], folder: Path | str = ".") -> tuple[str, ...]:
    """Resolve paths and globs relative to a folder, sorted within each glob; URLs are kept as they are.

    ``CatalogueError`` when one matches no file or a file is named twice.
    """
    files: list[str] = []
    for pattern in patterns:
        found = _match(pattern, Path(folder))
        if not found:
            raise CatalogueError(f"no file matches {str(Path(folder) / pattern)!r}; check the path")
        files += found
    twice = sorted({file for file in files if files.count(file) > 1})
    if twice:
        raise CatalogueError(f"named twice: {', '.join(twice)}; name every file once")
    return tuple(files)


def _match(pattern: str, folder: Path) -> list[str]:
    if "://" in pattern or (folder / pattern).is_file():
        return [pattern if "://" in pattern else str(folder / pattern)]
    return sorted(glob(str(folder / pattern), recursive=True))  # noqa: PTH207 - the pattern may be absolute


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

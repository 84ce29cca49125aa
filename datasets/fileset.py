"""Data sets as coffea describes them in JSON: names with their files, and metadata.

Each name has a list of files, or a table with ``files`` and ``metadata``; ``files`` is a list, or a table of files
with the name of their tree or a record that has it as ``object_path``::

    {"qcd": ["qcd/1.root", "qcd/2.root"],
     "data": {"files": {"data.root": "Events"}, "metadata": {"is_data": true, "luminosity": 59.8}}}
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from .error import DataError, unknown
from .nanoaod import TREE

JSON = ".json"
KEYS = {
    "kind": "kind",
    "is_data": "kind",
    "cross_section": "cross_section",
    "xsec": "cross_section",
    "luminosity": "luminosity",
    "lumi": "luminosity",
    "label": "label",
}
"""What metadata may be called, and the key of the catalogue that it becomes."""


class FilesetError(DataError):
    """A data set JSON that cannot be used."""


def parse_fileset(content: Any, origin: str) -> dict[str, dict[str, Any]]:
    """Turn data sets into the entries of a catalogue; ``origin`` names them in messages.

    The kind is found out from the files when the metadata do not say it. Metadata that nothing here knows are left
    alone, unless their name is nearly a known one.
    """
    if not isinstance(content, Mapping):
        raise FilesetError(f'{origin}: not a table of data sets; write {{"name": ["file", ...]}}')
    return {name: _entry(entry, f"{origin}, data set {name!r}") for name, entry in content.items()}


def _entry(entry: Any, where: str) -> dict[str, Any]:
    if isinstance(entry, list | str):
        return {"files": _files(entry, where), "kind": "auto"}
    if not isinstance(entry, Mapping) or "files" not in entry:
        raise FilesetError(f"{where}: no files; give a list of files, or a table with files and metadata")
    metadata = entry.get("metadata") or {}
    if not isinstance(metadata, Mapping):
        raise FilesetError(f"{where}: metadata = {metadata!r}; give a table")
    return {"files": _files(entry["files"], where), "kind": "auto", **_known(metadata, where)}


def _files(files: Any, where: str) -> list[str]:
    trees = files if isinstance(files, Mapping) else {}
    for name, tree in trees.items():
        path = tree.get("object_path") if isinstance(tree, Mapping) else tree
        if path not in {None, TREE}:
            raise FilesetError(f"{where}: {name} is to be read from {path!r}; only {TREE!r} can be read")
    names = [files] if isinstance(files, str) else list(files) if isinstance(files, list | Mapping) else []
    if not names or not all(isinstance(name, str) for name in names):
        raise FilesetError(f"{where}: files = {files!r}; give names of files")
    return names


def _known(metadata: Mapping[str, Any], where: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in metadata.items():
        if key not in KEYS and get_close_matches(key, KEYS, n=1, cutoff=0.85):
            raise FilesetError(f"{where}: {unknown('key of metadata', key, KEYS)}")
        if key not in KEYS or value is None:
            continue
        target, meant = KEYS[key], _kind(value, metadata, where) if key == "is_data" else value
        if found.setdefault(target, meant) != meant:
            raise FilesetError(f"{where}: {found[target]!r} and {meant!r} for {target}; give it once")
    return found


def _kind(is_data: Any, metadata: Mapping[str, Any], where: str) -> Any:
    """Return the kind that ``is_data`` means: what is not data is what else the metadata or the files say."""
    if not isinstance(is_data, bool):
        raise FilesetError(f"{where}: is_data = {is_data!r}; give true or false")
    kind = metadata.get("kind", "auto")
    if not is_data and kind == "data":
        raise FilesetError(f"{where}: kind is 'data' and is_data false; give one of them")
    return "data" if is_data else kind

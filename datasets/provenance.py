"""Where an output came from: versions, commit, configuration, seeds and inputs."""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Mapping
from functools import cache
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .error import FileError

PACKAGES = (
    "awkward",
    "coffea",
    "fastjet",
    "iminuit",
    "nflows",
    "numpy",
    "pythia8mc",
    "scipy",
    "torch",
    "uproot",
    "xgboost",
)


def configuration_hash(configuration: Any) -> str:
    """Hash plain data (dicts, lists, numbers, strings) independently of the order of keys.

    >>> configuration_hash({"a": 1, "b": [2.0]}) == configuration_hash({"b": [2.0], "a": 1})
    True
    """
    text = json.dumps(configuration, sort_keys=True, allow_nan=False, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=8).hexdigest()


def file_hash(path: Path | str) -> str:
    """Hash the content of a file that belongs to a configuration; ``FileError`` when it cannot be read."""
    try:
        return blake2b(Path(path).read_bytes(), digest_size=8).hexdigest()
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror}; check the path") from error


def provenance(configuration: Any, seeds: Mapping[str, int], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Describe how an output was made.

    ``configuration`` is the resolved configuration of the stage, ``seeds`` the seeds it used, ``inputs`` the
    identity of every input by name. The record holds no time and no path, so that equal runs give equal bytes.
    """
    return {
        "configuration": configuration_hash(configuration),
        "seeds": dict(seeds),
        "inputs": dict(inputs),
        "versions": versions(),
        "commit": commit(),
    }


@cache
def versions() -> dict[str, str]:
    """Versions of Python, of dijethunt, and of the packages that decide numbers."""
    found = {"python": platform.python_version()}
    for name in ("dijethunt", *PACKAGES):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


@cache
def commit() -> str | None:
    """Return the git commit of the source in use, with ``+changes`` when files were edited; None outside git."""
    here = Path(__file__).resolve()

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(here.parent), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        git("ls-files", "--error-unmatch", here.name)
        changes = git("status", "--porcelain", "--untracked-files=no")
        return git("rev-parse", "HEAD") + ("+changes" if changes else "")
    except (OSError, subprocess.CalledProcessError):
        return None

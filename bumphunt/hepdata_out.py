"""Results written as a HEPData submission: submission.yaml and a YAML file for each table, with PyYAML."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .hepdata import SUBMISSION
from .hepdata_table import HepDataError, Result, Table, table

REACTION = "P P --> JET JET X"


def to_hepdata(
    results: Result | Mapping[str, Result],
    folder: str | Path,
    *,
    sqrt_s: float = 13_000.0,
    luminosity: float | None = None,
    comment: str = "",
    descriptions: Mapping[str, str] | None = None,
    reaction: str = REACTION,
) -> tuple[Path, ...]:
    """Write results as a HEPData submission.

    Arguments:
        results: a fit, a scan or limits, or several, each under the name of its table.
        folder: where the files go; it is made if need be, and files of the same names are replaced.
        sqrt_s: centre-of-mass energy in GeV.
        luminosity: integrated luminosity in fb-1; left out if not given.
        comment: about the whole submission, such as the abstract.
        descriptions: of the tables, by their names, in the place of those that are made.
        reaction: HEPData keyword.

    Returns:
        The files, submission.yaml last.

    Raises:
        HepDataError: if PyYAML is missing, there are no results, one has no table, or a number is impossible.

    """
    named = dict(results) if isinstance(results, Mapping) else {"Table 1": results}
    if not named:
        msg = "no results to write; give at least one"
        raise HepDataError(msg)
    if not (0 < sqrt_s < math.inf and (luminosity is None or 0 < luminosity < math.inf)):
        msg = f"sqrt(s) {sqrt_s} GeV with luminosity {luminosity} fb-1; both are positive"
        raise HepDataError(msg)
    folder = Path(folder)
    tables = {name: table(result) for name, result in named.items()}
    files = {name: f"{_slug(name)}.yaml" for name in named}
    if len(set(files.values())) < len(files) or SUBMISSION in files.values():
        msg = f"tables {', '.join(named)} would be written to the files {', '.join(files.values())}; choose other names"
        raise HepDataError(msg)
    qualifiers: list[dict[str, Any]] = [{"name": "SQRT(S)", "value": float(sqrt_s), "units": "GeV"}]
    if luminosity is not None:
        qualifiers.append({"name": "LUMINOSITY", "value": float(luminosity), "units": "fb$^{-1}$"})
    texts = {name: (descriptions or {}).get(name, one.description) for name, one in tables.items()}
    heads = [_head(name, texts[name], files[name], one, sqrt_s, reaction) for name, one in tables.items()]
    folder.mkdir(parents=True, exist_ok=True)
    written = [_write(folder / files[name], [one.content(qualifiers)]) for name, one in tables.items()]
    return (*written, _write(folder / SUBMISSION, [{"comment": comment or "; ".join(named)}, *heads]))


def _head(name: str, description: str, file: str, one: Table, sqrt_s: float, reaction: str) -> dict[str, Any]:
    return {
        "name": name,
        "description": description,
        "keywords": [
            {"name": "reactions", "values": [reaction]},
            {"name": "observables", "values": list(one.observables)},
            {"name": "cmenergies", "values": [float(sqrt_s)]},
        ],
        "data_file": file,
    }


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "table"


def _write(path: Path, documents: list[dict[str, Any]]) -> Path:
    """Write YAML documents so that a reader sees the old file or the new one."""
    try:
        import yaml  # noqa: PLC0415  only HEPData tables need it
    except ImportError:
        msg = f"writing {path} needs PyYAML, which is not installed; install it, or write JSON with to_json"
        raise HepDataError(msg) from None
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    text = yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True, width=100)
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
    return path

"""Reading a campaign from TOML; every mistake is named with its sample and its key.

One table may stand for the 22 signals at a resonance mass (``benchmarks``).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .benchmark import signals
from .campaign import Campaign, CampaignError, Entry, derived
from .error import DataError, unknown
from .process import make_process
from .process_contract import Process
from .process_user import SUFFIX

_NUMBER = (int, float)
_WORDS = {
    (str,): "a text",
    (int,): "an integer",
    (bool,): "true or false",
    (dict,): "a table",
    _NUMBER: "a number",
}


def read_campaign(path: Path | str) -> Campaign:
    """Read a campaign from TOML; ``CampaignError`` names the file, the sample and the key that is wrong."""
    source = Path(path)
    try:
        content = tomllib.loads(source.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CampaignError(
            f"cannot read the campaign {path}: {error}; correct the file or its name"
        ) from error
    return parse_campaign(content, source.stem, source.parent)


def parse_campaign(content: Mapping[str, Any], name: str, folder: Path | str = ".") -> Campaign:
    """Validate a campaign that was read already; ``folder`` is where files of Pythia settings are looked for."""
    _check(content, _CAMPAIGN, f"campaign {name}")
    entries: list[Entry] = []
    for sample, table in content.get("samples", {}).items():
        where = f"campaign {name}, sample {sample!r}"
        if not isinstance(table, Mapping):
            raise CampaignError(f"{where} is not a table; write [samples.{sample}]")
        _check(table, _SAMPLE, where)
        try:
            entries += _entries(sample, table, Path(folder))
        except CampaignError as error:
            raise CampaignError(f"campaign {name}, {error}") from error
        except (DataError, TypeError) as error:
            raise CampaignError(f"{where}: {error}") from error
    settings = {key: value for key, value in content.items() if key != "samples"}
    return Campaign(name=name, entries=tuple(entries), **settings)


_CAMPAIGN: dict[str, tuple[type, ...]] = {
    "title": (str,),
    "description": (str,),
    "luminosity": _NUMBER,
    "seed": (int,),
    "mpi": (bool,),
    "pileup": _NUMBER,
    "radius": _NUMBER,
    "events_per_part": (int,),
    "samples": (dict,),
}
_SAMPLE: dict[str, tuple[type, ...]] = {
    "kind": (str,),
    "process": (str,),
    "benchmarks": _NUMBER,
    "events": (int,),
    "parameters": (dict,),
    "k_factor": _NUMBER,
    "label": (str,),
    "role": (str,),
    "seed": (int,),
}


def _check(table: Mapping[str, Any], known: Mapping[str, tuple[type, ...]], where: str) -> None:
    """Refuse unknown keys, values of the wrong type and seeds that are negative."""
    for key, value in table.items():
        if key not in known:
            raise CampaignError(f"{where}: {unknown('key', key, known)}")
        if not isinstance(value, known[key]) or (isinstance(value, bool) and bool not in known[key]):
            raise CampaignError(f"{where}: {key} = {value!r}; give {_WORDS[known[key]]}")
    if table.get("seed", 0) < 0:
        raise CampaignError(f"{where}: seed = {table['seed']}; give 0 or more")


def _entries(name: str, table: Mapping[str, Any], folder: Path) -> list[Entry]:
    """Make the samples of one table: one, or all benchmarks at a mass."""
    missing = [key for key in ("kind", "events") if key not in table]
    if missing or ("process" in table) == ("benchmarks" in table):
        what = " and ".join(missing) or "either process or benchmarks"
        raise CampaignError(f"sample {name!r}: give {what}")
    kept = {key: table[key] for key in ("kind", "events", "k_factor", "role") if key in table}
    parameters = dict(table.get("parameters", {}))
    if "name" in parameters:
        raise CampaignError(f"sample {name!r}: parameters.name is the name of no parameter; leave it out")
    if "process" in table:
        process = _process(table["process"], folder, parameters)
        return [
            Entry(
                name,
                process=process,
                label=table.get("label", ""),
                seed=table.get("seed"),
                group=name,
                **kept,
            )
        ]
    return [
        Entry(
            signal,
            process=make_process(signal, **parameters),
            label=signal,
            seed=_each(table, signal),
            group=name,
            **kept,
        )
        for signal in signals(float(table["benchmarks"]))
    ]


def _process(name: str, folder: Path, parameters: Mapping[str, Any]) -> Process:
    return make_process(str(folder / name) if name.endswith(SUFFIX) else name, **parameters)


def _each(table: Mapping[str, Any], name: str) -> int | None:
    """Return the seed of one of several samples when their table has one."""
    return derived(table["seed"], name) if "seed" in table else None

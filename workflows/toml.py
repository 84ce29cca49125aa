"""Reading a configuration: TOML in, validated dataclasses out, mistakes named by their key."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from ..datasets.catalogue import Dataset, read_catalogue
from ..datasets.error import unknown
from ..datasets.process_user import SUFFIX
from .config import Config, ConfigError, Sample, Table


def load(path: Path | str, overrides: Iterable[str] = ()) -> Config:
    """Read a TOML file, apply overrides such as ``scan.toys=200``, and validate.

    File globs are resolved relative to the TOML file. ``ConfigError`` names the file and the key.
    """
    from .check import check  # noqa: PLC0415  needs what a search needs, which a selection does not

    source = Path(path)
    content = read(source, overrides)
    try:
        config = parse(content, source.parent)
        check(config)
    except ValidationError as error:
        raise ConfigError(f"{source}: {explain(error)}") from error
    except ConfigError as error:
        raise ConfigError(f"{source}: {error}") from error
    return config


def load_table(path: Path | str | None, overrides: Iterable[str] = ()) -> Table:
    """Read what a selection needs from a TOML file that may hold a whole search; without a file, the defaults.

    The names of other files are resolved relative to the TOML file.
    """
    source = Path(path) if path else None
    content = read(source, overrides)
    for key in content:
        if key not in (known := {"catalogue", *(f.name for f in fields(Config))}):
            raise ConfigError(f"{path or '--set'}: {unknown('key', key, known)}")
    wanted = {f.name: content[f.name] for f in fields(Table) if f.name in content}
    if "jets" in wanted and wanted.get("selection"):
        raise ConfigError(
            f"{path or '--set'}: selection.{', selection.'.join(wanted['selection'])}: not with [jets], which makes a "
            "table of jets and has cuts of its own; remove [selection], or remove [jets] to select dijets"
        )
    try:
        table: Table = TypeAdapter(Table).validate_python(wanted)
    except ValidationError as error:
        raise ConfigError(f"{path or '--set'}: {explain(error)}") from error
    return table.anchored(source.parent if source else Path())


def values(overrides: Iterable[str]) -> dict[str, Any]:
    """Read ``key=value`` pairs as TOML values; what is no TOML value is a string."""
    content: dict[str, Any] = {}
    for override in overrides:
        _override(content, override)
    return content


def parse(content: Mapping[str, Any], folder: Path = Path()) -> Config:
    """Validate plain data; relative file names, also of a ``catalogue`` of samples, are taken from ``folder``."""
    if content.get("jets") is not None:
        raise ConfigError(
            "jets: a search needs dijets; remove [jets], or use the file with `dijethunt select` alone"
        )
    listed, folder = content.get("catalogue", ""), folder.resolve()
    known = (
        {name: _from_catalogue(d) for name, d in read_catalogue(folder / listed).items()} if listed else {}
    )
    content = {k: v for k, v in content.items() if k != "catalogue"}
    config = TypeAdapter(Config).validate_python({**content, "samples": known | content.get("samples", {})})
    samples = {name: _anchored(sample, folder) for name, sample in config.samples.items()}
    return Config(**{**_shallow(config), "samples": samples}).anchored(folder)


def read(source: Path | None, overrides: Iterable[str]) -> dict[str, Any]:
    """Read a TOML file and apply overrides; ``ConfigError`` when it cannot be read."""
    content: dict[str, Any] = {}
    try:
        content = tomllib.loads(source.read_text()) if source else {}
    except OSError as error:
        raise ConfigError(f"cannot read the configuration {source}: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{source} is not valid TOML: {error}") from error
    for override in overrides:
        _override(content, override)
    return content


def _from_catalogue(dataset: Dataset) -> dict[str, Any]:
    return {key: value for key, value in _shallow(dataset).items() if key != "name"}


def _shallow(instance: Any) -> dict[str, Any]:
    return {f.name: getattr(instance, f.name) for f in fields(instance)}


def _anchored(sample: Sample, folder: Path) -> Sample:
    own: dict[str, Any] = {"files": tuple(_resolve(folder, name) for name in sample.files)}
    if sample.simulation and sample.simulation.process.endswith(SUFFIX):
        own["simulation"] = replace(sample.simulation, process=_resolve(folder, sample.simulation.process))
    if isinstance(golden := sample.selection.get("golden_json"), str):
        own["selection"] = {**sample.selection, "golden_json": str(folder / golden)}
    return Sample(**{**_shallow(sample), **own})


def _resolve(folder: Path, name: str) -> str:
    return name if "://" in name else str(folder / name)


def _override(content: dict[str, Any], override: str) -> None:
    key, separator, text = override.partition("=")
    if not separator:
        raise ConfigError(f"--set {override!r} has no '='; write --set section.key=value")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    *sections, last = key.strip().split(".")
    for section in sections:
        content = content.setdefault(section, {})
        if not isinstance(content, dict):
            raise ConfigError(f"--set {override!r}: {section!r} is a value, not a section")
    content[last] = value


def explain(error: ValidationError, root: type = Config) -> str:
    """Say what is wrong with the values of a configuration of the kind ``root``, by their keys."""
    details = error.errors()
    return "; ".join(_explain_one(e["loc"], e["type"], e["msg"], e.get("input"), root) for e in details)


def _explain_one(location: tuple[int | str, ...], kind: str, message: str, got: Any, root: type) -> str:
    key = ".".join(map(str, location))
    if kind == "unexpected_keyword_argument":
        return unknown("key", str(location[-1]), _keys(location[:-1], root)) + f" (in {key!r})"
    if kind.startswith("missing"):
        return f"{key}: {message}"
    return f"{key}: {message.removeprefix('Value error, ')}; got {got!r}"


def _keys(location: tuple[int | str, ...], root: type) -> list[str]:
    """Names of the keys that are allowed in the section at ``location``."""
    kind: Any = root
    for step in location:
        if is_dataclass(kind):
            kind = get_type_hints(kind)[str(step)]
        elif get_origin(kind) is not None:
            kind = get_args(kind)[-1]
        kind = next((a for a in get_args(kind) if is_dataclass(a)), kind) if not _is_mapping(kind) else kind
    return [f.name for f in fields(kind)] if is_dataclass(kind) else []


def _is_mapping(kind: Any) -> bool:
    return get_origin(kind) is Mapping

"""Finding taggers by name: those of dijethunt and those that other packages install."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from importlib import metadata
from importlib.metadata import EntryPoint, EntryPoints
from math import isfinite
from typing import Any

from ..datasets.error import unknown
from .base import Tagger
from .error import ParameterError, RegistryError

GROUP = "dijethunt.taggers"


def names() -> list[str]:
    """List the installed taggers; none of them is imported."""
    return sorted(_installed())


def find(name: str) -> type[Tagger]:
    """Import the class of a tagger.

    ``RegistryError`` when there is none of that name, when it cannot be imported, or when it is no tagger.
    """
    installed = _installed()
    if name not in installed:
        raise RegistryError(f"no tagger {name!r}; installed: {', '.join(sorted(installed)) or 'none'}")
    entry = installed[name]
    try:
        found = entry.load()
    except (ImportError, AttributeError) as error:
        raise RegistryError(
            f"tagger {name!r} ({entry.value}) cannot be imported: {error}; install what it needs, "
            "for example with `pip install dijethunt[taggers]`"
        ) from error
    if not (isinstance(found, type) and issubclass(found, Tagger) and found.name == name):
        raise RegistryError(
            f"entry point {name!r} of {GROUP} is {entry.value}; it must be a subclass of Tagger "
            f"with name = {name!r}"
        )
    return found


def make(name: str, parameters: Mapping[str, Any] | None = None, preset: str | None = None) -> Tagger:
    """Make a tagger from its name and plain hyperparameters, as a configuration file holds them.

    ``preset`` is a named set of hyperparameters of the tagger, which ``parameters`` override.
    ``ParameterError`` for an unknown key, an unknown preset, or a value of the wrong kind.
    """
    tagger = find(name)
    if preset is not None and preset not in tagger.presets:
        raise ParameterError(f"tagger {name}: {unknown('preset', preset, tagger.presets)}")
    chosen = {**(tagger.presets[preset] if preset is not None else {}), **(parameters or {})}
    return tagger(**{key: _checked(tagger, key, value) for key, value in chosen.items()})


def hyperparameters(tagger: type[Tagger]) -> dict[str, Any]:
    """Return the names of a tagger's hyperparameters with their defaults."""
    return {f.name: f.default for f in fields(tagger) if f.init}


def _checked(tagger: type[Tagger], key: str, value: Any) -> Any:
    known = hyperparameters(tagger)
    if key not in known:
        raise ParameterError(f"tagger {tagger.name}: {unknown('hyperparameter', key, known)}")
    frozen = _frozen(value)
    kind = type(known[key])
    if kind is float and type(frozen) is int:
        return float(frozen)
    if kind in (bool, int, float, str, tuple) and type(frozen) is not kind:
        raise ParameterError(
            f"tagger {tagger.name}: hyperparameter {key} is {value!r}; allowed: {kind.__name__}, "
            f"such as {known[key]!r}"
        )
    if kind is tuple and known[key] and not all(type(item) is type(known[key][0]) for item in frozen):
        raise ParameterError(
            f"tagger {tagger.name}: hyperparameter {key} is {value!r}; allowed: each of kind "
            f"{type(known[key][0]).__name__}, such as {list(known[key])!r}"
        )
    if kind is float and not isfinite(frozen):
        raise ParameterError(
            f"tagger {tagger.name}: hyperparameter {key} is {value}; allowed: finite numbers"
        )
    return frozen


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list | tuple) else value


@cache
def entry_points(group: str) -> EntryPoints:
    """Return what installed packages offer in a group; looking takes longer than a short task."""
    return metadata.entry_points(group=group)


def _installed() -> dict[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for entry in entry_points(GROUP):
        if entry.name in found and found[entry.name].value != entry.value:
            raise RegistryError(
                f"two taggers are called {entry.name!r}: {found[entry.name].value} and {entry.value}; "
                "uninstall one of the packages"
            )
        found[entry.name] = entry
    return found

"""What a set of toys is made of, and the hash by which its files are known again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from .array import FloatArray
from .curve import Curve
from .family import Family
from .fitrange import EVERYTHING, FitRange
from .ftest import Rule, rule
from .nuisance import Nuisance
from .spectrum import Spectrum
from .toys import BLOCK, largest_of_block
from .window import Group, Shares, Signals, Window, prepared

BLOCKS = 2
VERSION = 2
DIGITS = 6


@dataclass(frozen=True)
class Campaign:
    """What toys are made of; arguments as in `scan`, and the seed of the toys."""

    groups: Sequence[Group]
    background: Family | Rule
    signal: Signals
    seed: int
    fit_range: FitRange = EVERYTHING
    shares: Shares = (1.0,)
    nuisances: Sequence[Nuisance] = ()

    @cached_property
    def windows(self) -> list[Window]:
        """The fitted windows."""
        return prepared(
            self.groups, self.background, self.signal, self.fit_range, self.shares, self.nuisances
        )

    @cached_property
    def identity(self) -> str:
        """Hash of the spectra, templates, fits, functions, rule, ranges and seed: equal for equal toys."""
        digest = hashlib.sha256()
        for _, given in self.groups:
            for spectrum in [given] if isinstance(given, Spectrum) else given:
                digest.update(spectrum.edges.tobytes() + spectrum.counts.tobytes())
        for window in self.windows:
            digest.update(np.round(window.templates, 12).tobytes() + np.array(window.masses).tobytes())
            digest.update(f"{window.index} {window.stream} {window.signals}".encode())
            for values in _fitted(window, rule(self.background).families):
                digest.update((np.round(values, DIGITS) + 0.0).tobytes())
        settings = [
            rule(self.background),
            self.fit_range,
            tuple(self.shares),
            tuple(self.nuisances),
            self.seed,
            BLOCK * BLOCKS,
            VERSION,
        ]
        digest.update(json.dumps([_described(one) for one in settings], default=str).encode())
        return digest.hexdigest()

    def make(self, path: Path, number: int) -> None:
        """Make one file of toys, atomically."""
        blocks = range(number * BLOCKS, (number + 1) * BLOCKS)
        largest = np.concatenate([largest_of_block(self.windows, block, self.seed) for block in blocks])
        temporary = path.with_name(f".{path.stem}.{os.getpid()}.npz")
        with temporary.open("wb") as file:
            np.savez(file, largest=largest)
        temporary.replace(path)


def _fitted(window: Window, families: Sequence[Family]) -> Iterator[FloatArray]:
    """Yield the logarithms of what toys are drawn from and of the functions that are fitted, at the bin centres."""
    with np.errstate(divide="ignore"):
        yield np.log(window.truth)
    mass = np.concatenate([(one.edges[1:] + one.edges[:-1]) / 2 for one in window.search.spectra])
    for family in families:
        x = mass / family.sqrt_s
        if isinstance(family, Curve):
            yield family.logarithm(x, np.array([[0.0, *start] for start in family.starts]))[0]
        else:
            yield family.design(x)


def _described(setting: Any) -> Any:
    """Return plain text and numbers that are equal for equal settings, functions by what they are called."""
    if isinstance(setting, tuple | list):
        return [_described(one) for one in setting]
    if is_dataclass(setting) and not isinstance(setting, type):
        values = {field.name: _described(getattr(setting, field.name)) for field in fields(setting)}
        return {"kind": type(setting).__name__, **values}
    if callable(setting):
        return getattr(setting, "__qualname__", type(setting).__name__)
    return setting

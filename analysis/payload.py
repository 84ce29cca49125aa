"""Corrections that come as a file: reading a correctionlib payload, and evaluating what it holds on jets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets.error import DataError
from ..datasets.nanoaod import Need

Array = NDArray[np.float64]

RHO = ("fixedGridRhoFastjetAll", "Rho_fixedGridRhoFastjetAll")
"""The energy density of pile-up, up to NanoAOD version 9 and later."""

SYSTEMATIC = "systematic"
INPUTS: Mapping[str, tuple[frozenset[str], ...]] = {
    "JetPt": (frozenset(["FatJet_pt"]),),
    "JetEta": (frozenset(["FatJet_eta"]),),
    "JetPhi": (frozenset(["FatJet_phi"]),),
    "JetA": (frozenset(["FatJet_area"]),),
    "Rho": tuple(frozenset([name]) for name in RHO),
    "run": (frozenset(["run"]),),
    SYSTEMATIC: (frozenset(),),
}
"""The inputs that corrections of jets may have, with the branches, of which one set will do."""


class CorrectionError(DataError):
    """A correction that cannot be applied as asked for."""


@dataclass(frozen=True)
class Factor:
    """A correction of a payload by name: a function of the inputs that it declares."""

    name: str
    path: str
    function: Any

    def __post_init__(self) -> None:
        """Refuse inputs that jets do not have."""
        for name in self.inputs:
            if name not in INPUTS:
                raise CorrectionError(
                    f"{self.path}: {self.name} needs the input {name!r}; known are {', '.join(INPUTS)}: name a "
                    "correction of AK8 jets"
                )

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs, in the order of the payload."""
        return tuple(variable.name for variable in self.function.inputs)

    def needs(self) -> tuple[Need, ...]:
        """State the branches that the inputs come from."""
        remedy = "give files with that branch, or name a correction without that input"
        return tuple(Need(f"the correction {self.name}", INPUTS[name], remedy) for name in self.inputs)

    def __call__(self, values: Mapping[str, Array], systematic: str = "nom") -> Array:
        """Evaluate on jets: ``values`` (n,) by name of the input. Jets that are no numbers get 1.

        ``CorrectionError`` when the payload does not cover the jets.
        """
        columns = {name: values[name] for name in self.inputs if name != SYSTEMATIC}
        usable = np.logical_and.reduce([np.isfinite(column) for column in columns.values()])
        arguments = [systematic if name == SYSTEMATIC else columns[name][usable] for name in self.inputs]
        factor = np.ones(len(usable))
        try:
            factor[usable] = self.function.evaluate(*arguments)
        except (RuntimeError, IndexError, ValueError, TypeError) as error:
            raise CorrectionError(
                f"{self.path}: {self.name} cannot be evaluated ({error}); check that it is made for these jets"
            ) from error
        return factor


def find(path: Path | str, name: str) -> Factor:
    """Look up a correction, simple or compound; ``CorrectionError`` names the nearest ones that the payload has."""
    known = read(path)
    if name not in known:
        near = get_close_matches(name, known, n=3, cutoff=0.3)
        hint = f"did you mean {' or '.join(near)}? " if near else ""
        raise CorrectionError(
            f"{path}: no correction {name!r}; {hint}it holds {len(known)}: {_some(known)}; correct the name"
        )
    return Factor(name, str(path), known[name])


def read(path: Path | str) -> Mapping[str, Any]:
    """Read a payload, JSON or gzipped JSON; ``CorrectionError`` when it is not one."""
    try:
        status = Path(path).stat()
    except OSError as error:
        raise CorrectionError(
            f"cannot read the payload {path}: {error.strerror}; check corrections.payload"
        ) from error
    return _read(str(path), status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=4)
def _read(path: str, _size: int, _time: int) -> Mapping[str, Any]:
    from correctionlib import CorrectionSet  # noqa: PLC0415  needed by corrected selections only

    try:
        content = CorrectionSet.from_file(path)
    except (RuntimeError, OSError, ValueError) as error:
        raise CorrectionError(
            f"{path} is not a correctionlib payload ({error}); give a JSON file of correctionlib schema 2"
        ) from error
    return {**dict(content.items()), **dict(content.compound.items())}


def _some(names: Iterable[str], most: int = 5) -> str:
    ordered = sorted(names)
    return ", ".join(ordered[:most]) + (", ..." if len(ordered) > most else "")

"""What a quantity of a jet is: a named function with its unit and the fields that it is computed from.

A function gets the fields of j1 and j2 as arrays (n, 2) by name and returns an array (n, 2) or, for quantities that
are more than a number, (n, 2, ...).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .constituent import Constituents
from .field import CANDIDATES, field

Array = NDArray[Any]
Jets = Mapping[str, Array]
"""Fields by name: arrays (n, 2); under ``CANDIDATES`` lies no array but ``Constituents``."""


@dataclass(frozen=True)
class Quantity:
    """A named function of jets, with its unit and the sets of fields that it can be computed from.

    ``fields`` are alternatives, the best first: names of FatJet branches, or of derived fields (``selections.field``);
    ``dtype`` is the type of the column.
    """

    name: str
    unit: str
    meaning: str
    fields: tuple[tuple[str, ...], ...]
    compute: Callable[[Jets], Array]
    dtype: type[np.generic] = np.float32

    def __call__(self, jets: Jets) -> Array:
        """Compute the quantity (n, 2) or (n, 2, ...) of j1 and j2."""
        return self.compute(jets).astype(self.dtype)

    def source(self, branches: frozenset[str]) -> tuple[str, ...] | None:
        """Return the best fields that a file with these branches offers; None when it has no set of them."""
        for fields in self.fields:
            if all(field(name).exists(branches) for name in fields):
                return fields
        return None

    def branches(self) -> tuple[frozenset[str], ...]:
        """Return the branches of each alternative."""
        stored = [[field(name).branches for name in fields] for fields in self.fields]
        return tuple(frozenset().union(*choice) for sets in stored for choice in product(*sets))


def quantity(
    *fields: tuple[str, ...], unit: str = "", dtype: type[np.generic] = np.float32
) -> Callable[[Callable[[Jets], Array]], Quantity]:
    """Turn a function of jets into a ``Quantity`` of the same name.

    >>> @quantity(("pt", "area"), unit="GeV")
    ... def density(jets):
    ...     return jets["pt"] / jets["area"]
    >>> density.name, density.unit
    ('density', 'GeV')
    """

    def wrap(function: Callable[[Jets], Array]) -> Quantity:
        meaning = (function.__doc__ or "").split("\n")[0]
        return Quantity(function.__name__, unit, meaning, fields, function, dtype)

    return wrap


def of_candidates(
    function: Callable[[Constituents], Array], dtype: type[np.generic] = np.float32
) -> Quantity:
    """Turn a function of ``Constituents`` into a ``Quantity`` without unit, of the same name.

    >>> from .shape import girth
    >>> of_candidates(girth).fields
    (('candidates',),)
    """

    def compute(jets: Jets) -> Array:
        return function(candidates_of(jets))

    meaning = (function.__doc__ or "").split("\n")[0]
    return Quantity(function.__name__, "", meaning, ((CANDIDATES,),), compute, dtype)


def candidates_of(jets: Jets) -> Constituents:
    """Return the candidates among fields."""
    return cast("Constituents", jets[CANDIDATES])

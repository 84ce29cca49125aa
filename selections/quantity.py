"""Quantities of a jet: one function each, with the branches it reads.

A function gets the FatJet fields of j1 and j2 as arrays (n, 2) by name and returns an array (n, 2). Undefined
values take a harmless one: ratios that are not finite become 1, negative soft-drop masses 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets.candidate import NAMINGS, has_candidates
from ..datasets.error import UnknownNameError, unknown
from .dijet import soft_drop_mass

Array = NDArray[Any]
Jets = Mapping[str, Array]

COUNTED = "n_candidates"
"""Field that is no branch: the number of the jet's candidates, counted in PFNano files."""

TINY = 1e-6
"""Added to the denominators of N-subjettiness ratios (jets with tau_N = 0 exist)."""


@dataclass(frozen=True)
class Quantity:
    """A named function of jets, with its unit and the sets of fields that it can be computed from.

    ``fields`` are alternatives, the best first; ``dtype`` is the type of the column.
    """

    name: str
    unit: str
    meaning: str
    fields: tuple[tuple[str, ...], ...]
    compute: Callable[[Jets], Array]
    dtype: type[np.generic] = np.float32

    def __call__(self, jets: Jets) -> Array:
        """Compute the quantity (n, 2) of j1 and j2."""
        return self.compute(jets).astype(self.dtype)

    def source(self, branches: frozenset[str]) -> tuple[str, ...] | None:
        """Return the best fields that a file with these branches offers; None when it has no set of them."""
        for fields in self.fields:
            if all(_exists(field, branches) for field in fields):
                return fields
        return None

    def branches(self) -> tuple[frozenset[str], ...]:
        """Return the branches of each alternative."""
        sets = []
        for fields in self.fields:
            own = frozenset(f"FatJet_{field}" for field in fields if field != COUNTED)
            sets += [own | n.branches for n in NAMINGS] if COUNTED in fields else [own]
        return tuple(sets)


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


@quantity(("pt",), unit="GeV")
def pt(jets: Jets) -> Array:
    """Transverse momentum in GeV, jet energy corrections included as stored."""
    return jets["pt"]


@quantity(("eta",))
def eta(jets: Jets) -> Array:
    """Pseudorapidity."""
    return jets["eta"]


@quantity(("phi",), unit="rad")
def phi(jets: Jets) -> Array:
    """Azimuth in radians."""
    return jets["phi"]


@quantity(("mass",), unit="GeV")
def mass(jets: Jets) -> Array:
    """Ungroomed jet mass in GeV."""
    return jets["mass"]


@quantity(("msoftdrop",), unit="GeV")
def msd(jets: Jets) -> Array:
    """Soft-drop mass in GeV (arXiv:1402.2657, equation 1.1; CMS: beta = 0, z_cut = 0.1)."""
    return soft_drop_mass(jets["msoftdrop"])


@quantity(("msoftdrop", "pt"))
def rho(jets: Jets) -> Array:
    """Soft-drop mass over transverse momentum, as QUAK uses it (arXiv:2011.03550)."""
    return soft_drop_mass(jets["msoftdrop"]) / jets["pt"]


@quantity(("tau2", "tau1"))
def tau21(jets: Jets) -> Array:
    """N-subjettiness ratio tau2/tau1, small for two prongs (arXiv:1011.2268, equation 2.1)."""
    return _ratio(jets["tau2"], jets["tau1"])


@quantity(("tau3", "tau2"))
def tau32(jets: Jets) -> Array:
    """N-subjettiness ratio tau3/tau2, small for three prongs (arXiv:1011.2268, equation 2.1)."""
    return _ratio(jets["tau3"], jets["tau2"])


@quantity(("tau4", "tau3"))
def tau43(jets: Jets) -> Array:
    """N-subjettiness ratio tau4/tau3, small for four prongs (arXiv:1011.2268, equation 2.1)."""
    return _ratio(jets["tau4"], jets["tau3"])


@quantity(("tau4", "tau1"))
def tau41(jets: Jets) -> Array:
    """N-subjettiness ratio tau4/tau1 (arXiv:1011.2268, equation 2.1), the input of CATHODE in CMS."""
    return _ratio(jets["tau4"], jets["tau1"])


@quantity(("nPFCandsAll",), ("nConstituents",), (COUNTED,), dtype=np.int32)
def n_pf(jets: Jets) -> Array:
    """Return the number of particle-flow candidates.

    Taken from ``nPFCandsAll`` where a file stores only the hardest candidates of a jet but says how many there
    were, else from ``nConstituents``, else counted in the links between jets and candidates of PFNano.
    """
    return next(jets[name] for name in ("nPFCandsAll", "nConstituents", COUNTED) if name in jets)


KINEMATICS = (pt, eta, phi, mass)
QUANTITIES: Mapping[str, Quantity] = {
    q.name: q for q in (*KINEMATICS, msd, rho, tau21, tau32, tau43, tau41, n_pf)
}
DEFAULT = ("msd", "tau21", "tau32", "tau43", "n_pf")
"""What is computed when nothing is asked for (the kinematics always are)."""


def find(name: str) -> Quantity:
    """Look up a quantity; ``UnknownNameError`` lists the known ones."""
    if name not in QUANTITIES:
        raise UnknownNameError(unknown("quantity", name, QUANTITIES))
    return QUANTITIES[name]


def offered(branches: frozenset[str]) -> tuple[str, ...]:
    """Return the names of the quantities that a file with these branches offers."""
    return tuple(name for name, q in QUANTITIES.items() if q.source(branches))


def _exists(field: str, branches: frozenset[str]) -> bool:
    return has_candidates(branches) if field == COUNTED else f"FatJet_{field}" in branches


def _ratio(numerator: Array, denominator: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        value = numerator / (denominator + TINY)
    return np.where(np.isfinite(value), value, 1.0)

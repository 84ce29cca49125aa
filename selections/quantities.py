"""The quantities there are, one function each.

Undefined values take a harmless one: ratios of N-subjettiness that are not finite become 1, all else that is marked as
absent 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets.error import UnknownNameError, unknown
from .correlation import c2, d2, n2
from .dijet import soft_drop_mass
from .field import CANDIDATES, COUNTED, SUBJET_BTAG, SUBJET_MASS
from .image import image_nae, image_tnt
from .lund import lund, n_lund
from .quantity import Jets, Quantity, candidates_of, of_candidates, quantity
from .shape import axis_major, axis_minor, girth, ptd
from .subjettiness import EXTENDED

Array = NDArray[Any]

TINY = 1e-6
"""Added to the denominators of N-subjettiness ratios (jets with tau_N = 0 exist)."""


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


@quantity(("msoftdrop",), (SUBJET_MASS,), unit="GeV")
def msd(jets: Jets) -> Array:
    """Soft-drop mass in GeV (arXiv:1402.2657, equation 1.1; CMS: beta = 0, z_cut = 0.1)."""
    return _soft_drop(jets)


@quantity(("msoftdrop", "pt"), (SUBJET_MASS, "pt"))
def rho(jets: Jets) -> Array:
    """Soft-drop mass over transverse momentum, as QUAK uses it (arXiv:2011.03550)."""
    return _soft_drop(jets) / jets["pt"]


@quantity(("tau1",), (CANDIDATES,))
def tau1(jets: Jets) -> Array:
    """N-subjettiness tau1, small for jets that are narrow (arXiv:1011.2268, equation 2.1)."""
    return _tau(jets, 1)


@quantity(("tau2",), (CANDIDATES,))
def tau2(jets: Jets) -> Array:
    """N-subjettiness tau2, small for up to two prongs (arXiv:1011.2268, equation 2.1)."""
    return _tau(jets, 2)


@quantity(("tau3",), (CANDIDATES,))
def tau3(jets: Jets) -> Array:
    """N-subjettiness tau3, small for up to three prongs (arXiv:1011.2268, equation 2.1)."""
    return _tau(jets, 3)


@quantity(("tau4",), (CANDIDATES,))
def tau4(jets: Jets) -> Array:
    """N-subjettiness tau4, small for up to four prongs (arXiv:1011.2268, equation 2.1)."""
    return _tau(jets, 4)


@quantity(("tau2", "tau1"), (CANDIDATES,))
def tau21(jets: Jets) -> Array:
    """N-subjettiness ratio tau2/tau1, small for two prongs (arXiv:1011.2268, equation 2.1)."""
    return _ratio(_tau(jets, 2), _tau(jets, 1))


@quantity(("tau3", "tau2"), (CANDIDATES,))
def tau32(jets: Jets) -> Array:
    """N-subjettiness ratio tau3/tau2, small for three prongs (arXiv:1011.2268, equation 2.1)."""
    return _ratio(_tau(jets, 3), _tau(jets, 2))


@quantity(("tau4", "tau3"), (CANDIDATES,))
def tau43(jets: Jets) -> Array:
    """N-subjettiness ratio tau4/tau3, small for four prongs (arXiv:1011.2268, equation 2.1)."""
    return _ratio(_tau(jets, 4), _tau(jets, 3))


@quantity(("tau4", "tau1"), (CANDIDATES,))
def tau41(jets: Jets) -> Array:
    """N-subjettiness ratio tau4/tau1 (arXiv:1011.2268, equation 2.1), the input of CATHODE in CMS."""
    return _ratio(_tau(jets, 4), _tau(jets, 1))


@quantity(("tau2", "tau1"), (CANDIDATES,))
def tau_s(jets: Jets) -> Array:
    """Root of tau2/tau1, over tau1: an input of QUAK in CMS (arXiv:2412.03747)."""
    return _ratio(np.sqrt(_ratio(_tau(jets, 2), _tau(jets, 1))), _tau(jets, 1))


@quantity(("nPFCandsAll",), ("nConstituents",), (COUNTED,), dtype=np.int32)
def n_pf(jets: Jets) -> Array:
    """Return the number of particle-flow candidates.

    Taken from ``nPFCandsAll`` where a file stores only the hardest candidates of a jet but says how many there
    were, else from ``nConstituents``, else counted in the links between jets and candidates of PFNano.
    """
    return next(jets[name] for name in ("nPFCandsAll", "nConstituents", COUNTED) if name in jets)


@quantity(("lsf3",))
def lsf3(jets: Jets) -> Array:
    """Lepton subjet fraction for three subjets, from 0 without lepton to 1 (arXiv:1410.0362)."""
    return _clipped(jets["lsf3"], 1)


@quantity(("btagDeepB",))
def btag(jets: Jets) -> Array:
    """Score of the DeepCSV b tagger for the jet, 0 where it is not defined (arXiv:1712.07158)."""
    return _clipped(jets["btagDeepB"], 1)


@quantity((SUBJET_BTAG,))
def btag_subjet(jets: Jets) -> Array:
    """Larger DeepCSV score of the two soft-drop subjets, as in CMS-EXO-22-026 (arXiv:1712.07158)."""
    return _clipped(jets[SUBJET_BTAG], 1)


@quantity(("n2b1",))
def n2b1(jets: Jets) -> Array:
    """N2 of the soft-drop jet as stored by CMS, 0 where it is not defined (arXiv:1609.07483)."""
    return _clipped(jets["n2b1"])


@quantity(("n3b1",))
def n3b1(jets: Jets) -> Array:
    """N3 of the soft-drop jet as stored by CMS, 0 where it is not defined (arXiv:1609.07483)."""
    return _clipped(jets["n3b1"])


KINEMATICS = (pt, eta, phi, mass)
N_SUBJETTINESS = (tau1, tau2, tau3, tau4, tau21, tau32, tau43, tau41, tau_s)
STORED = (n_pf, lsf3, btag, btag_subjet, n2b1, n3b1)
FROM_CANDIDATES = (
    *map(of_candidates, (ptd, girth, axis_major, axis_minor, c2, d2, n2, image_tnt, image_nae, lund)),
    of_candidates(n_lund, np.int32),
)
QUANTITIES: Mapping[str, Quantity] = {
    q.name: q for q in (*KINEMATICS, msd, rho, *N_SUBJETTINESS, *STORED, *FROM_CANDIDATES, *EXTENDED)
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


def _soft_drop(jets: Jets) -> Array:
    return soft_drop_mass(jets["msoftdrop"] if "msoftdrop" in jets else jets[SUBJET_MASS])


def _tau(jets: Jets, n: int) -> Array:
    """Return tau_n as stored, else computed from the candidates."""
    stored = jets.get(f"tau{n}")
    return candidates_of(jets).clustering.tau[..., n - 1] if stored is None else stored


def _clipped(values: Array, largest: float = np.inf) -> Array:
    """Clip to [0, largest]; what is not finite, and the negative values that mark what is absent, become 0."""
    return np.clip(np.where(np.isfinite(values), values, 0), 0, largest)


def _ratio(numerator: Array, denominator: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        value = numerator / (denominator + TINY)
    return np.where(np.isfinite(value), value, 1.0)

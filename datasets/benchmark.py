"""The named benchmarks: the 22 signals of the CMS search (arXiv:2412.03747), with resonances of 2, 3 and 5 TeV.

A name is that of the process, then the masses (GeV) of the resonance and of its daughters: ``xyy_3000_80_170``.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations_with_replacement
from types import MappingProxyType

from .process_cascade import WBT, WKK, YHH, ZTT
from .process_quark import XYY, QStar
from .process_resonance import Resonance

MASSES = (2000.0, 3000.0, 5000.0)
DAUGHTERS = (25.0, 80.0, 170.0, 400.0)


def signals(mass: float) -> dict[str, Resonance]:
    """Return the 22 signals with a resonance of this mass (GeV), by name.

    >>> len(signals(3500.0)), signals(3500.0)["wkk_3500_400"].prongs
    (22, (2, 4))
    """
    found: dict[str, Resonance] = {}
    for m in DAUGHTERS:
        found[_name("qstar", mass, m)] = QStar(mass, m)
    for pair in combinations_with_replacement(DAUGHTERS, 2):
        found[_name("xyy", mass, *pair)] = XYY(mass, *pair)
    for m in DAUGHTERS:
        found[_name("wbt", mass, m)] = WBT(mass, m)
    for m in DAUGHTERS[2:]:
        found[_name("wkk", mass, m)] = WKK(mass, m)
    heaviest = DAUGHTERS[-1]
    found[_name("ztt", mass, heaviest)] = ZTT(mass, heaviest)
    found[_name("yhh", mass, heaviest)] = YHH(mass, heaviest)
    return found


def _name(process: str, *masses: float) -> str:
    return "_".join([process, *(f"{mass:g}" for mass in masses)])


BENCHMARKS: Mapping[str, Resonance] = MappingProxyType(
    {name: signal for mass in MASSES for name, signal in signals(mass).items()}
)

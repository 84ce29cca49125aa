"""The named benchmarks: the 22 signals of the CMS search (arXiv:2412.03747), with resonances of 2, 3 and 5 TeV.

A name is that of the process, then the masses (GeV) of the resonance and of its daughters: ``xyy_3000_80_170``.
Any other masses make a name too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from itertools import combinations_with_replacement
from types import MappingProxyType

from .process_cascade import WBT, WKK, YHH, ZTT
from .process_contract import ProcessError
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


SIGNALS: Mapping[str, type[Resonance]] = MappingProxyType(
    {kind.name: kind for kind in (QStar, XYY, WBT, WKK, ZTT, YHH)}
)


def named(name: str) -> tuple[type[Resonance], dict[str, float]] | None:
    """Return the process and the masses that a name stands for; None when it does not begin like a benchmark.

    ``ProcessError`` when it does, but has not the masses that it should.

    >>> named("wkk_3500_170")
    (<class 'dijethunt.datasets.process_cascade.WKK'>, {'mass': 3500.0, 'm_r': 170.0})
    """
    first, *rest = name.split("_")
    if first not in SIGNALS or not rest:
        return None
    kind = SIGNALS[first]
    known = masses(kind)
    try:
        return kind, dict(zip(known, map(float, rest), strict=True))
    except ValueError:
        example = next(other for other in BENCHMARKS if other.startswith(f"{first}_"))
        raise ProcessError(
            f"{name!r} is no name of a benchmark: after {first!r} come {' and '.join(known)} in GeV, "
            f"as in {example!r}"
        ) from None


def masses(kind: type[Resonance]) -> list[str]:
    """Return the parameters of a signal that its name states: all before the width.

    >>> masses(XYY)
    ['mass', 'm_y', 'm_y_prime']
    """
    names = [field.name for field in fields(kind)]
    return names[: names.index("width")]


def _name(process: str, *masses: float) -> str:
    return "_".join([process, *(f"{mass:g}" for mass in masses)])


BENCHMARKS: Mapping[str, Resonance] = MappingProxyType(
    {name: signal for mass in MASSES for name, signal in signals(mass).items()}
)

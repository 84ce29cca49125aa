"""Sliding signal regions in m_jj: the overlapping A and B series of the CMS search.

Edges grow by a factor 11/9, that is +-10% around the centre of a window. The sidebands of a window are its two
neighbours of the same series. Values as in CMS-EXO-22-026 (arXiv:2412.03747) and its public code.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType

from ..datasets.error import UnknownNameError, unknown
from ..datasets.window import Window

EDGES: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "A": (1350, 1650, 2017, 2465, 3013, 3682, 4500, 5500, 8000),
        "B": (1492, 1824, 2230, 2725, 3331, 4071, 4975, 6081, 8000),
    }
)
TRIGGER_PLATEAU = 1450.0
"""Lowest m_jj (GeV) in use: A0 starts here and not at 1350 GeV."""

MASSES: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "A1": (1800, 1900),
        "B1": (2000, 2100),
        "A2": (2200, 2300),
        "B2": (2400, 2500),
        "A3": (2600, 2700, 2800),
        "B3": (2900, 3000, 3100),
        "A4": (3200, 3300, 3400, 3500),
        "B4": (3600, 3700, 3800),
        "A5": (3900, 4000, 4100, 4200, 4300),
        "B5": (4400, 4500, 4600, 4700),
        "A6": (4800, 4900, 5000, 5100, 5200),
        "B6": (5300, 5400, 5500, 5600, 5700, 5800),
    }
)
"""Resonance masses (GeV) fitted with each window, by rising mass; windows at the ends are sidebands only."""

BOUNDARIES = (1750, 1950, 2150, 2350, 2550, 2850, 3150, 3550, 3850, 4350, 4750, 5250)
"""Masses (GeV) at which the window in use changes, in the order of ``MASSES``."""

EFFICIENCY: Mapping[str, float] = MappingProxyType(
    {
        **dict.fromkeys(("A0", "B0", "A1", "B1", "A2", "B2", "A3", "B3"), 0.01),
        **dict.fromkeys(("A4", "B4", "A5", "B5"), 0.03),
        **dict.fromkeys(("A6", "B6"), 0.05),
    }
)
"""Fraction of sideband events selected at the nominal working point; it grows as events become rare."""


def window(name: str) -> Window:
    """Look up a window of the series by name, ``A0`` to ``A7`` and ``B0`` to ``B7``.

    >>> window("B3").sidebands
    ((2230, 2725), (3331, 4071))
    """
    if name not in WINDOWS:
        raise UnknownNameError(unknown("window", name, WINDOWS))
    return WINDOWS[name]


def window_at(mass: float) -> Window | None:
    """Choose the window in which a resonance of a mass (GeV) is searched; None below the first one.

    >>> window_at(3000).name, window_at(1700)
    ('B3', None)
    """
    below = sum(mass >= boundary for boundary in BOUNDARIES)
    return WINDOWS[tuple(MASSES)[below - 1]] if below else None


def inside(low: float, high: float) -> tuple[Window, ...]:
    """Return the search windows that lie, sidebands included, inside [low, high) GeV, by rising mass.

    >>> [w.name for w in inside(2200, 5000)]
    ['B3', 'A4', 'B4']
    """
    found = [WINDOWS[name] for name in MASSES]
    return tuple(w for w in found if low <= w.span[0] and w.span[1] <= high)


def centred(mass: float, half_width: float = 0.1) -> Window:
    """Make a window around a mass (GeV) with sidebands of the widths that its neighbours would have.

    ``half_width`` is a fraction f of the mass: signal region (1 -+ f) mass, sidebands f low/(1 + f) below and
    f high/(1 - f) above.
    """
    low, high = (1 - half_width) * mass, (1 + half_width) * mass
    below = (low - half_width * low / (1 + half_width), low)
    above = (high, high + half_width * high / (1 - half_width))
    return Window(low, high, (below, above), name=f"{mass:g}")


def _series(letter: str) -> dict[str, Window]:
    edges = (max(EDGES[letter][0], TRIGGER_PLATEAU), *EDGES[letter][1:])
    bands = list(pairwise(edges))
    windows = {}
    for i, (low, high) in enumerate(bands):
        name = f"{letter}{i}"
        sidebands = (bands[i - 1], bands[i + 1]) if name in MASSES else ()
        windows[name] = Window(low, high, sidebands, name)
    return windows


WINDOWS: Mapping[str, Window] = MappingProxyType(_series("A") | _series("B"))

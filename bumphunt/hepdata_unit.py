"""Units of HEPData columns: events, cross sections, and either of them per bin width."""

from __future__ import annotations

import re
from dataclasses import dataclass

BARN = {
    "b": 1e15,
    "mb": 1e12,
    "mub": 1e9,
    "microb": 1e9,
    "ub": 1e9,
    "nb": 1e6,
    "pb": 1e3,
    "fb": 1.0,
    "ab": 1e-3,
}
ENERGY = {"kev": 1e-6, "mev": 1e-3, "gev": 1.0, "tev": 1e3}


@dataclass(frozen=True)
class Unit:
    """What the values of a column are counted in.

    Arguments:
        text: as the table has it.
        fb: cross section of one unit in fb; 1 unless it is one.
        gev: the bin width that a density is divided by, in GeV; 1 unless it is one.
        cross_section: whether it is one.
        density: whether it is divided by a bin width.
        energy: of an axis of masses, in GeV; 1 where nothing is said.

    """

    text: str
    fb: float = 1.0
    gev: float = 1.0
    cross_section: bool = False
    density: bool = False
    energy: float = 1.0


def unit(text: str | None) -> Unit:
    """Understand the unit of a HEPData column.

    Arguments:
        text: such as "pb/TeV", "fb GeV^-1", "Events / 100 GeV", "GeV"; None or empty where nothing is said.

    >>> unit("pb/TeV").fb, unit("pb/TeV").gev, unit("Events / 100 GeV").gev
    (1000.0, 1000.0, 100.0)

    """
    text = (text or "").strip()
    plain = re.sub(r"[\\{}$]|mathrm|text", "", text).lower()
    barn = re.match(r"\W*(mub|microb|ub|nb|pb|fb|ab|mb|b)(?![a-z])", plain)
    energy = r"(kev|mev|gev|tev)"
    per = re.search(rf"/\s*\(?\s*([\d.]*)\s*{energy}", plain)
    power = re.search(rf"{energy}\s*\^?\s*\(?-1", plain)
    gev = 1.0
    if per:
        gev = float(per[1] or 1) * ENERGY[per[2]]
    elif power:
        gev = ENERGY[power[1]]
    alone = re.fullmatch(energy, plain)
    return Unit(
        text=text,
        fb=BARN[barn[1]] if barn else 1.0,
        gev=gev,
        cross_section=barn is not None,
        density=bool(per or power),
        energy=ENERGY[alone[1]] if alone else 1.0,
    )

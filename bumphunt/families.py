"""Which families there are, by name; one function adds another.

>>> family("dijet", 3).formula
'p0 (1-x)^p1 / x^(p2 + p3 ln x)'
>>> names()
('atlas', 'dijet', 'diphoton', 'exponential', 'modexp', 'modified_dijet', 'polyext', 'power', 'ua2')
"""

from __future__ import annotations

from .family_dijet import atlas, dijet, diphoton
from .family_exponential import exponential, ua2
from .family_extended import modified_dijet, polyext
from .family_power import modexp, power
from .registry import family, ladder, names, register, sizes

__all__ = [
    "atlas",
    "dijet",
    "diphoton",
    "exponential",
    "family",
    "ladder",
    "modexp",
    "modified_dijet",
    "names",
    "polyext",
    "power",
    "register",
    "sizes",
    "ua2",
]

"""Ratios of energy correlation functions of jets, angular exponent beta = 1.

With z_i the share of pT and R_ij the distance in rapidity and azimuth of candidates, e2 is the sum of z_i z_j R_ij
over pairs, e3 that of z_i z_j z_k R_ij R_ik R_jk over triples; 2e3 takes the product of the two smallest of the
three distances. Functions get the ``Constituents`` of jets and return (m, 2); jets of fewer than three candidates
have e3 = 0, and a ratio that is not defined is 0.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import awkward as ak
from numpy.typing import NDArray

from .constituent import Constituents

Array = NDArray[Any]


def c2(found: Constituents) -> Array:
    """Energy correlations e3/e2^2, small for two prongs (arXiv:1305.0007)."""
    return _evaluated(found, "c2")


def d2(found: Constituents) -> Array:
    """Energy correlations e3/e2^3, small for two prongs (arXiv:1409.6298)."""
    return _evaluated(found, "d2")


def n2(found: Constituents) -> Array:
    """Energy correlations 2e3/e2^2, small for two prongs (arXiv:1609.07483); not groomed."""
    return _evaluated(found, "n2")


def _evaluated(found: Constituents, name: str) -> Array:
    return found.clustering.evaluate(partial(_correlator, name=name))


def _correlator(sequence: Any, name: str) -> Array:
    values: Array = ak.to_numpy(sequence.exclusive_jets_energy_correlator(njets=1, beta=1, func=name))
    return values

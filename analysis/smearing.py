"""Widening the resolution of simulated jets to that of data, with random numbers that belong to the jet.

The method is that of CMS (jet energy resolution in arXiv:1607.03663): a jet with a partner at generator level is moved
away from it, all others are smeared with a normal distribution.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from ..datasets.fold import event_uniform
from ..datasets.jagged import Index, counts, flat, owners, starts

Array = NDArray[np.float64]

LEAST = 0.01
"""Least factor on the pT of a jet: a very wide resolution cannot turn a jet around."""

MATCHED_DISTANCE = 0.4
MATCHED_WIDTHS = 3.0
HALF_STEP = 2.0**-54
PARTNERS = frozenset(
    ["FatJet_genJetAK8Idx", "FatJet_eta", "FatJet_phi", "GenJetAK8_pt", "GenJetAK8_eta", "GenJetAK8_phi"]
)
"""The branches that say which jet at generator level belongs to a jet."""


def normal(identity: tuple[NDArray[Any], ...], number: Index, salt: str) -> Array:
    """Draw one normal number per jet (n_jets,) from the identity of its event and its place in the event.

    ``identity`` holds the columns sample, run, lumi and event, each (n,), and ``number`` (n,) the jets of each
    event; every use has a ``salt`` of its own.
    """
    event = owners(number)
    place = np.arange(len(event)) - starts(number)[event]
    uniform = event_uniform((*(column[event] for column in identity), place), salt)
    return np.asarray(ndtri(uniform + HALF_STEP), np.float64)


def smear(resolution: Array, scale: Array, gaussian: Array) -> Array:
    """Return factors (n,) that widen a relative ``resolution`` by a ``scale``, in quadrature.

    ``gaussian`` (n,) are normal numbers. A scale of at most 1 leaves jets as they are.

    >>> smear(np.array([0.1, 0.1]), np.array([1.25, 0.9]), np.array([2.0, 2.0])).round(3)
    array([1.15, 1.  ])
    """
    width = resolution * np.sqrt(np.maximum(scale**2 - 1, 0.0))
    return np.maximum(1 + gaussian * width, LEAST)


def stretch(pt: Array, generated: Array, scale: Array) -> Array:
    """Return factors (n,) that move ``pt`` away from the ``generated`` pT, both in GeV, by a ``scale``.

    >>> stretch(np.array([440.0]), np.array([400.0]), np.array([1.5])).round(4)
    array([1.0455])
    """
    return np.maximum(1 + (scale - 1) * (pt - generated) / pt, LEAST)


def partner_pt(events: Any, pt: Array, resolution: Array) -> Array:
    """Return the pT (n_jets,) in GeV of the partner of each FatJet at generator level, NaN where there is none.

    A partner lies within 0.4, half the size of the jet, and within three widths of the relative ``resolution``
    of ``pt`` (n_jets,). Indices beyond the stored generator jets, which NanoAOD cuts at 100 GeV, are no partner.
    """
    jets = events.FatJet
    number, event = counts(events.GenJetAK8), owners(counts(jets))
    local = flat(jets.genJetAK8Idx).astype(np.int64)
    jet = np.flatnonzero((local >= 0) & (local < number[event]))
    row = (starts(number)[event] + local)[jet]
    found, eta, phi = (flat(events.GenJetAK8[name])[row].astype(np.float64) for name in ("pt", "eta", "phi"))
    turned = np.mod(flat(jets.phi)[jet] - phi + np.pi, 2 * np.pi) - np.pi
    close = np.hypot(flat(jets.eta)[jet] - eta, turned) < MATCHED_DISTANCE
    close &= np.abs(pt[jet] - found) < MATCHED_WIDTHS * resolution[jet] * pt[jet]
    partner = np.full(len(pt), np.nan)
    partner[jet[close]] = found[close]
    return partner

"""The tight identification of AK8 jets: as stored, or from energy fractions and multiplicities.

NanoAOD has no ``FatJet_jetId`` from version 15 on, but what it is made of. The definition is that of Run 3 for
PUPPI jets (CMS JetMET, recommendation "JetID13p6TeV", the corrections ``AK8PUPPI_Tight`` of its JSON files).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets.jagged import flat

Array = NDArray[Any]

TIGHT = 2
"""The bit of ``jetId`` that says tight."""

FIELDS = ("eta", "neHEF", "neEmEF", "chHEF", "chMultiplicity", "neMultiplicity")
STORED = frozenset(["FatJet_jetId"])
CONTENT = frozenset(f"FatJet_{name}" for name in FIELDS)
ID_SOURCES = (STORED, CONTENT)
"""The branches of which either set will do."""

ANY = np.inf
ETA = np.array([2.6, 2.7, 3.0])
"""Upper ends in |eta| of the regions of the table below; the last region is open."""

NEUTRAL_HADRONS_BELOW = np.array([0.99, 0.90, 0.99, ANY])
NEUTRAL_EM_BELOW = np.array([0.90, 0.99, ANY, 0.40])
CHARGED_HADRONS_ABOVE = np.array([0.01, -ANY, -ANY, -ANY])
CHARGED_ABOVE = np.array([0, -ANY, -ANY, -ANY])
CONSTITUENTS_ABOVE = np.array([1, -ANY, -ANY, -ANY])
NEUTRALS_ABOVE = np.array([-ANY, -ANY, -ANY, 1])


def identified(fatjets: Any) -> NDArray[np.bool_]:
    """Tell which jets (n_jets,), flat, of the FatJet collection pass; the stored ``jetId`` decides if it exists."""
    if "jetId" in fatjets.fields:
        return (flat(fatjets.jetId).astype(np.int64) & TIGHT) > 0
    return tight(*(flat(fatjets[name]) for name in FIELDS))


def tight(
    eta: Array,
    neutral_hadrons: Array,
    neutral_em: Array,
    charged_hadrons: Array,
    charged: Array,
    neutral: Array,
) -> NDArray[np.bool_]:
    r"""Apply the tight identification of Run 3 to jets (n,).

    Energy fractions of neutral hadrons, photons and charged hadrons, and the numbers of charged and neutral
    constituents, with limits that depend on \|eta\|. Values that are no numbers fail.

    >>> jet = {"neutral_hadrons": 0.2, "neutral_em": 0.3, "charged_hadrons": 0.5, "charged": 20, "neutral": 15}
    >>> tight(np.array([0.5]), **jet), tight(np.array([0.5]), **jet | {"charged": 0})
    (array([ True]), array([False]))
    """
    region = np.searchsorted(ETA, np.abs(eta))
    passed = (neutral_hadrons < NEUTRAL_HADRONS_BELOW[region]) & (neutral_em < NEUTRAL_EM_BELOW[region])
    passed &= (charged_hadrons > CHARGED_HADRONS_ABOVE[region]) & (charged > CHARGED_ABOVE[region])
    passed &= np.add(charged, neutral, dtype=np.float64) > CONSTITUENTS_ABOVE[region]
    return np.asarray(passed & (neutral > NEUTRALS_ABOVE[region]), bool)

"""What is inside a jet: soft-drop mass and subjets, N-subjettiness, lepton subjet fraction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from .detector import Flow
from .jagged import Index, owners
from .jet import RADIUS, Jets, four_momentum, kinematics, sequence
from .lepton_fraction import lepton_fraction
from .softdrop import CAMBRIDGE_AACHEN, Branches, groom, tree

Array = NDArray[np.float64]

SUBJETTINESS = (1, 2, 3, 4)


@dataclass(frozen=True)
class Substructure:
    """Quantities of each jet (j,): soft-drop mass in GeV, tau_1 to tau_4 (j, 4), lepton subjet fraction.

    ``subjets`` are the two soft-drop subjets of the jets that have two, with the position of their jet in place
    of an event; the one of larger pT comes first.
    """

    soft_drop_mass: Array
    tau: Array
    lepton_fraction: Array
    subjets: Jets


def substructure(flow: Flow, jets: Jets, radius: float = RADIUS) -> Substructure:
    """Compute soft drop (arXiv:1402.2657), N-subjettiness (arXiv:1011.2268, beta = 1, one-pass kT axes) and LSF3."""
    if not len(jets.size):
        return Substructure(np.zeros(0), np.zeros((0, len(SUBJETTINESS))), np.zeros(0), jets)
    momentum = four_momentum(flow, jets.members)
    clustered = sequence(momentum, jets.size, CAMBRIDGE_AACHEN)
    mass, subjets = soft_drop(clustered, momentum, jets)
    tau = clustered.njettiness(
        axes_definition="OnePass_KT_Axes", njets=list(SUBJETTINESS), beta=1.0, R0=radius
    )
    subjettiness = np.asarray(ak.to_numpy(tau), dtype=np.float64).reshape(-1, len(SUBJETTINESS))
    return Substructure(mass, subjettiness, lepton_fraction(flow, jets), subjets)


def soft_drop_mass(flow: Flow, jets: Jets) -> Array:
    """Return the soft-drop masses (j,) in GeV of jets, 0 for those without two subjets."""
    if not len(jets.size):
        return np.zeros(0)
    momentum = four_momentum(flow, jets.members)
    return soft_drop(sequence(momentum, jets.size, CAMBRIDGE_AACHEN), momentum, jets)[0]


def soft_drop(clustered: Any, momentum: Array, jets: Jets) -> tuple[Array, Jets]:
    """Return the soft-drop masses (j,) in GeV and the subjets of jets, given their cluster sequence.

    The mass is that of the two subjets together, 0 for jets without.
    """
    groomed = groom(tree(clustered, momentum, jets.size)).subjets
    total = _summed(momentum, groomed)
    mass = np.zeros(len(jets.size))
    mass[groomed.jet[::2]] = kinematics(total[:, ::2] + total[:, 1::2])[3]
    return mass, Jets(len(mass), groomed.jet, *kinematics(total), jets.members[groomed.members], groomed.size)


def _summed(momentum: Array, branches: Branches) -> Array:
    """Sum the momenta (4, b) of branches."""
    owner: Index = owners(branches.size)
    return np.stack(
        [np.bincount(owner, part[branches.members], minlength=len(branches.size)) for part in momentum]
    )

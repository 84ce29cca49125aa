"""Jets clustered again from their candidates, for what is defined by the history of a clustering."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import awkward as ak
import fastjet
import numpy as np
import vector
from fastjet import _swig
from numpy.typing import NDArray

from ..datasets.jagged import Index

Array = NDArray[Any]

RADIUS = 0.8
WHOLE = 10.0
"""A radius that no jet reaches: everything ends in one jet."""
CAMBRIDGE_AACHEN = fastjet.JetDefinition(fastjet.cambridge_algorithm, WHOLE)
N_AXES = (1, 2, 3, 4)


@dataclass(frozen=True)
class Clustering:
    """The Cambridge/Aachen sequences of jets.

    ``momentum`` (c, 4) are E, px, py, pz in GeV of their candidates, jet after jet; ``size``, of any shape, says
    how many there are of each.
    """

    momentum: NDArray[np.float64]
    size: Index
    found: dict[tuple[float, int], NDArray[np.float64]] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def sequence(self) -> Any:
        """The sequences of the jets that have candidates."""
        _swig.ClusterSequence.set_fastjet_banner_stream(None)
        energy, px, py, pz = self.momentum.T
        momentum = ak.zip({"px": px, "py": py, "pz": pz, "E": energy}, with_name="Momentum4D")
        particles = ak.unflatten(momentum, self.size[self.size > 0])
        behavior = vector.backends.awkward.behavior
        return fastjet.ClusterSequence(ak.Array(particles, behavior=behavior), CAMBRIDGE_AACHEN)

    def evaluate(self, function: Callable[[Any], Array], shape: tuple[int, ...] = ()) -> NDArray[np.float64]:
        """Evaluate a function of sequences that returns an array (jets, ``*shape``).

        Returns (``*size``, ``*shape``), 0 where the function is not finite and for jets without candidates.
        """
        out = np.zeros(self.size.shape + shape)
        if (self.size > 0).any():
            out[self.size > 0] = np.nan_to_num(function(self.sequence), nan=0.0, posinf=0.0, neginf=0.0)
        return out

    @property
    def tau(self) -> NDArray[np.float64]:
        """N-subjettiness tau1 to tau4 (``*size``, 4), as in CMS: beta = 1, R0 = 0.8, one-pass kt axes.

        arXiv:1011.2268, equation 2.1; the axes as in arXiv:1108.2701.
        """
        return self.subjettiness(1.0, len(N_AXES))

    def subjettiness(self, beta: float, largest: int) -> NDArray[np.float64]:
        """Return tau1 to tau of the ``largest`` number of axes (``*size``, largest), of exponent ``beta``, R0 = 0.8.

        The axes are one-pass kt axes, and for beta below 1, where these are not minimal, winner-take-all kt axes
        (arXiv:1401.2158). What was computed is kept.
        """
        if (beta, largest) not in self.found:
            self.found[beta, largest] = self.evaluate(lambda jets: _tau(jets, beta, largest), (largest,))
        return self.found[beta, largest]


def _tau(sequence: Any, beta: float, largest: int) -> Array:
    axes = "WTA_KT_Axes" if beta < 1 else "OnePass_KT_Axes"
    numbers = list(range(1, largest + 1))
    tau = sequence.njettiness(axes_definition=axes, njets=numbers, beta=beta, R0=RADIUS)
    values: Array = ak.to_numpy(tau)
    return values.reshape(-1, largest)

"""N-subjettiness of up to nine axes with three angular exponents, the extended set of features (arXiv:2309.13111)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .field import CANDIDATES
from .quantity import Jets, Quantity, candidates_of

EXPONENTS: Mapping[str, float] = {"b05": 0.5, "b1": 1.0, "b2": 2.0}
LARGEST = 9


def of_axes(n: int, exponent: str) -> Quantity:
    """Make the quantity tau_n with one of the ``EXPONENTS``, from candidates."""

    def compute(jets: Jets) -> NDArray[Any]:
        return candidates_of(jets).clustering.subjettiness(EXPONENTS[exponent], LARGEST)[..., n - 1]

    meaning = f"N-subjettiness tau{n} with beta = {EXPONENTS[exponent]:g}"
    return Quantity(f"tau{n}_{exponent}", "", meaning, ((CANDIDATES,),), compute, np.float32)


EXTENDED = tuple(of_axes(n, exponent) for exponent in EXPONENTS for n in range(1, LARGEST + 1))

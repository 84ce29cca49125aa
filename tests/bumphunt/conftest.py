from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.array import FloatArray
from dijethunt.bumphunt.background import BinnedBackground
from dijethunt.bumphunt.toys import poisson

# Function with the parameters of a CMS dijet spectrum; 35 bins of 1460-6800 GeV (STATISTICS: CMS-EXO-22-026).
EDGES = (
    *(
        1460,
        1530,
        1607,
        1687,
        1770,
        1856,
        1945,
        2037,
        2132,
        2231,
        2332,
        2438,
        2546,
        2659,
        2775,
        2895,
        3019,
        3147,
    ),
    *(
        3279,
        3416,
        3558,
        3704,
        3854,
        4010,
        4171,
        4337,
        4509,
        4700,
        4900,
        5100,
        5300,
        5500,
        5800,
        6100,
        6400,
        6800,
    ),
)
SHAPE = (9.26, 5.93, 0.58)


@dataclass(frozen=True)
class Truth:
    family: bh.Family
    background: BinnedBackground
    theta: FloatArray
    expected: FloatArray

    @property
    def edges(self) -> FloatArray:
        return np.array(EDGES, dtype=float)

    def toys(self, n_toys: int, seed: int, strength: float = 0.0, mass: float = 3000.0) -> FloatArray:
        template = bh.Gaussian(0.05).template(EDGES, mass)
        return poisson(self.expected + strength * template, n_toys, seed)

    def spectrum(self, seed: int, strength: float = 0.0, mass: float = 3000.0) -> bh.Spectrum:
        return bh.Spectrum(EDGES, self.toys(1, seed, strength, mass)[0])


@pytest.fixture(scope="session")
def truth() -> Callable[..., Truth]:
    """Make a falling spectrum with so many expected events, three shape parameters."""

    def make(n_events: float) -> Truth:
        family = bh.families.dijet(3)
        background = BinnedBackground.on(EDGES, family)
        theta = np.array([0.0, *SHAPE])
        theta[0] = np.log(n_events / background.expected(theta).sum())
        return Truth(family, background, theta, background.expected(theta))

    return make


@pytest.fixture
def cms_path(real_data: Path) -> Path:
    """The published spectrum of CMS-EXO-19-012."""
    return real_data / "spectra" / "cms_exo_19_012_dijet_137ifb.csv"

"""Jets made by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from dijethunt.selections.constituent import Constituents

Particle = tuple[float, float, float]


@pytest.fixture
def make_jets() -> Callable[..., Constituents]:
    """Make pairs of jets of massless candidates (pt, eta, phi): make_jets(j1, j2, j1, j2, ...)."""
    return _jets


@pytest.fixture
def random_jet() -> Callable[..., list[Particle]]:
    """Make one jet of 30 candidates near (eta, phi) = (0.3, 1), wider in one direction: random_jet(seed)."""

    def make(seed: int) -> list[Particle]:
        rng = np.random.default_rng(seed)
        pt, wide, narrow = rng.exponential(20, 30), rng.normal(0, 0.12, 30), rng.normal(0, 0.05, 30)
        return list(zip(pt, 0.3 + wide + 0.5 * narrow, 1 + 0.4 * wide - narrow, strict=True))

    return make


def _jets(*jets: list[Particle]) -> Constituents:
    ordered = [sorted(jet, key=lambda particle: -particle[0]) for jet in jets]
    pt, eta, phi = np.array([particle for jet in ordered for particle in jet], float).reshape(-1, 3).T
    momentum = np.stack([pt * np.cosh(eta), pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)], axis=-1)
    size = np.array([len(jet) for jet in jets], dtype=np.int64).reshape(-1, 2)
    return Constituents(size, momentum, pt, eta, phi)

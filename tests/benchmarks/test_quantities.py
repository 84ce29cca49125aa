"""CPU time of the quantities that are computed from the candidates of jets."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from time import process_time

import numpy as np
import pytest
from dijethunt.selections.constituent import Constituents
from dijethunt.selections.field import CANDIDATES
from dijethunt.selections.quantities import FROM_CANDIDATES, find

LOG = logging.getLogger(__name__)
PAIRS = 1000
CANDIDATES_OF_A_JET = 50
REPETITIONS = 3
LARGEST = 3000
"""Microseconds per jet that are too many on any machine."""
NAMES = [*(quantity.name for quantity in FROM_CANDIDATES), "tau43"]


def make_jets() -> Constituents:
    """Make jets of 50 candidates on average, with steeply falling pT, around a core."""
    rng = np.random.default_rng(1)
    size = rng.poisson(CANDIDATES_OF_A_JET, (PAIRS, 2))
    n = int(size.sum())
    pt = 2 + rng.pareto(1.5, n) * 5
    eta, phi = rng.normal(0, 0.2, (2, n)) / (1 + pt / 10)
    order = np.lexsort((-pt, np.repeat(np.arange(size.size), size.reshape(-1))))
    pt, eta, phi = pt[order], eta[order], phi[order]
    momentum = np.stack([pt * np.cosh(eta), pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)], axis=-1)
    return Constituents(size, momentum, pt, eta, phi)


@pytest.fixture(scope="module")
def jets() -> Constituents:
    """Pairs of jets that every quantity is computed of."""
    return make_jets()


def microseconds(work: Callable[[Constituents], object], jets: Constituents, clustered: bool) -> float:
    """Return the CPU time per jet, the least of three; ``clustered`` jets are clustered before the clock starts."""
    spent = []
    for _ in range(REPETITIONS):
        fresh = replace(jets)
        if clustered:
            assert fresh.clustering.sequence
        begin = process_time()
        work(fresh)
        spent.append(process_time() - begin)
    return 1e6 * min(spent) / jets.size.size


@pytest.mark.benchmark
@pytest.mark.parametrize("name", NAMES)
def test_quantities(name: str, jets: Constituents) -> None:
    spent = microseconds(lambda found: find(name)({CANDIDATES: found}), jets, clustered=True)
    LOG.info("%s: %.1f microseconds per jet", name, spent)
    assert np.isfinite(find(name)({CANDIDATES: jets})).all()
    assert spent < LARGEST


@pytest.mark.benchmark
def test_clustering(jets: Constituents) -> None:
    """Spent once, when any of tau, c2, d2, n2, lund and n_lund is asked for."""
    spent = microseconds(lambda found: found.clustering.sequence, jets, clustered=False)
    LOG.info("clustering: %.1f microseconds per jet", spent)
    assert spent < LARGEST

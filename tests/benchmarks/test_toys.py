"""CPU time of 10,000 toys of a scan, against those of pyBumpHunter on the same spectrum in the same run."""

from __future__ import annotations

import logging
from time import process_time

import dijethunt.bumphunt as bh
import numpy as np
import pyBumpHunter
import pytest

from tests.benchmarks.conftest import record

LOG = logging.getLogger(__name__)
N_TOYS = 10_000
N_EVENTS = 200_000
MASSES = np.arange(1800.0, 6001.0, 100.0)
# fmt: off
EDGES = np.array([
    1460, 1530, 1607, 1687, 1770, 1856, 1945, 2037, 2132, 2231, 2332, 2438, 2546, 2659, 2775, 2895, 3019, 3147,
    3279, 3416, 3558, 3704, 3854, 4010, 4171, 4337, 4509, 4700, 4900, 5100, 5300, 5500, 5800, 6100, 6400, 6800,
], dtype=float)
# fmt: on
WIDEST = 6
"""Bins of the widest window of pyBumpHunter; the bins are as wide as the standard deviation of the signal."""


def expected_events() -> np.ndarray:
    density = bh.families.dijet(3).density
    expected = bh.integral(lambda mass: density(mass, (1.0, 9.26, 5.93, 0.58)), EDGES)
    return np.asarray(N_EVENTS * expected / expected.sum())


def with_pybumphunter(counts: np.ndarray, background: np.ndarray) -> float:
    """Return the CPU seconds of its scan with toys in which the background is frozen."""
    hunter = pyBumpHunter.BumpHunter1D(
        rang=[EDGES[0], EDGES[-1]], bins=EDGES, width_max=WIDEST, npe=N_TOYS, nworker=1, seed=1
    )
    begin = process_time()
    hunter.bump_scan(counts, background, is_hist=True)
    return process_time() - begin


@pytest.mark.benchmark
def test_toys_with_refit_against_frozen_ones_of_pybumphunter() -> None:
    background, signal = expected_events(), bh.Gaussian(0.05)
    counts = np.random.default_rng(1).poisson(background).astype(float)
    groups = [(MASSES, bh.Spectrum(EDGES, counts))]
    rule = bh.FTest(tuple(bh.families.dijet(n) for n in (2, 3, 4)))
    scan = bh.scan(groups, rule, signal)
    bh.global_p(scan, groups, rule, signal, n_toys=500, seed=2)
    begin = process_time()
    found = bh.global_p(scan, groups, rule, signal, n_toys=N_TOYS, seed=1)
    ours = process_time() - begin
    theirs = with_pybumphunter(counts, background)
    LOG.info("10,000 toys: %.2f CPU-s with refit and F-test, pyBumpHunter frozen %.2f CPU-s", ours, theirs)
    record("toys_vs_pybumphunter", theirs / ours)
    assert found.n_failed == 0
    assert theirs / ours > 1

"""BumpHunter toys per CPU-second of one thread, against pyBumpHunter on the same toys in the same run."""

from __future__ import annotations

import logging
from time import process_time

import dijethunt.bumphunt as bh
import numpy as np
import pyBumpHunter
import pytest
from dijethunt.bumphunt.background import BinnedBackground
from dijethunt.bumphunt.bumpstatistic import largest
from dijethunt.bumphunt.bumpwindow import Axis, BumpWindows

from tests.benchmarks.conftest import record

LOG = logging.getLogger(__name__)
N_TOYS = 10_000


@pytest.fixture(scope="module")
def expected():
    """A spectrum of 200,000 events in 50 standard bins."""
    background = BinnedBackground.on(bh.dijet_edges(1246, 9726), bh.families.dijet(3))
    shape = background.expected(np.array([0.0, 9.26, 5.93, 0.58]))
    return shape * 200_000 / shape.sum()


@pytest.mark.benchmark
def test_bumphunter_vs_pybumphunter(expected):
    """All windows of 1 to 25 bins: the same statistic of the same toys, and then with the background refitted."""
    edges = bh.dijet_edges(1246, 9726)
    theirs = pyBumpHunter.BumpHunter1D(npe=N_TOYS, nworker=1, seed=1, bins=edges)
    spectrum = bh.Spectrum(edges, np.random.default_rng(1).poisson(expected))
    begin = process_time()
    theirs.bump_scan(spectrum.counts, expected, is_hist=True)
    reference = process_time() - begin
    np.random.seed(1)  # noqa: NPY002  as pyBumpHunter does
    toys = np.random.poisson(expected[:, None], (len(expected), N_TOYS)).T.astype(float)  # noqa: NPY002
    windows = BumpWindows.on([Axis(len(expected))])
    begin = process_time()
    found = largest(windows, toys, expected[None])
    statistic = process_time() - begin
    bh.bumphunter(spectrum, bh.families.dijet(3), n_toys=500)
    begin = process_time()
    fitted = bh.bumphunter(spectrum, bh.families.dijet(3), n_toys=N_TOYS, seed=1)
    refit = process_time() - begin
    LOG.info(
        "%d toys: pyBumpHunter %.2f s, statistic %.2f s, refit %.2f s", N_TOYS, reference, statistic, refit
    )
    record("bumphunter_vs_pybumphunter", reference / statistic)
    record("bumphunter_refit_vs_pybumphunter_frozen", reference / refit)
    assert found.statistic == pytest.approx(theirs.t_ar[1:], rel=1e-6, abs=1e-6)
    assert fitted.n_failed == 0
    assert reference / statistic > 3
    assert reference / refit > 1

"""Limits per CPU-second of one thread, against pyhf with the log-linear modifier on the same spectrum in the same run."""

from __future__ import annotations

import logging
from time import process_time

import dijethunt.bumphunt as bh
import numpy as np
import pyhf
import pytest
from dijethunt.bumphunt.background import BinnedBackground
from dijethunt.bumphunt.pyhf_export import Export
from dijethunt.bumphunt.pyhf_limit import engine

from tests.benchmarks.conftest import record

LOG = logging.getLogger(__name__)
SIGNAL = bh.Gaussian(0.05)
MASSES = (2000.0, 3000.0, 4500.0)
N_REPEATS = 20


@pytest.fixture(scope="module")
def spectrum() -> bh.Spectrum:
    """A spectrum of 200,000 events in 50 standard bins, with three shape parameters."""
    edges = bh.dijet_edges(1246, 9726)
    background = BinnedBackground.on(edges, bh.families.dijet(3))
    theta = np.array([0.0, 9.26, 5.93, 0.58])
    theta[0] = np.log(200_000 / background.expected(theta).sum())
    return bh.Spectrum(edges, np.random.default_rng(1).poisson(background.expected(theta)))


def cls_of_pyhf(export: Export, limits: bh.LimitResult) -> list[float]:
    """Return pyhf's CLs, observed and of each band, each at the limit that is to be checked."""
    with engine():
        model, data = bh.pyhf_model(export.workspace)
        strengths = [limits.observed, *limits.expected]
        tests = [
            pyhf.infer.hypotest(one / export.events, data, model, return_expected_set=True)
            for one in strengths
        ]
    return [float(tests[0][0]), *(float(tests[band + 1][1][band]) for band in range(5))]


@pytest.mark.benchmark
def test_limits_against_pyhf(spectrum):
    family = bh.families.dijet(3)
    bh.limit(spectrum, family, SIGNAL, MASSES[0])
    begin = process_time()
    for _ in range(N_REPEATS):
        ours = [bh.limit(spectrum, family, SIGNAL, mass) for mass in MASSES]
    rate = N_REPEATS * len(MASSES) / (process_time() - begin)
    begin = process_time()
    theirs = [bh.limit_with_pyhf(spectrum, family, SIGNAL, mass) for mass in MASSES]
    reference = len(MASSES) / (process_time() - begin)
    LOG.info("sets of limits per CPU-second: %.1f, pyhf: %.3f", rate, reference)
    record("limits_vs_pyhf", rate / reference)
    for mass, our, their in zip(MASSES, ours, theirs, strict=True):
        assert (our.observed, *our.expected) == pytest.approx((their.observed, *their.expected), rel=1e-3)
        found = cls_of_pyhf(Export.on(spectrum, family, SIGNAL, mass), our)
        LOG.info("%g GeV: CLs of pyhf at the limits %s", mass, np.round(found, 6))
        assert found == pytest.approx([0.05] * 6, abs=1e-3)
    assert rate / reference > 50

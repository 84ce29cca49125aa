"""Rates of fits per CPU-second of one thread, against whitened iminuit on the same spectrum in the same run."""

from __future__ import annotations

import logging
from time import process_time

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.background import BinnedBackground
from dijethunt.bumphunt.likelihood import Likelihood
from dijethunt.bumphunt.scoring import minimise
from dijethunt.bumphunt.toys import poisson
from iminuit import Minuit

from tests.benchmarks.conftest import record

LOG = logging.getLogger(__name__)
N_TOYS = 20_000
N_REFERENCE = 300


@pytest.fixture(scope="module")
def likelihood() -> Likelihood:
    """Toys of 200,000 events in 50 standard bins, with three shape parameters."""
    edges = bh.dijet_edges(1246, 9726)
    background = BinnedBackground.on(edges, bh.families.dijet(3))
    theta = np.array([0.0, 9.26, 5.93, 0.58])
    theta[0] = np.log(200_000 / background.expected(theta).sum())
    basis = background.whitened(theta)
    assert len(basis.expected) == 50
    return Likelihood(basis, poisson(basis.expected, N_TOYS, 1))


def whitened_iminuit(basis, counts):
    """Minimise one spectrum with MIGRAD in whitened coordinates, tolerance 1e-3, without gradient."""

    def nll(phi):
        expected = (basis.base * np.exp(basis.nodes @ phi)).reshape(basis.shape).sum(0)
        return (expected - counts * np.log(expected)).sum()

    minuit = Minuit(nll, np.zeros(basis.n_parameters))
    minuit.errordef, minuit.tol, minuit.strategy = Minuit.LIKELIHOOD, 1e-3, 1
    minuit.errors = 0.1
    return minuit.migrad()


@pytest.mark.benchmark
def test_fits_against_whitened_iminuit(likelihood):
    basis, counts = likelihood.background, likelihood.counts
    minimise(likelihood.rows(slice(0, 100)))
    begin = process_time()
    ours = minimise(likelihood)
    rate = N_TOYS / (process_time() - begin)
    begin = process_time()
    theirs = [whitened_iminuit(basis, row) for row in counts[:N_REFERENCE]]
    reference = N_REFERENCE / (process_time() - begin)
    at_theirs = (
        likelihood.rows(slice(0, N_REFERENCE)).evaluate(np.array([np.array(m.values) for m in theirs])).nll
    )
    LOG.info("fits per CPU-second: %.0f, whitened iminuit: %.0f", rate, reference)
    record("fits_vs_iminuit", rate / reference)
    assert ours.converged.all()
    assert (ours.nll[:N_REFERENCE] - at_theirs).max() < 1e-6
    assert np.abs(ours.nll[:N_REFERENCE] - at_theirs).max() < 1e-4
    assert rate / reference > 20

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
N_TOYS = 200_000
N_REFERENCE = 300
N_CLOSE = 50


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


def whitened_iminuit(basis, counts, tol=1e-3):
    """Minimise one spectrum with MIGRAD in whitened coordinates, without gradient."""

    def nll(phi):
        expected = (basis.base * np.exp(basis.nodes @ phi)).reshape(basis.shape).sum(0)
        return (expected - counts * np.log(expected)).sum()

    minuit = Minuit(nll, np.zeros(basis.n_parameters))
    minuit.errordef, minuit.tol, minuit.strategy = Minuit.LIKELIHOOD, tol, 1
    minuit.errors = 0.1
    return minuit.migrad()


def points(fits):
    """Return the fitted parameters, shape (n_fits, n_parameters)."""
    return np.array([np.array(fit.values) for fit in fits])


def exponentials(n: int = 100_000, repeats: int = 200) -> float:
    """Measure the rate of vectorised exponentials per CPU-second of one thread."""
    from dijethunt.bumphunt.kernel import compiled, exponential  # noqa: PLC0415

    @compiled
    def run(x, y):
        for i in range(x.size):
            y[i] = exponential(x[i])

    x = np.linspace(-2, 2, n)
    y = np.empty_like(x)
    run(x, y)
    begin = process_time()
    for _ in range(repeats):
        run(x, y)
    return n * repeats / (process_time() - begin)


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
    above = likelihood.rows(slice(0, N_REFERENCE)).evaluate(points(theirs)).nll - ours.nll[:N_REFERENCE]
    closer = points([whitened_iminuit(basis, row, tol=1e-5) for row in counts[:N_CLOSE]])
    apart = likelihood.rows(slice(0, N_CLOSE)).evaluate(closer).nll - ours.nll[:N_CLOSE]
    LOG.info(
        "NLL of iminuit above ours: %.1e to %.1e; with tolerance 1e-5: %.1e to %.1e",
        above.min(),
        above.max(),
        apart.min(),
        apart.max(),
    )
    share = rate * basis.base.size * (ours.steps + 1).mean() / exponentials()
    LOG.info("fits per CPU-second: %.0f, whitened iminuit: %.0f", rate, reference)
    LOG.info("share of the limit set by exponentials: %.1f%%", 100 * share)
    record("fits_vs_iminuit", rate / reference)
    assert ours.converged.all()
    assert above.min() > -1e-6
    assert np.abs(apart).max() < 1e-6
    assert rate / reference > 150

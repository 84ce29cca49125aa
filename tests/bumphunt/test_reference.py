from __future__ import annotations

import logging

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.deepest import deepest
from dijethunt.bumphunt.ftest import Fixed
from dijethunt.bumphunt.likelihood import Likelihood
from dijethunt.bumphunt.reference import WALL, Cost, migrad
from dijethunt.bumphunt.search import Search
from dijethunt.bumphunt.toys import poisson

LOG = logging.getLogger(__name__)


SIZES = {
    "dijet": (2, 3, 4),
    "atlas": (3, 5),
    "ua2": (2, 3),
    "exponential": (2, 4),
    "diphoton": (3,),
    "modexp": (2,),
}
FAMILIES = [(name, size) for name, sizes in SIZES.items() for size in sizes]


def prepared(truth, n_events, family, n_toys, mass=None):
    """Make a likelihood of toys of a fitted family, with a signal that may be wanted and may not."""
    search = Search.on([truth(n_events).spectrum(1)], Fixed(family))
    counts = poisson(search.expected, n_toys, 2)
    if mass is None:
        return Likelihood(search.basis, counts)
    template = search.template(bh.Gaussian(0.05), mass)
    half = n_toys // 2
    counts[:half] = poisson(search.expected + 2 * n_events**0.5 * template, half, 3)
    return Likelihood(search.basis, counts, template[None, :], lowest=np.zeros(n_toys))


def gain(likelihood, n_starts):
    """Compare the batched minima with those of MIGRAD: how much higher they are at most, and how much lower.

    A curve may leave one row in twenty flagged; flagged rows are not compared.
    """
    ours = deepest(likelihood)
    assert ours.converged.all() or (not likelihood.background.linear and ours.converged.mean() >= 0.95)
    rows = [likelihood.rows(slice(i, i + 1)) for i in range(len(ours.nll))]
    theirs = [migrad(row, n_starts=n_starts, seed=i) for i, row in enumerate(rows)]
    difference = (ours.nll - [one.nll for one in theirs])[ours.converged]
    return difference.max(), -difference.min()


@pytest.mark.parametrize("n_events", [300, 3000, 200_000])
@pytest.mark.parametrize("mass", [None, 3000.0])
@pytest.mark.parametrize(("name", "size"), [("dijet", 3), ("exponential", 3)])
def test_batched_minima_are_those_of_multi_start_iminuit(truth, name, size, n_events, mass):
    likelihood = prepared(truth, n_events, bh.families.family(name, size), 6, mass)
    higher, lower = gain(likelihood, 3)
    assert higher < 1e-6
    assert lower < 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("n_events", [300, 3000, 200_000])
@pytest.mark.parametrize("mass", [None, 2000.0, 4500.0])
@pytest.mark.parametrize(("name", "size"), FAMILIES)
def test_batched_minima_of_every_family_are_those_of_multi_start_iminuit(truth, name, size, n_events, mass):
    likelihood = prepared(truth, n_events, bh.families.family(name, size), 20, mass)
    higher, lower = gain(likelihood, 5)
    LOG.info("%s%d, %g events, mass %s: %.1e higher, %.1e lower", name, size, n_events, mass, higher, lower)
    assert higher < 1e-6
    assert lower < 1e-6


def test_starts_far_away_lead_to_the_same_minimum(truth):
    likelihood = prepared(truth, 3000, bh.families.dijet(3), 1)
    near = migrad(likelihood)
    far = migrad(likelihood, start=np.array([3.0, -3.0, 2.0, 4.0]))
    assert near.valid
    assert far.valid
    assert far.nll == pytest.approx(near.nll, abs=1e-6)
    assert far.point == pytest.approx(near.point, abs=1e-2)


def test_cost_leads_back_from_where_a_bin_expects_nothing(truth):
    likelihood = prepared(truth, 300, bh.families.dijet(3), 1, 3000.0)
    cost = Cost(likelihood, np.zeros(5), np.eye(5))
    beyond = np.array([0.0, 0.0, 0.0, 0.0, -1e4])
    assert cost(beyond) > WALL
    assert cost(beyond + 1e-6 * cost.gradient(beyond)) > cost(beyond) > cost(beyond / 2)
    inside = np.full(5, 0.3)
    steps = 1e-5 * np.eye(5)
    slopes = [(cost(inside + step) - cost(inside - step)) / 2e-5 for step in steps]
    assert cost.gradient(inside) == pytest.approx(slopes, rel=1e-5, abs=1e-5)

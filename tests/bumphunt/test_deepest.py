from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
from dijethunt.bumphunt.deepest import deepest
from dijethunt.bumphunt.likelihood import Likelihood
from dijethunt.bumphunt.scoring import minimise


def likelihood(truth, n_events, mass, n_toys=5000):
    model = truth(n_events)
    basis, toys = model.background.whitened(model.theta), model.toys(n_toys, 5)
    template = bh.Gaussian(0.05).template(model.edges, mass)[None, :]
    return Likelihood(basis, toys, template, lowest=np.zeros(n_toys))


def test_of_two_minima_the_deeper_one_is_found(truth):
    few = likelihood(truth, 300, 4000.0)
    one, best = minimise(few), deepest(few)
    assert ((one.nll - best.nll) > 0.01).any()
    assert (best.nll <= one.nll + 1e-7).all()
    rng = np.random.default_rng(1)
    for strength in (30.0, 300.0):
        start = np.column_stack([rng.normal(0, 0.3, (5000, 4)), np.full(5000, strength)])
        other = minimise(few, start)
        assert ((best.nll - other.nll)[other.converged] > 1e-6).mean() < 2e-4


def test_where_there_is_background_nothing_is_fitted_twice(truth):
    many = likelihood(truth, 200_000, 4000.0, 100)
    assert (deepest(many).point == minimise(many).point).all()

from __future__ import annotations

from dataclasses import replace

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.likelihood import Likelihood
from dijethunt.bumphunt.marquardt import descend, inside
from dijethunt.bumphunt.scoring import EDM, GRADIENT, minimise


@pytest.fixture
def likelihood(truth):
    model = truth(300)
    basis, toys = model.background.whitened(model.theta), model.toys(200, 11)
    template = bh.Gaussian(0.05).template(model.edges, 4000.0)[None, :]
    null = minimise(Likelihood(basis, toys))
    lowest = -0.999 * np.min(null.expected / np.maximum(template, 1e-30), axis=-1)
    return Likelihood(basis, toys, template, lowest=lowest)


def test_far_starts_end_in_the_minima_of_scoring(likelihood):
    likelihood = replace(likelihood, lowest=np.zeros(200))
    wanted = minimise(likelihood)
    start = inside(likelihood, np.random.default_rng(1).normal(0, 2, (200, 5)))
    value, edm, done = descend(likelihood, start, (EDM, GRADIENT), 100)
    assert done.all()
    assert (edm < EDM).all()
    assert np.abs(value.nll - wanted.nll).max() < 1e-6


def test_a_strength_at_its_bound_stays_there(likelihood):
    null = minimise(replace(likelihood, template=None)).point
    start = inside(likelihood, np.concatenate([null, np.full((200, 1), -1e6)], axis=1))
    value, _, done = descend(likelihood, start, (EDM, GRADIENT), 100)
    at = likelihood.strengths(value.point)
    assert done.all()
    assert (at >= likelihood.lowest - 1e-9).all()
    held = at <= likelihood.lowest + 1e-9
    assert held.any()
    assert (likelihood.gradient(value)[held, -1] > -GRADIENT).all()


def test_too_few_steps_are_told(likelihood):
    value, edm, done = descend(likelihood, np.full((200, 5), 1.0), (EDM, GRADIENT), 1)
    assert not done.any()
    assert (edm > EDM).all()
    assert np.isfinite(value.nll).all()

from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt import scoring
from dijethunt.bumphunt.likelihood import Likelihood
from dijethunt.bumphunt.scoring import minimise
from dijethunt.bumphunt.search import with_signal
from iminuit import Minuit


def reference(likelihood: Likelihood, n_starts: int = 3) -> float:
    """Minimise one row with MIGRAD in whitened coordinates from several starts."""
    rng = np.random.default_rng(1)
    best = np.inf
    for start in [
        np.zeros(likelihood.n_parameters),
        *rng.normal(0, 0.5, (n_starts - 1, likelihood.n_parameters)),
    ]:
        minuit = Minuit(
            lambda p: min(float(likelihood.evaluate(p[None, :]).nll[0]), 1e10),
            start,
            grad=lambda p: likelihood.gradient(likelihood.evaluate(p[None, :]))[0],
        )
        minuit.errordef, minuit.tol, minuit.strategy = Minuit.LIKELIHOOD, 1e-4, 2
        minuit.migrad(ncall=5000)
        best = min(best, minuit.fval)
    return best


@pytest.mark.parametrize("n_events", [300, 3000, 200_000])
def test_background_minima_are_those_of_whitened_iminuit(truth, n_events):
    model = truth(n_events)
    basis, toys = model.background.whitened(model.theta), model.toys(15, 7)
    result = minimise(Likelihood(basis, toys))
    wanted = [reference(Likelihood(basis, toys[i : i + 1])) for i in range(len(toys))]
    assert result.converged.all()
    assert np.abs(result.nll - wanted).max() < 1e-6


@pytest.mark.parametrize("n_events", [300, 3000, 200_000])
@pytest.mark.parametrize("mass", [2000.0, 3500.0])
def test_signal_minima_are_those_of_whitened_iminuit(truth, n_events, mass):
    model = truth(n_events)
    basis, toys = model.background.whitened(model.theta), model.toys(40, 7, 2 * n_events**0.5, mass)
    template = bh.Gaussian(0.05).template(model.edges, mass)
    null = minimise(Likelihood(basis, toys))
    result = with_signal(basis, toys, template, null.expected, null.point)
    excess = np.flatnonzero(result.strength > 0)[:8]
    wanted = [reference(Likelihood(basis, toys[i : i + 1], template[None, :])) for i in excess]
    assert result.converged.all()
    assert len(excess) == 8
    assert np.abs(result.nll[excess] - wanted).max() < 1e-6


@pytest.mark.parametrize("n_events", [30, 300, 3000])
def test_toys_converge_down_to_thirty_events(truth, n_events):
    model = truth(n_events)
    basis, toys = model.background.whitened(model.theta), model.toys(2000, 3)
    null = minimise(Likelihood(basis, toys))
    assert null.converged.all()
    for mass in (2000.0, 3500.0, 5500.0):
        template = bh.Gaussian(0.05).template(model.edges, mass)
        result = with_signal(basis, toys, template, null.expected, null.point)
        assert result.converged[result.strength > 0].mean() > (0.998 if n_events == 30 else 0.9999)
        assert result.converged.mean() > (0.998 if n_events == 30 else 0.9999)
        assert (result.nll <= null.nll + 1e-7)[result.converged].all()
        assert np.isfinite(result.nll).all()


def test_rows_that_run_out_of_steps_are_flagged(truth):
    model = truth(3000)
    toys = model.toys(20, 1)
    result = minimise(Likelihood(model.background.whitened(model.theta), toys), max_steps=1)
    assert not result.converged.any()
    assert (result.edm > scoring.EDM).all()
    assert (result.steps == 1).all()


def test_a_far_start_ends_in_the_same_minimum(truth):
    model = truth(3000)
    likelihood = Likelihood(model.background.whitened(model.theta), model.toys(50, 1))
    far = np.random.default_rng(2).normal(0, 4, (50, 4))
    near, result = minimise(likelihood), minimise(likelihood, far)
    assert result.converged.all()
    assert np.abs(result.nll - near.nll).max() < 1e-7


def test_chunks_do_not_change_the_result(truth, monkeypatch):
    model = truth(3000)
    likelihood = Likelihood(model.background.whitened(model.theta), model.toys(100, 1))
    whole = minimise(likelihood)
    monkeypatch.setattr(scoring, "CHUNK", 7 * likelihood.background.base.size)
    pieces = minimise(likelihood)
    assert np.abs(whole.point - pieces.point).max() < 1e-9
    assert (whole.steps == pieces.steps).all()

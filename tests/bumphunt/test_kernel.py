from __future__ import annotations

from dataclasses import replace

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt import compiled, scoring
from dijethunt.bumphunt.likelihood import Likelihood
from dijethunt.bumphunt.scoring import minimise
from dijethunt.bumphunt.variation import Variations

kernel = pytest.importorskip("dijethunt.bumphunt.kernel")


def numpy_engine(monkeypatch):
    monkeypatch.setattr(scoring, "fit_rows", lambda *_: None)


def varied(edges, mass):
    """Scale and yield nuisances of a 5% Gaussian."""
    template = bh.Gaussian(0.05).template(edges, mass)
    up, down = (bh.Gaussian(0.05, mean).template(edges, mass) for mean in (1.01, 0.99))
    linear = np.stack([np.zeros_like(template), (up - down) / 2])
    return template, Variations(
        ("yield", "scale"), np.log([1.1, 1.0]), linear, np.stack([linear[0], (up + down) / 2 - template])
    )


def cases(model, n_rows=300):
    """A likelihood of every kind on the same toys."""
    basis, toys = model.background.whitened(model.theta), model.toys(n_rows, 5, 60.0)
    template, variations = varied(model.edges, 3000.0)
    rng = np.random.default_rng(3)
    masses = rng.uniform(2000, 5000, n_rows)
    each = np.stack([bh.Gaussian(0.05).template(model.edges, mass) for mass in masses])
    centres, strength = rng.normal(0, 1, (n_rows, 2)), rng.uniform(0, 50, n_rows)
    none = np.zeros(n_rows)
    plain = Likelihood(basis, toys)
    return {
        "background": plain,
        "signal": replace(plain, template=template[None, :], lowest=none),
        "signals": replace(plain, template=each, lowest=none),
        "fixed": replace(plain, template=template[None, :], strength=strength),
        "nuisances": replace(
            plain, template=template[None, :], lowest=none, variations=variations, centres=centres
        ),
        "fixed nuisances": replace(
            plain, template=template[None, :], strength=strength, variations=variations, centres=centres
        ),
    }


def test_exponential_and_logarithm_are_exact_to_rounding():
    x = np.concatenate([np.linspace(-200, 200, 4001), np.linspace(-1e-3, 1e-3, 101)])
    ours = np.array([kernel.exponential(value) for value in x])
    assert np.abs(ours / np.exp(x) - 1).max() < 1e-14
    y = np.exp(x)
    assert np.array([kernel.logarithm(value) for value in y]) == pytest.approx(
        np.log(y), rel=1e-14, abs=2e-16
    )


@pytest.mark.parametrize("n_events", [300, 3000, 200_000])
@pytest.mark.parametrize("case", ["background", "signal", "signals", "fixed", "nuisances", "fixed nuisances"])
def test_minima_are_those_without_numba(truth, monkeypatch, n_events, case):
    likelihood = cases(truth(n_events))[case]
    fast = minimise(likelihood)
    numpy_engine(monkeypatch)
    slow = minimise(likelihood)
    assert fast.converged.all()
    assert slow.converged.all()
    assert np.abs(fast.nll - slow.nll).max() < 1e-7
    assert fast.strength == pytest.approx(slow.strength, abs=1e-3 * n_events**0.5)
    assert fast.nuisances == pytest.approx(slow.nuisances, abs=5e-3)
    value = likelihood.evaluate(fast.point)
    assert value.nll == pytest.approx(fast.nll, abs=1e-9 * n_events**0.5)
    assert value.expected == pytest.approx(fast.expected, rel=1e-11)


def test_a_row_does_not_depend_on_the_rows_beside_it(truth):
    likelihood = cases(truth(3000))["signals"]
    whole, alone = minimise(likelihood), minimise(likelihood.rows(slice(100, 170)))
    assert (whole.point[100:170] == alone.point).all()
    assert (whole.nll[100:170] == alone.nll).all()


def test_without_numba_there_is_no_kernel(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "numba", None)
    monkeypatch.delitem(__import__("sys").modules, "dijethunt.bumphunt.kernel")
    monkeypatch.delattr("dijethunt.bumphunt.kernel")
    assert compiled.kernel.__wrapped__() is None

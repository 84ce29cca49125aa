from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.curve_binned import BinnedCurve
from dijethunt.bumphunt.likelihood import Likelihood
from dijethunt.bumphunt.placed import joined, place
from dijethunt.bumphunt.scoring import minimise
from dijethunt.bumphunt.toys import poisson
from iminuit import Minuit

CURVES = [bh.families.modified_dijet(3), bh.families.modexp(2), bh.families.polyext(4), bh.families.power()]


def near(truth, curve, n_events=20_000):
    """Put a curve on the bins of a truth, with the parameters that describe it best."""
    model = truth(n_events)
    binned = place(model.edges, curve)
    return binned, binned.start(model.expected), model


def test_place_takes_families_and_curves(truth):
    model = truth(3000)
    assert place(model.edges, model.family).expected(model.theta) == pytest.approx(model.expected)
    curve = bh.families.polyext(4)
    same = np.array([*model.theta, 0.0])
    assert place(model.edges, curve).expected(same) == pytest.approx(model.expected, rel=1e-12)


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_whitened_coordinates_have_unit_information(truth, curve):
    binned, theta, _ = near(truth, curve)
    basis, phi = binned.whitened(theta), np.zeros((1, len(theta)))
    jacobian = basis.jacobian(basis.parts(phi), phi)[0]
    assert (jacobian / basis.expected[:, None]).T @ jacobian == pytest.approx(np.eye(len(theta)), abs=1e-5)
    assert basis.theta(phi)[0] == pytest.approx(theta)
    assert not basis.linear


@pytest.mark.parametrize("n_categories", [1, 2])
@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_derivatives_of_the_basis_are_finite_differences(truth, curve, n_categories):
    binned, theta, _ = near(truth, curve)
    binned, theta = joined([binned] * n_categories), np.tile(theta, n_categories)
    basis, rng = binned.whitened(theta), np.random.default_rng(1)
    phi, step = rng.normal(0, 0.3, (3, len(theta))), 1e-5 * np.eye(len(theta))
    parts, weights = basis.parts(phi), rng.uniform(-1, 1, (3, *basis.shape))
    up, down = (np.stack([basis.parts(phi + sign * one) for one in step], -1) for sign in (1, -1))
    slopes = (up - down) / 2e-5
    jacobian = slopes.sum(1)
    assert basis.jacobian(parts, phi) == pytest.approx(jacobian, rel=1e-5, abs=1e-5 * jacobian.max())
    assert basis.means(parts, phi) * parts.sum(1)[..., None] == pytest.approx(basis.jacobian(parts, phi))
    pulls = np.einsum("rqi,rqip->rp", weights, slopes)
    assert basis.pull(weights * parts, phi) == pytest.approx(pulls, rel=1e-5, abs=1e-4)
    for index, one in enumerate(step):
        ahead = basis.pull(weights * basis.parts(phi + one), phi + one)
        behind = basis.pull(weights * basis.parts(phi - one), phi - one)
        second = basis.second(weights * parts, phi)
        assert second[..., index] == pytest.approx(
            (ahead - behind) / 2e-5, rel=1e-4, abs=1e-3 * np.abs(second).max()
        )


def test_categories_are_independent(truth):
    curve = bh.families.modexp(2)
    binned, theta, model = near(truth, curve)
    counts = model.toys(2, 3)
    both = joined([binned, binned])
    together = minimise(Likelihood(both.whitened(np.tile(theta, 2)), counts.reshape(1, -1)))
    apart = minimise(Likelihood(binned.whitened(theta), counts))
    assert together.converged.all()
    assert together.nll[0] == pytest.approx(apart.nll.sum(), abs=1e-6)


@pytest.mark.parametrize(
    ("curve", "n_events"),
    [(CURVES[0], 200_000), (CURVES[1], 300), (CURVES[1], 200_000), (CURVES[3], 200_000)],
    ids=lambda one: getattr(one, "name", one),
)
def test_minima_are_those_of_iminuit_from_several_starts(truth, curve, n_events):
    _minima_are_those_of_iminuit(truth, curve, n_events, 1)


@pytest.mark.slow
@pytest.mark.parametrize("n_events", [300, 3000, 200_000])
@pytest.mark.parametrize("curve", [CURVES[1], CURVES[3], bh.families.modexp(3)], ids=lambda curve: curve.name)
def test_minima_of_more_toys_are_those_of_iminuit(truth, curve, n_events):
    _minima_are_those_of_iminuit(truth, curve, n_events, 5)


def _minima_are_those_of_iminuit(truth, curve, n_events, n_toys):
    model = truth(n_events)
    binned = place(model.edges, curve)
    for counts in model.toys(n_toys, 7):
        basis = binned.whitened(binned.start(counts))
        likelihood = Likelihood(basis, counts[None])
        result = minimise(likelihood)
        assert result.converged[0]
        assert result.nll[0] <= _reference(likelihood) + 1e-6


def _reference(likelihood: Likelihood) -> float:
    """Minimise one row with MIGRAD from several starts around the reference."""
    rng, best = np.random.default_rng(1), np.inf
    n = likelihood.n_parameters
    for start in (np.zeros(n), *rng.normal(0, 1, (2, n))):
        minuit = Minuit(
            lambda p: min(float(likelihood.evaluate(p[None, :]).nll[0]), 1e10),
            start,
            grad=lambda p: likelihood.gradient(likelihood.evaluate(p[None, :]))[0],
        )
        minuit.errordef, minuit.tol, minuit.strategy = Minuit.LIKELIHOOD, 1e-4, 2
        minuit.migrad(ncall=2000)
        best = min(best, minuit.fval)
    return best


def test_start_finds_the_best_of_several_minima(truth):
    model = truth(3000)
    counts = model.toys(1, 1)[0]
    best = []
    for curve in bh.families.ladder("modified_dijet"):
        binned = BinnedCurve.on(model.edges, curve)
        basis = binned.whitened(binned.start(counts))
        best.append(minimise(Likelihood(basis, counts[None])).nll[0])
    assert best[1] <= best[0] + 1e-4


@pytest.mark.parametrize("n_events", [300, 3000, 200_000])
def test_toys_that_turn_on_converge(truth, n_events):
    curve = bh.families.dijet(6)
    binned = place(truth(n_events).edges, curve)
    theta = np.array([0.0, 9.0, 6.0, 0.5, 0.0, -13.0, 105.0])
    theta[0] = np.log(n_events / binned.expected(theta).sum())
    result = minimise(Likelihood(binned.whitened(theta), poisson(binned.expected(theta), 40, 3)))
    assert result.converged.all()


def test_bins_that_do_not_determine_the_parameters_are_refused():
    binned = BinnedCurve.on([2000, 2100, 2200], bh.families.polyext(4))
    with pytest.raises(bh.FitRangeError, match=r"2 of 2 bins .* too few for 5 parameters"):
        binned.start(np.array([5.0, 3.0]))
    with pytest.raises(bh.FitRangeError, match="2 bins do not determine 5 parameters"):
        binned.whitened(np.array([0.0, 8.0, 5.0, 0.0, 0.0]))


def test_more_parameters_never_fit_worse(truth):
    """Three spectra of 300 events in which fits from the starts of the curve alone end above the smaller family."""
    edges = bh.dijet_edges(1530, 6564)
    model = bh.families.dijet(3)
    binned = place(edges, model)
    theta = np.array([0.0, 9.26, 5.93, 0.58])
    theta[0] = np.log(300 / binned.expected(theta).sum())
    toys = poisson(binned.expected(theta), 12, 1)
    for row, name in ((5, "polyext"), (9, "polyext"), (6, "modified_dijet")):
        spectrum = bh.Spectrum(edges, toys[row])
        nll = [bh.fit(spectrum, family).nll for family in bh.families.ladder(name)[:2]]
        assert nll[1] <= nll[0] + 1e-4

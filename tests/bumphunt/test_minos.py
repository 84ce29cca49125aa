from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.likelihood import Likelihood
from dijethunt.bumphunt.reference import migrad

SIGNAL = bh.Gaussian(0.05)


@pytest.mark.parametrize(("signal", "mass"), [(None, None), (SIGNAL, 3000.0)])
def test_many_events_give_the_errors_of_the_fit(truth, signal, mass):
    spectrum = truth(2_000_000).spectrum(1, 500.0)
    found = bh.minos(spectrum, bh.families.dijet(3), signal, mass)
    fit = bh.fit(spectrum, bh.families.dijet(3), signal, mass)
    values, errors = np.array(fit.values), np.array(fit.errors)
    assert found.valid
    assert found.names == fit.names
    assert found.nll == pytest.approx(fit.nll, abs=1e-6)
    assert np.abs(np.array(found.values) - values).max() < 1e-2 * errors.max()
    shape = slice(1, None)
    assert (values - found.lower)[shape] == pytest.approx(errors[shape], rel=0.01)
    assert (found.upper - values)[shape] == pytest.approx(errors[shape], rel=0.01)
    low, value, high = np.log([found.lower[0], values[0], found.upper[0]])
    assert (high - low) / 2 == pytest.approx(errors[0] / values[0], rel=0.01)
    assert high - value == pytest.approx(value - low, rel=0.03)


def test_likelihood_is_half_higher_at_the_ends(truth):
    """The ends of the strength, by a fit at each that holds it."""
    model = truth(300)
    spectrum = model.spectrum(3, 10.0)
    found = bh.minos(spectrum, model.family, SIGNAL, 3000.0)
    basis = model.background.whitened(model.theta)
    template = SIGNAL.template(model.edges, 3000.0)[None, :]
    assert found.valid
    for end in (found.lower[-1], found.upper[-1]):
        held = migrad(Likelihood(basis, spectrum.counts[None, :], template, np.array([end])))
        assert held.valid
        assert held.nll - found.nll == pytest.approx(0.5, abs=2e-4)
    assert found.upper[-1] - found.values[-1] > 1.05 * (found.values[-1] - found.lower[-1])


def test_strength_covers_at_low_counts(truth):
    model = truth(300)
    strength, inside = 15.0, 0
    for toy in model.toys(60, 7, strength, 2500.0):
        found = bh.minos(bh.Spectrum(model.edges, toy), model.family, SIGNAL, 2500.0)
        assert found.valid
        inside += found.lower[-1] < strength < found.upper[-1]
    assert 0.68 - 3 * 0.06 < inside / 60 < 0.68 + 3 * 0.06


def test_a_curve_has_intervals_too(truth):
    spectrum = truth(200_000).spectrum(3)
    curve = bh.families.family("modexp", 2)
    found = bh.minos(spectrum, curve)
    fit = bh.fit(spectrum, curve)
    assert found.valid
    assert found.nll == pytest.approx(fit.nll, abs=1e-6)
    lower, upper = (np.abs(np.array(side[1:]) - fit.values[1:]) for side in (found.lower, found.upper))
    assert (lower + upper) / 2 == pytest.approx(np.array(fit.errors[1:]), rel=0.1)


def test_nuisances_are_known_as_well_as_before_where_there_is_no_signal(truth):
    model = truth(3000)
    counts = np.round(model.expected)
    nuisances = (bh.nuisance.luminosity(), bh.nuisance.scale())
    found = bh.minos(bh.Spectrum(model.edges, counts), model.family, SIGNAL, 3000.0, nuisances=nuisances)
    assert found.names[-3:] == ("signal", "luminosity", "scale")
    assert np.array([found.lower[-2:], found.upper[-2:]]) == pytest.approx(
        np.array([[-1, -1], [1, 1]]), abs=0.05
    )


def test_ends_that_do_not_exist_are_none(truth):
    """Without events above, a deficit has no lower end: the expectation would be negative first."""
    model = truth(300)
    counts = model.toys(1, 1)[0]
    counts[model.edges[1:] > 4500] = 0
    found = bh.minos(bh.Spectrum(model.edges, counts), model.family, SIGNAL, 5500.0)
    assert found.lower[-1] is None
    assert not found.valid
    assert found.upper[-1] is None or found.upper[-1] > 0


def test_round_trip(truth):
    model = truth(3000)
    found = bh.minos(model.spectrum(1), model.family)
    assert bh.Intervals.from_json(found.to_json()) == found


def test_wrong_requests_are_named(truth):
    model = truth(3000)
    with pytest.raises(bh.SignalError, match="need both"):
        bh.minos(model.spectrum(1), model.family, SIGNAL)
    with pytest.raises(bh.SignalError, match="need both"):
        bh.minos(model.spectrum(1), model.family, fit_range=bh.RangeLoop())

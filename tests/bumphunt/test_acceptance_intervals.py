"""Intervals cover, injected signals come back, pulls are standard, and nothing is found where nothing is."""

from __future__ import annotations

import logging

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.bias_result import Slope
from dijethunt.bumphunt.ftest import Fixed
from dijethunt.bumphunt.trial import Trial

LOG = logging.getLogger(__name__)
SIGNAL = bh.Gaussian(0.05)
EVENTS = [300, 3000, 200_000]
LEVELS = {0.6827: 1.0, 0.95: 1.95996}
N_TOYS = 10_000


@pytest.mark.slow
@pytest.mark.parametrize("n_events", EVENTS)
@pytest.mark.parametrize("mass", [2500.0, 4000.0])
def test_intervals_cover_and_signals_come_back(truth, n_events, mass):
    """With 0, 2 and 5 standard deviations injected; at 300 events the formulae are off by what the table says."""
    model, means = truth(n_events), []
    trial = Trial.on(bh.Expected(model.edges, model.expected), Fixed(model.family), SIGNAL, mass)
    coverage, pull, width = (0.03, 0.2, 0.06) if n_events == 300 else (0.02, 0.1, 0.05)
    for deviations in (0.0, 2.0, 5.0):
        injected = deviations * trial.unit
        root, fitted = measured(trial, injected, int(deviations))
        means.append((injected, fitted.mean(), fitted.std() / np.sqrt(N_TOYS)))
        shares = [(np.abs(root) <= z).mean() for z in LEVELS.values()]
        LOG.info(
            "%d events, %g GeV, %g injected: coverage %.4f %.4f, pull %.3f +- %.3f, median %.3f",
            *(n_events, mass, deviations, *shares, root.mean(), root.std(), np.median(root)),
        )
        assert shares == pytest.approx(list(LEVELS), abs=coverage)
        assert abs(root.mean()) < pull
        assert root.std() == pytest.approx(1, abs=width)
    line = Slope.through(*zip(*means, strict=True))
    LOG.info("%d events, %g GeV: slope %.4f +- %.4f", n_events, mass, line.slope, line.error)
    assert line.slope == pytest.approx(1, abs=0.03)


def measured(trial, injected, stream):
    """Return signed roots and fitted strengths of toys, all of whose fits converged."""
    found = list(trial.measurements(injected, N_TOYS, 4, (stream,)))
    root, valid = (np.concatenate(part) for part in zip(*(one.root(injected) for one in found), strict=True))
    assert valid.all()
    return root, np.concatenate([one.best.strength for one in found])


@pytest.mark.slow
@pytest.mark.parametrize(("n_events", "n_shape"), [(300, 2), (300, 3), (3000, 3), (200_000, 4)])
@pytest.mark.parametrize("other", [("ua2", 3), ("ua2", 4), ("exponential", 4)], ids=str)
def test_no_signal_is_found_where_there_is_none(truth, other, n_events, n_shape):
    """In expected counts of other functions, at every mass, with the parameters that so many events ask for."""
    spectrum = truth(200_000).spectrum(7)
    expected = bh.Expected.fitted(spectrum, bh.families.family(*other)).scaled(n_events)
    masses = np.arange(1800.0, 6001.0, 100.0)
    result = bh.spurious_signal(expected, bh.families.dijet(n_shape), SIGNAL, masses)
    LOG.info("%s, %d events, %d parameters: %.3f", other, n_events, n_shape, result.largest.ratio)
    assert result.passed

"""No fit fails unseen, and the published spectrum has its published fit."""

from __future__ import annotations

import logging

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt import compiled
from dijethunt.bumphunt.ftest import Fixed
from dijethunt.bumphunt.likelihood import Likelihood
from dijethunt.bumphunt.plot import garwood
from dijethunt.bumphunt.scoring import minimise
from dijethunt.bumphunt.search import Search, with_signal
from dijethunt.bumphunt.significance import ENOUGH_BACKGROUND, background_under

LOG = logging.getLogger(__name__)
SIGNAL = bh.Gaussian(0.05)
FAMILIES = (bh.families.dijet(3), bh.families.ua2(3), bh.families.family("exponential", 3))
N_TOYS = 100_000


def toys(model, search, masses):
    """Draw toys of the spectrum that a search was fitted to, half of them with a signal of three deviations."""
    drawn = [model.toys(N_TOYS // 2, 1)]
    for mass in masses:
        template = search.template(SIGNAL, mass)
        deviation = 1 / np.sqrt((template**2 / search.expected).sum())
        drawn.append(model.toys(N_TOYS // 4, 2, 3 * deviation, mass))
    return np.concatenate(drawn)


def compared(one, other):
    """Return by how much the converged rows are above the other fit, and the rows that are more than 1e-6 above."""
    above = np.where(one.converged & other.converged, one.nll - other.nll, 0.0)
    return above.max(), np.flatnonzero(above > 1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("n_events", [300, 3000, 200_000])
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_no_fit_fails_unseen(truth, monkeypatch, family, n_events):
    """Each fit is repeated by the engine without numba, from one deviation away and with a large signal."""
    model, masses = truth(n_events), (2500.0, 4000.0)
    search = Search.on([model.spectrum(1)], Fixed(family))
    counts = toys(model, search, masses)
    null = search.refit(counts).minima[0]
    rng = np.random.default_rng(3)
    elsewhere = 0.3 * rng.standard_normal(null.point.shape)
    templates = [search.template(SIGNAL, mass) for mass in masses]
    fits = [with_signal(search.basis, counts, one, null.expected, null.point) for one in templates]
    monkeypatch.setattr(compiled, "kernel", lambda: None)
    again = minimise(Likelihood(search.basis, counts), elsewhere)
    above, worse = compared(null, again)
    LOG.info("%s, %d events: %d flagged, %.1e above", family.name, n_events, (~null.converged).sum(), above)
    assert null.converged.all()
    assert not len(worse)
    for mass, template, fit in zip(masses, templates, fits, strict=True):
        under = background_under(template, search.expected)
        far = 100.0 if under >= ENOUGH_BACKGROUND else 300.0
        start = np.column_stack([elsewhere, np.full(N_TOYS, far)])
        again = with_signal(search.basis, counts, template, null.expected, start)
        above, worse = compared(fit, again)
        LOG.info(
            "%s, %d events, signal at %g GeV, %.1f background events: %d flagged, %.1e above, %d worse",
            *(family.name, n_events, mass, under, (~fit.converged).sum(), above, len(worse)),
        )
        assert fit.converged.all()
        assert len(worse) < (1 if under >= ENOUGH_BACKGROUND else 1e-4 * N_TOYS)


def test_published_spectrum_has_its_published_fit(cms_path):
    """Deviance and two chi2 of CMS-EXO-19-012 with three shape parameters."""
    fit = bh.fit_csv(cms_path)
    observed, expected = np.array(fit.observed), np.array(fit.expected)
    low, high = garwood(observed)
    pulls = ((observed - expected) / np.where(observed > expected, low, high))[observed > 0]
    LOG.info(
        "deviance %.2f, chi2 with Poisson intervals %.2f in %d bins",
        fit.deviance,
        (pulls**2).sum(),
        len(pulls),
    )
    assert fit.valid
    assert fit.deviance == pytest.approx(41.3, abs=0.05)
    assert ((observed - expected) ** 2 / expected).sum() == pytest.approx(39.6, abs=0.05)
    assert (pulls**2).sum() == pytest.approx(34.1, abs=0.1)
    assert len(pulls) == 41

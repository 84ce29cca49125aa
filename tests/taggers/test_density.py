"""The density of features at any mass, and the masses of a signal region."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from dijethunt.taggers.base import Run
from dijethunt.taggers.cathode import Cathode
from dijethunt.taggers.density import Density, draw_masses
from dijethunt.taggers.flow import Flow
from dijethunt.taggers.schedule import Schedule
from dijethunt.taggers.two_sample import separability
from scipy.special import expit
from scipy.stats import ks_2samp

LOG = logging.getLogger(__name__)
FLOW = Flow(2, 1, blocks=2, hidden=32, depth=1, bins=6, schedule=Schedule(10, 256, 4e-3, anneal=True, kept=2))


def background(n: int, seed: int, low: float = 2000.0, high: float = 4000.0):
    """A mass that grows with m_jj, and a number of candidates."""
    rng = np.random.default_rng(seed)
    mjj = rng.uniform(low, high, n)
    return np.stack([rng.gamma(2, mjj / 100), rng.poisson(20, n)], axis=1), mjj


@pytest.fixture(scope="module")
def trained():
    features, mjj = background(12_000, 1)
    outside = (mjj < 2800) | (mjj > 3200)
    return Density.fit(FLOW, (features[outside], mjj[outside]), background(3000, 2), Run(seed=1))


def test_what_is_drawn_between_the_sidebands_is_the_background_there(trained):
    density, _ = trained
    true, mjj = background(6000, 5, 2800, 3200)
    drawn = density.sample(mjj, 3)
    assert ks_2samp(drawn[:, 0], true[:, 0]).statistic < 0.06
    assert np.array_equal(drawn[:, 1], np.round(drawn[:, 1]))
    assert drawn[:, 1].std() == pytest.approx(20**0.5, rel=0.1)
    elsewhere = background(6000, 5, 2000, 2400)[0]
    assert ks_2samp(drawn[:, 0], elsewhere[:, 0]).statistic > 0.1


def jets(n: int, seed: int, low: float = 2000.0, high: float = 4000.0):
    """A mass and a difference of masses that grow with m_jj, and two ratios that follow the masses."""
    rng = np.random.default_rng(seed)
    mjj = rng.uniform(low, high, n)
    mass = rng.gamma(2, mjj[:, None] / 100, (n, 2))
    ratio = expit(0.4 * np.log(mass / 60) + 0.5 * rng.normal(size=(n, 2)))
    return np.concatenate([mass, ratio], axis=1), mjj


def sidebands(n: int, seed: int):
    features, mjj = jets(n, seed)
    outside = (mjj < 2800) | (mjj > 3200)
    return features[outside], mjj[outside]


@pytest.mark.slow
def test_drawn_events_cannot_be_told_from_background():
    """100,000 events of each, the flow of CATHODE and 100,000 events to learn from.

    Measured: 0.504, with one seed. (0.553 for two normal distributions whose means cross, for which the flow needs longer.)
    """
    flow = Cathode(features=("j1_a", "j1_b", "j1_c", "j1_d")).flow
    density, _ = Density.fit(flow, sidebands(125_000, 1), sidebands(30_000, 2), Run(seed=1))
    true, mjj = jets(100_000, 3, 2800, 3200)
    area = separability(density.sample(mjj, 4), true)
    LOG.info("area %.4f", area)
    assert area < 0.52
    assert separability(jets(100_000, 5, 2400, 2800)[0], true) > 0.55


def test_the_latent_space_has_no_mass_in_it(trained):
    density, _ = trained
    features, mjj = background(6000, 5)
    latent, raw = density.latent(features, mjj), features[:, 0]
    assert abs(np.corrcoef(latent[:, 0], mjj)[0, 1]) < 0.05 < np.corrcoef(raw, mjj)[0, 1]


def test_losses_are_kept(trained):
    assert {name: len(losses) for name, losses in trained[1].items()} == {"loss": 10, "validation": 10}


def test_events_outside_have_the_density_of_the_edge(trained):
    density, _ = trained
    x = np.array([[1e6, 20.0], [density.preparation.smear.most[0], 20.0]])
    first, second = density.log_density(x, np.array([3000.0, 3000.0]))
    assert np.isfinite(first)
    assert first == pytest.approx(second, abs=1.0)


def test_state_and_back(trained):
    density, _ = trained
    again = Density.restore(FLOW, density.state())
    features, mjj = background(300, 5)
    assert np.array_equal(again.log_density(features, mjj), density.log_density(features, mjj))


def test_masses_are_drawn_as_events_have_them():
    rng = np.random.default_rng(1)
    mjj = 2800 + 400 * rng.beta(1, 2, 4000)
    drawn = draw_masses(mjj, 2800, 3200, 20_000, 5)
    assert drawn.shape == (20_000,)
    assert drawn.min() >= 2800
    assert drawn.max() < 3200
    assert ks_2samp(drawn, mjj).pvalue > 0.01
    assert np.isin(drawn, mjj).mean() < 0.01
    assert np.array_equal(drawn, draw_masses(mjj, 2800, 3200, 20_000, 5))


def test_a_mass_on_the_edge_stays_there():
    assert draw_masses(np.array([2800.0]), 2800, 3200, 3, 5).tolist() == [2800.0] * 3

"""CPU time of VAE-QR and QUAK: their trainings, and their inner loops beside what one would write without thinking."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import process_time

import numpy as np
import pytest
import torch
from dijethunt.datasets.table import FeatureTable
from dijethunt.taggers.base import Run, Sample
from dijethunt.taggers.chamfer import chamfer
from dijethunt.taggers.image_autoencoder import ImageAutoencoder, image_errors
from dijethunt.taggers.jet import Jets
from dijethunt.taggers.quak import Quak
from dijethunt.taggers.quantile_network import QuantileNetwork
from dijethunt.taggers.toy import toy
from dijethunt.taggers.vae_qr import VaeQr

from tests.benchmarks.conftest import record

LOG = logging.getLogger(__name__)
HOUR, TWENTY_MINUTES = 3600.0, 1200.0
TEN_MINUTES = 600.0
LEVELS = np.array([0.9, 0.95, 0.99])


def seconds(work: Callable[[], object]) -> float:
    """Return the CPU time of ``work``, the second time it is done."""
    work()
    begin = process_time()
    work()
    return process_time() - begin


def naive(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The Chamfer distance with all derivatives through the matrix of distances."""
    far = torch.cdist(x, y).square()
    return far.min(dim=2).values.mean(dim=1) + far.min(dim=1).values.mean(dim=1)


@pytest.mark.benchmark
def test_chamfer_against_a_matrix_of_distances():
    torch.manual_seed(1)
    x, y = torch.randn(256, 100, 3), torch.randn(256, 100, 3, requires_grad=True)
    torch.set_num_threads(1)

    def steps(distance: Callable[..., torch.Tensor]) -> Callable[[], object]:
        return lambda: [distance(x, y).sum().backward() for _ in range(20)]

    ours, theirs = seconds(steps(chamfer)), seconds(steps(naive))
    LOG.info(
        "Chamfer of 256 jets, forwards and backwards: %.1f ms, with cdist %.1f ms", 50 * ours, 50 * theirs
    )
    record("chamfer_vs_cdist", theirs / ours)
    assert theirs / ours > 1


@pytest.mark.benchmark
def test_a_network_of_constituents_in_twenty_minutes():
    """The default training from one pass over 20,000 jets, and the scores of as many."""
    rng = np.random.default_rng(1)
    jets = Jets(rng.exponential(10, (10_000, 2, 100, 3)).astype(np.float32))
    begin = process_time()
    tagger = VaeQr(epochs=1).fit_jets(jets, None, Run(seed=1))
    trained = process_time() - begin
    begin = process_time()
    tagger.score_jets(jets)
    scored = process_time() - begin
    whole = trained * VaeQr().epochs * VaeQr().most_jets / 20_000
    LOG.info("VAE: %.0f CPU-seconds, %.2f ms to score a jet", whole, scored / 20)
    record("vae_qr_of_twenty_minutes", TWENTY_MINUTES / whole)
    assert whole < TWENTY_MINUTES


@pytest.mark.benchmark
def test_the_autoencoder_of_images_in_ten_minutes():
    """The first tagger of Tag N' Train, one for each fold: the default training of one, and the scores of 10,000 jets."""
    images = np.random.default_rng(1).exponential(1, (10_000, 32, 32)).astype(np.float32)
    images /= images.sum(axis=(1, 2), keepdims=True)
    autoencoder = ImageAutoencoder()
    begin = process_time()
    model = autoencoder.train_autoencoder(images, None, Run(seed=1)).models[0]
    trained = process_time() - begin
    begin = process_time()
    image_errors(model, images)
    scored = process_time() - begin
    LOG.info("autoencoder of images: %.0f CPU-seconds, %.2f ms to score a jet", trained, scored / 10)
    record("image_autoencoder_of_ten_minutes", TEN_MINUTES / trained)
    assert trained < TEN_MINUTES


@pytest.mark.benchmark
def test_networks_of_twenty_folds_against_one_after_the_other():
    """20 folds of 2,500 events each."""
    rng = np.random.default_rng(1)
    x, score = ([rng.normal(size=2500) for _ in range(20)] for _ in range(2))
    grid, learner = np.linspace(-2, 2, 50), QuantileNetwork(epochs=10)

    def together() -> object:
        return learner.quantiles(x, score, LEVELS, grid, Run(seed=1))

    def apart() -> object:
        pairs = zip(x, score, strict=True)
        return [learner.quantiles([one], [other], LEVELS, grid, Run(seed=1)) for one, other in pairs]

    ours, theirs = seconds(together), seconds(apart)
    LOG.info("20 folds together %.1f CPU-seconds, one after the other %.1f", ours, theirs)
    record("quantile_folds_vs_sequential", theirs / ours)
    assert theirs / ours > 1


@pytest.mark.benchmark
def test_both_densities_of_quak():
    """100,000 events of background and 20,000 of signals, two epochs of the default thirty."""
    tagger = Quak(flow_epochs=2)
    background, priors = toy(tagger.inputs, 100_000, 0, 1), toy(tagger.inputs, 0, 20_000, 2)
    begin = process_time()
    fitted = tagger.fit(Sample(FeatureTable({}), background=background, priors=priors), Run(seed=1))
    whole = (process_time() - begin) * Quak().flow_epochs / 2
    LOG.info("QUAK: %.0f CPU-seconds for both densities with %d epochs", whole, Quak().flow_epochs)
    record("quak_of_an_hour", HOUR / whole)
    assert np.isfinite(fitted.score(priors)).all()

"""The autoencoder of jet images."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from dijethunt.taggers.base import Run
from dijethunt.taggers.error import ParameterError, TrainingError
from dijethunt.taggers.image_autoencoder import ImageAutoencoder, build, image_errors, reconstruct
from dijethunt.taggers.metric import auc
from dijethunt.taggers.vector import restore, vector
from dijethunt.taggers.watch import Learned

AUTOENCODER = ImageAutoencoder(ae_epochs=6, ae_batch=32)
TINY = ImageAutoencoder(ae_epochs=1, ae_batch=32)


def images(n: int, prongs: int, seed: int) -> np.ndarray:
    """Images of a hard core in a halo of random width and share, or of two of them, 12 pixels apart along the rows."""
    rng = np.random.default_rng(seed)
    share, width = rng.uniform(0, 1, (n, 1, 1)), rng.uniform(1, 3, n)
    places = (16,) if prongs == 1 else (10, 22)
    made = sum((1 - share) * _spot(row, np.full(n, 0.3)) + share * _spot(row, width) for row in places)
    return (made / made.sum(axis=(1, 2), keepdims=True)).astype(np.float32)


def _spot(row: int, width: np.ndarray) -> np.ndarray:
    """Gaussian spots around the pixels [row, 16], (n, 32, 32), each of unit sum."""
    x, y = (np.exp(-0.5 * ((np.arange(32) - middle) / width[:, None]) ** 2) for middle in (16, row))
    made = y[:, :, None] * x[:, None, :]
    return made / made.sum(axis=(1, 2), keepdims=True)


@pytest.fixture(scope="module")
def learned() -> Learned:
    return AUTOENCODER.train_autoencoder(images(1000, 1, 1), images(300, 1, 2), Run(seed=3))


def test_it_learns(learned):
    assert len(learned.loss) == len(learned.validation) == AUTOENCODER.ae_epochs
    assert learned.validation[-1] < 0.3 * learned.validation[0]
    assert learned.loss[-1] < 0.3 * learned.loss[0]


def test_what_is_unlike_the_training_jets_has_a_larger_error(learned):
    known, new = (image_errors(learned.models[0], images(1000, prongs, 4)) for prongs in (1, 2))
    assert auc(np.concatenate([known, new]), np.repeat([0, 1], 1000)) > 0.95


def test_a_reconstruction_is_an_image_of_unit_sum(learned):
    test = images(300, 2, 4)
    made = reconstruct(learned.models[0], test)
    assert made.shape == test.shape
    assert made.min() >= 0
    assert made.sum(axis=(1, 2)) == pytest.approx(np.ones(300), rel=1e-5)
    errors = ((made - test) ** 2).mean(axis=(1, 2))
    assert image_errors(learned.models[0], test) == pytest.approx(errors, rel=1e-5)


def test_the_error_of_an_image_does_not_depend_on_the_others(learned):
    test = images(300, 2, 4)
    errors = image_errors(learned.models[0], test)
    assert image_errors(learned.models[0], test[::-1])[::-1] == pytest.approx(errors, rel=1e-5)
    assert image_errors(learned.models[0], test[7:8]) == pytest.approx(errors[7:8], rel=1e-5)
    assert image_errors(learned.models[0], test[:0]).shape == (0,)


def test_a_jet_without_candidates_has_an_error_too(learned):
    assert np.isfinite(image_errors(learned.models[0], np.zeros((2, 32, 32), dtype=np.float32))).all()


def test_the_network_is_that_of_the_search():
    """Channels and nodes of the published network; the number of parameters follows from them."""
    convolutions = ((1, 32), (32, 24), (24, 16), (16, 16), (16, 24), (24, 32), (32, 1))
    dense = ((256, 128), (128, 32), (32, 6), (6, 32), (32, 128), (128, 256))
    expected = sum(9 * i * o + o for i, o in convolutions) + sum(i * o + o for i, o in dense)
    network = build()
    assert len(vector(network)) == expected
    assert sum(type(layer).__name__ == "ReLU" for layer in network) == len(convolutions) + len(dense) - 1


def test_parameters_are_kept_in_their_places():
    """Kernels lie in memory channels last; the vector has them in the order of their indices."""
    first, second = build(), build()
    restore(second, vector(first))
    assert all((a == b).all() for a, b in zip(first.parameters(), second.parameters(), strict=True))


def test_the_same_seed_gives_the_same_bytes():
    made = images(200, 1, 1)
    first, again, other = (TINY.train_autoencoder(made, None, Run(seed=seed)).models for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_no_more_jets_are_used_than_allowed():
    made = images(200, 1, 1)
    every, some = (replace(TINY, ae_jets=n).train_autoencoder(made, None, Run(seed=1)) for n in (200, 100))
    plenty = TINY.train_autoencoder(made, None, Run(seed=1))
    assert np.array_equal(every.loss, plenty.loss)
    assert some.loss[0] != every.loss[0]


def test_patience_grows_with_the_epochs():
    assert ImageAutoencoder().ae_schedule.patience == 6
    assert ImageAutoencoder(ae_epochs=100).ae_schedule.patience == 10


def test_what_is_no_image_is_refused():
    with pytest.raises(TrainingError, match=r"shape \(\) for each jet; give images of 32 x 32"):
        ImageAutoencoder().train_autoencoder(np.ones(10), None, Run())


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"ae_epochs": 0}, "ae_epochs is 0"),
        ({"ae_jets": 0}, "ae_jets is 0"),
        ({"ae_step": 0.0}, "ae_step is 0.0"),
    ],
)
def test_misuse_is_refused(parameters, message):
    with pytest.raises(ParameterError, match=message):
        ImageAutoencoder(**parameters)

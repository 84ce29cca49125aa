"""A convolutional autoencoder of jet images, the first tagger of Tag N' Train (arXiv:2002.12376, arXiv:2412.03747)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from .base import Run
from .error import TrainingError
from .hyperparameter import Hyperparameters
from .schedule import Schedule
from .trainer import seeded, tensors, train
from .vector import Vector, restore
from .watch import Learned

Images = NDArray[np.float32]
SIDE = 32
CHANNELS = (32, 24, 16)
DENSE = (128, 32)
LATENT = 6
BETAS = (0.8, 0.99)
LEAST_PATIENCE = 5
PIECE = 128
"""Images that go through the network at once; more of them leave the cache of a processor."""


@dataclass(frozen=True, kw_only=True)
class ImageAutoencoder(Hyperparameters):
    """Hyperparameters of an autoencoder of images of 32 x 32 pixels and of its training.

    Convolutions of 32, 24 and 16 channels, each followed by a pooling of 2 x 2, dense layers of 128 and 32 nodes and a
    latent space of 6; then the same backwards. A softmax over all pixels gives an image of unit sum. The loss is the
    squared error of an image, summed over its pixels. Their mean, which CMS minimised, is the same up to a factor, but
    so small (1e-4) that training is slower and any decay of the weights would bring it to the mean image.

    ``ae_epochs``: most passes over the training jets. Training stops before when the validation loss has not become smaller,
    by however little, for 5 + epochs/20 of them; the epoch with the least is kept.
    ``ae_batch``: jets in one step, ``ae_step``: its length (the learning rate of Adam), which falls to 0 as half a cosine.
    ``ae_jets``: most jets that it is trained with, drawn at random; a quarter as many validate it. With more
    jets and epochs it reconstructs better, signals too, and tells them apart no better.
    """

    ae_epochs: int = 20
    ae_batch: int = 128
    ae_step: float = 1e-3
    ae_jets: int = 5000

    def __post_init__(self) -> None:
        """Refuse values outside their range."""
        super().__post_init__()
        for name in ("ae_epochs", "ae_batch", "ae_jets"):
            self.require(name, getattr(self, name) >= 1, "at least 1")
        self.require("ae_step", self.ae_step > 0, "above 0")

    @property
    def ae_schedule(self) -> Schedule:
        """How the autoencoder is trained."""
        return Schedule(
            self.ae_epochs,
            self.ae_batch,
            self.ae_step,
            betas=BETAS,
            anneal=True,
            patience=LEAST_PATIENCE + self.ae_epochs // 20,
        )

    def train_autoencoder(self, images: Images, validation: Images | None, run: Run) -> Learned:
        """Train with ``images`` (n, 32, 32) of unit sum; the same ``run.seed``, device and threads give the same bytes."""
        if images.shape[1:] != (SIDE, SIDE):
            raise TrainingError(
                f"what the autoencoder is given has shape {images.shape[1:]} for each jet; give images of {SIDE} x {SIDE} pixels, "
                "such as image_tnt"
            )
        rng = np.random.default_rng(run.seed)
        training = tensors(run, _some(images, self.ae_jets, rng))
        held_out = None if validation is None else tensors(run, _some(validation, self.ae_jets // 4, rng))
        with seeded(run):
            network = build().to(run.place)

            def loss(batch: torch.Tensor) -> torch.Tensor:
                return torch.cat([_squared(network, piece) for piece in batch.split(PIECE)]).mean()

            return train(network, loss, training, held_out, self.ae_schedule, run)[0]


def build() -> nn.Sequential:
    """Build the network; images (n, 32, 32) in and out."""
    first, second, third = CHANNELS
    small = (third, SIDE // 8, SIDE // 8)
    nodes = (int(np.prod(small)), *DENSE, LATENT)
    network = nn.Sequential(
        nn.Unflatten(1, (1, SIDE)),
        *(layer for pair in ((1, first), (first, second), (second, third)) for layer in _pooled(*pair)),
        nn.Flatten(),
        *_dense(*nodes),
        *_dense(*reversed(nodes)),
        nn.Unflatten(1, small),
        *(
            layer
            for pair in ((third, third), (third, second), (second, first))
            for layer in _upsampled(*pair)
        ),
        nn.Conv2d(first, 1, 3, padding="same"),
        nn.Flatten(),
        nn.Softmax(dim=1),
        nn.Unflatten(1, (SIDE, SIDE)),
    )
    return network.to(memory_format=torch.channels_last)


def reconstruct(model: Vector, images: Images) -> Images:
    """Return what an autoencoder with parameters ``model`` (P,) makes of images (n, 32, 32)."""
    with seeded(Run()), torch.inference_mode():
        pieces = list(_reconstructed(model, images))
        return np.concatenate([image.numpy() for _, image in pieces])


def image_errors(model: Vector, images: Images) -> NDArray[np.float64]:
    """Return the mean squared error of the pixels of each image, (n,), as an autoencoder ``model`` (P,) reconstructs it."""
    with seeded(Run()), torch.inference_mode():
        pieces = [
            ((image - made) ** 2).double().mean(dim=(1, 2)) for image, made in _reconstructed(model, images)
        ]
        return np.concatenate([piece.numpy() for piece in pieces])


def _reconstructed(model: Vector, images: Images) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    network = build()
    restore(network, model)
    network.eval()
    given = torch.from_numpy(np.ascontiguousarray(images, dtype=np.float32))
    yield from ((piece, network(piece)) for piece in given.split(PIECE))


def _squared(network: nn.Module, images: torch.Tensor) -> torch.Tensor:
    return ((network(images) - images) ** 2).sum(dim=(1, 2))


def _some(images: Images, most: int, rng: np.random.Generator) -> Images:
    """Return ``most`` of the images, drawn at random, or all where there are fewer."""
    return images if len(images) <= most else images[rng.choice(len(images), most, replace=False)]


def _dense(*nodes: int) -> list[nn.Module]:
    return [layer for before, after in pairwise(nodes) for layer in (nn.Linear(before, after), nn.ReLU())]


def _pooled(before: int, after: int) -> list[nn.Module]:
    return [nn.Conv2d(before, after, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2)]


def _upsampled(before: int, after: int) -> list[nn.Module]:
    return [nn.Upsample(scale_factor=2), nn.Conv2d(before, after, 3, padding="same"), nn.ReLU()]

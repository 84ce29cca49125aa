"""The training of autoencoders of constituents, and what they say of a jet (arXiv:2101.08944, arXiv:2412.03747)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from .base import Run
from .chamfer import chamfer
from .constituent_frame import FRAMES, Constituents, in_frame
from .constituent_network import CONSTITUENTS, COORDINATES, ConstituentNetwork
from .error import TrainingError
from .hyperparameter import Hyperparameters
from .schedule import Schedule
from .trainer import CHUNK, seeded, tensors, train
from .vector import Vector, restore
from .watch import Learned

PUBLISHED_AUTOENCODER: Mapping[str, Any] = MappingProxyType({"frame": "lab", "beta": 0.5, "decay": 0.02})
"""What the published network is given, and its loss in GeV^2."""
PIECE = 256
"""Jets that go through the network at once when they are scored."""


@dataclass(frozen=True, kw_only=True)
class ConstituentAutoencoder(Hyperparameters):
    """Hyperparameters of an autoencoder of the constituents of a jet, and of its training.

    The network is a `ConstituentNetwork` with ``latent`` numbers in the middle, ``width`` times as wide as the published one. The loss of a jet is the Chamfer distance between its
    constituents and those that are made of them, padding included, and ``beta`` times the divergence of the latent space;
    with ``beta`` 0 it is a plain autoencoder.

    ``frame``: how momenta are given, "angles", "lab" (published), "jet" or "unit", see `in_frame`. It decides the size of the loss, with which ``beta``
    and ``decay`` have to go.
    ``epochs``: passes over the training jets; that with the least validation loss is kept. ``batch``: jets in one step,
    ``step``: its length (the learning rate of Adam), which falls to 0 as half a cosine. ``decay``: the derivative of a penalty on
    weights, decay/2 times the square of each. ``clip``: largest norm of the derivatives in one step.
    ``most_jets``: most jets that it is trained with, drawn at random; a quarter as many validate it.
    """

    latent: int = 12
    width: int = 1
    beta: float = 0.001
    frame: str = "angles"
    epochs: int = 20
    batch: int = 256
    step: float = 1e-3
    decay: float = 0.0
    clip: float = 1.0
    most_jets: int = 100_000

    def __post_init__(self) -> None:
        """Refuse values outside their range."""
        super().__post_init__()
        for name in ("latent", "width", "epochs", "batch", "most_jets"):
            self.require(name, getattr(self, name) >= 1, "at least 1")
        for name in ("beta", "decay"):
            self.require(name, getattr(self, name) >= 0, "0 or more")
        for name in ("step", "clip"):
            self.require(name, getattr(self, name) > 0, "above 0")
        self.require("frame", self.frame in FRAMES, ", ".join(FRAMES))

    @property
    def schedule(self) -> Schedule:
        """How the network is trained."""
        return Schedule(self.epochs, self.batch, self.step, decay=self.decay, anneal=True, clip=self.clip)

    def build(self) -> ConstituentNetwork:
        """Build the network, not trained."""
        return ConstituentNetwork(self.latent, self.beta > 0, self.width)

    def train_network(self, jets: Constituents, validation: Constituents | None, run: Run) -> Learned:
        """Train with constituents ``jets`` (n, K, 3) in GeV; the same ``run.seed``, device and threads give the same bytes."""
        rng = np.random.default_rng(run.seed)
        training = tensors(run, self.given(_some(jets, self.most_jets, rng)))
        aside = None if validation is None else self.given(_some(validation, self.most_jets // 4, rng))
        with seeded(run):
            network = self.build()
            network.standardise(training[0].cpu())
            network.to(run.place)

            def loss(batch: torch.Tensor) -> torch.Tensor:
                made, divergence = network(batch)
                return (chamfer(batch, made) + self.beta * divergence).mean()

            held_out = None if aside is None else tensors(run, aside)
            return train(network, loss, training, held_out, self.schedule, run)[0]

    def losses(self, model: Vector, jets: Constituents) -> NDArray[np.float64]:
        """Return Chamfer distance and divergence of jets (n, K, 3), each (n,), as (n, 2), by a network with parameters ``model`` (P,)."""
        with seeded(Run()), torch.inference_mode():
            network = self.build()
            restore(network, model)
            network.eval()
            pieces = (jets[start : start + PIECE] for start in range(0, max(len(jets), 1), PIECE))
            found = [_losses(network, torch.from_numpy(self.given(piece))) for piece in pieces]
            return np.asarray(torch.cat([torch.stack(losses, dim=1) for losses in found]).double().numpy())

    def given(self, jets: Constituents) -> Constituents:
        """Return what the network is given of constituents (n, K, 3): the first hundred, padded with zeros, in the frame (n, 100, 3)."""
        if jets.ndim != 3 or jets.shape[2] != COORDINATES:
            raise TrainingError(
                f"what the autoencoder is given has shape {jets.shape}; give px, py, pz of the constituents of each jet, "
                f"(n, {CONSTITUENTS}, {COORDINATES})"
            )
        first = jets[:, :CONSTITUENTS].astype(np.float32)
        padded = np.pad(first, ((0, 0), (0, CONSTITUENTS - first.shape[1]), (0, 0)))
        pieces = np.array_split(padded, 1 + len(padded) // CHUNK)
        return np.concatenate([in_frame(piece, self.frame) for piece in pieces])


def _losses(network: ConstituentNetwork, jets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    made, divergence = network(jets)
    return chamfer(jets, made), divergence


def _some(jets: Constituents, most: int, rng: np.random.Generator) -> Constituents:
    """Return ``most`` of the jets, drawn at random, or all where there are fewer."""
    return jets if len(jets) <= most else jets[rng.choice(len(jets), most, replace=False)]

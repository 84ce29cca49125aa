"""Conditional densities by masked autoregressive flows (arXiv:1705.07057); the one place where nflows is used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from nflows import transforms
from nflows.distributions import StandardNormal
from nflows.flows import Flow as NFlow

from ..datasets.table import Floats
from .base import Run
from .schedule import Schedule
from .trainer import CHUNK, seeded, tensors, train
from .vector import Vector, restore
from .watch import Learned

TAIL = 10.0
"""Splines bend features between -10 and 10 and leave them as they are outside."""


@dataclass(frozen=True)
class Flow:
    """A density of ``features`` standardised features that depends on ``conditions`` standardised quantities.

    ``blocks`` autoregressive transformations, the order of the features reversed from one to the next, each with ``depth``
    residual blocks of ``hidden`` nodes. They are affine (``bins`` = 0), with batch normalisation between them, or
    rational quadratic splines of so many ``bins`` (arXiv:1906.04032), without.
    ``stretch``: conditions are given to the networks divided by it. The larger it is, the more slowly the density can change
    with them, and the smoother it is where there are no events to learn from.
    ``schedule``: how it is trained; its ``kept`` best epochs are an ensemble with equal shares.
    """

    features: int
    conditions: int
    blocks: int
    hidden: int
    depth: int
    bins: int
    schedule: Schedule
    stretch: float = 1.0

    def fit(self, x: Floats, given: Floats, held_out: tuple[Floats, Floats] | None, run: Run) -> Learned:
        """Learn the density of ``x`` (n, F) at conditions ``given`` (n, C); losses are -log p in nats.

        ``held_out`` are x and conditions of the events by which epochs are chosen.
        """
        with seeded(run):
            density = self._build().to(run.place)

            def loss(features: torch.Tensor, conditions: torch.Tensor) -> torch.Tensor:
                return -density.log_prob(features, _context(conditions)).mean()

            validation = None if held_out is None else tensors(run, held_out[0], held_out[1] / self.stretch)
            return train(
                density, loss, tensors(run, x, given / self.stretch), validation, self.schedule, run
            )[0]

    def fit_excess(
        self, x: Floats, background: Floats, held_out: tuple[Floats, Floats], fraction: float, run: Run
    ) -> Learned:
        """Learn the density s(x) of signal in ``x`` (n, F), of which b(x) = exp(``background``), (n,), is known.

        The loss is -log(w s + (1 - w) b) with w the ``fraction`` of signal (arXiv:2312.11629). ``held_out`` are x and
        background of the events by which epochs are chosen.
        """
        with seeded(run):
            density = self._build().to(run.place)
            log_signal, log_rest = np.log(fraction), np.log1p(-fraction)

            def loss(features: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
                signal = density.log_prob(features) + log_signal
                return -torch.logaddexp(signal, known + log_rest).mean()

            events, aside = tensors(run, x, background), tensors(run, *held_out)
            return train(density, loss, events, aside, self.schedule, run)[0]

    def log_density(self, models: Vector, x: Floats, given: Floats) -> Floats:
        """Return the logarithm (n,) of the mean density of all ``models`` (K, P)."""
        each = [self._apply(model, _log_prob, x, given) for model in models]
        return np.asarray(np.logaddexp.reduce(each, axis=0)[:, 0] - np.log(len(models)))

    def latent(self, model: Vector, x: Floats, given: Floats) -> Floats:
        """Return what one ``model`` (P,) maps ``x`` to (n, F): standard normal where it is right."""
        return self._apply(model, _to_noise, x, given)

    def carry(self, model: Vector, x: Floats, given: Floats, to: Floats) -> Floats:
        """Return what has the place of ``x`` (n, F) among events with other conditions ``to`` (n, C), by one ``model``."""
        return self._apply(model, _from_noise, self.latent(model, x, given), to)

    def sample(self, models: Vector, given: Floats, seed: int) -> Floats:
        """Draw one x for each of the conditions (n, C), as many by each of the ``models``; returns (n, F)."""
        rng = np.random.default_rng(seed)
        noise, drawn = rng.standard_normal((len(given), self.features)), np.empty((len(given), self.features))
        share = rng.permutation(len(given)) % len(models)
        for i, model in enumerate(models):
            rows = share == i
            drawn[rows] = self._apply(model, _from_noise, noise[rows], given[rows])
        return drawn

    def _apply(
        self, model: Vector, function: Callable[..., torch.Tensor], x: Floats, given: Floats
    ) -> Floats:
        """Evaluate in pieces and in double precision."""
        with seeded(Run()), torch.inference_mode():
            density = self._build()
            restore(density, model)
            density.double().eval()
            pieces = [
                torch.from_numpy(np.ascontiguousarray(a, dtype=np.float64)).split(CHUNK)
                for a in (x, given / self.stretch)
            ]
            found = [function(density, *piece).numpy() for piece in zip(*pieces, strict=True)]
            return np.asarray(np.concatenate(found))

    def _build(self) -> Any:
        steps: list[Any] = []
        for i in range(self.blocks):
            steps += [transforms.BatchNorm(self.features)] if i and not self.bins else []
            steps += [transforms.ReversePermutation(self.features)] if i else []
            steps += [self._transform()]
        return NFlow(transforms.CompositeTransform(steps), StandardNormal([self.features]))

    def _transform(self) -> Any:
        network = {
            "features": self.features,
            "hidden_features": self.hidden,
            "context_features": self.conditions or None,
            "num_blocks": self.depth,
        }
        if not self.bins:
            return transforms.MaskedAffineAutoregressiveTransform(**network)
        return transforms.MaskedPiecewiseRationalQuadraticAutoregressiveTransform(
            **network, num_bins=self.bins, tails="linear", tail_bound=TAIL
        )


def _log_prob(density: Any, x: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
    found: torch.Tensor = density.log_prob(x, _context(given))
    return found[:, None]


def _to_noise(density: Any, x: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
    found: torch.Tensor = density.transform_to_noise(x, _context(given))
    return found


def _from_noise(density: Any, noise: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
    found: torch.Tensor = density._transform.inverse(noise, context=_context(given))[0]
    return found


def _context(given: torch.Tensor) -> torch.Tensor | None:
    return given if given.shape[1] else None

"""The networks of the autoencoders of constituents (arXiv:2101.08944, arXiv:2412.03747)."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn

CONSTITUENTS, COORDINATES = 100, 3
FILTERS = (12, 16, 20)
KERNEL, POOL = 3, 2
DENSE = (204, 48)
_LENGTH = (CONSTITUENTS - 2 * (KERNEL - 1)) // POOL


class ConstituentNetwork(nn.Module):  # type: ignore[misc]
    """Maps constituents (n, 100, 3) to a latent space and back.

    Convolutions along the constituents with 12, 16 and 20 filters, the first over one constituent, the others over three; means
    of two; dense layers of 204 and 48 nodes; then the same backwards. All but the last layers of both parts are followed by ELU.
    With ``variational`` the encoder gives mean and logarithmic variance of each of the ``latent`` numbers. The three
    coordinates are standardised before the first layer, and the last layer undoes it. ``width`` multiplies all numbers of filters and nodes.
    """

    running_mean: torch.Tensor
    running_deviation: torch.Tensor

    def __init__(self, latent: int, variational: bool, width: int = 1) -> None:
        super().__init__()
        self.variational = variational
        self.encoder = nn.Sequential(*_encoder(latent * (2 if variational else 1), width))
        self.decoder = nn.Sequential(*_decoder(latent, width))
        self.register_buffer("running_mean", torch.zeros(COORDINATES))
        self.register_buffer("running_deviation", torch.ones(COORDINATES))
        for layer in self.modules():
            if isinstance(layer, nn.Linear | nn.Conv1d | nn.ConvTranspose1d):
                nn.init.kaiming_uniform_(layer.weight)
                nn.init.zeros_(layer.bias)

    def standardise(self, x: torch.Tensor) -> None:
        """Take mean and deviation of the coordinates from the constituents ``x`` (n, 100, 3) that are not padding."""
        real = x[(x != 0).any(dim=2)].double()
        self.running_mean.copy_(real.mean(dim=0))
        self.running_deviation.copy_(real.std(dim=0))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the constituents (n, 100, 3) that are made of ``x`` (n, 100, 3), and the divergence of its latent space (n,).

        The divergence is -1/2 mean(1 + log v - m^2 - v) over the latent numbers, with their mean m and variance v. In training
        they are drawn, afterwards they are their means.
        """
        code = self.encoder(((x - self.running_mean) / self.running_deviation).transpose(1, 2))
        divergence = x.new_zeros(len(x))
        if self.variational:
            mean, log_variance = code.chunk(2, dim=1)
            divergence = -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).mean(dim=1)
            noise = torch.randn_like(mean) if self.training else torch.zeros_like(mean)
            code = mean + (log_variance / 2).exp() * noise
        return self.decoder(code).transpose(1, 2) * self.running_deviation + self.running_mean, divergence


def _encoder(outputs: int, width: int) -> list[nn.Module]:
    first, second, third, *dense = (width * nodes for nodes in (*FILTERS, *DENSE))
    return [
        nn.Conv1d(COORDINATES, first, 1),
        nn.ELU(),
        nn.Conv1d(first, second, KERNEL),
        nn.ELU(),
        nn.Conv1d(second, third, KERNEL),
        nn.ELU(),
        nn.AvgPool1d(POOL),
        nn.Flatten(),
        *_dense(third * _LENGTH, *dense),
        nn.Linear(dense[-1], outputs),
    ]


def _decoder(inputs: int, width: int) -> list[nn.Module]:
    first, second, third, *dense = (width * nodes for nodes in (*FILTERS, *DENSE))
    return [
        *_dense(inputs, *reversed(dense), third * _LENGTH),
        nn.Unflatten(1, (third, _LENGTH)),
        nn.Upsample(scale_factor=POOL),
        nn.ConvTranspose1d(third, second, KERNEL),
        nn.ELU(),
        nn.ConvTranspose1d(second, first, KERNEL),
        nn.ELU(),
        nn.ConvTranspose1d(first, COORDINATES, 1),
    ]


def _dense(*nodes: int) -> list[nn.Module]:
    return [layer for before, after in pairwise(nodes) for layer in (nn.Linear(before, after), nn.ELU())]

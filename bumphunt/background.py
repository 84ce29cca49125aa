"""A family on the bins of a spectrum, and the same whitened around a reference point.

The raw parameters of a dijet function are correlated at 0.98-0.999, and a minimiser that walks in them stops
short of the minimum while it reports success. With theta = reference + rotation . phi, where phi has unit
Fisher information, it does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from .array import FloatArray
from .binning import merging
from .family import Family
from .integration import quadrature
from .spectrum import FitRangeError


@dataclass(frozen=True, eq=False)
class BinnedBackground:
    """A log-linear background integrated over bins: b_i = sum_q weights_iq exp(design_iq . theta).

    Arguments:
        design: shape (n_bins, n_nodes, n_parameters).
        weights: quadrature weights in GeV, shape (n_bins, n_nodes).

    """

    design: FloatArray
    weights: FloatArray

    @classmethod
    def on(cls, edges: ArrayLike, family: Family) -> BinnedBackground:
        """Put a family on bins with edges in GeV."""
        nodes, weights = quadrature(edges)
        return cls(family.design(nodes / family.sqrt_s), weights)

    @property
    def n_parameters(self) -> int:
        """Number of parameters, normalisations counted."""
        return int(self.design.shape[2])

    def expected(self, theta: ArrayLike) -> FloatArray:
        """Return the expected events in each bin at linear parameters theta."""
        exponent = np.clip(self.design @ np.asarray(theta, dtype=float), -700, 700)
        return np.asarray((self.weights * np.exp(exponent)).sum(-1), dtype=float)

    def whitened(self, theta: ArrayLike) -> Whitened:
        """Return the background in coordinates with unit Fisher information at theta.

        Raises:
            FitRangeError: if the bins do not determine the parameters.

        """
        theta = np.asarray(theta, dtype=float)
        parts = self.weights * np.exp(np.clip(self.design @ theta, -700, 700))
        jacobian = np.einsum("iq,iqp->ip", parts, self.design)
        fisher = (jacobian / parts.sum(-1)[:, None]).T @ jacobian
        scale = np.sqrt(np.diag(fisher))
        try:
            root = np.linalg.cholesky(fisher / np.outer(scale, scale))
        except np.linalg.LinAlgError:
            msg = f"{len(parts)} bins do not determine {len(theta)} parameters; widen the range or use fewer"
            raise FitRangeError(msg) from None
        rotation = np.linalg.inv(root).T / scale[:, None]
        return Whitened(theta, rotation, self.design @ rotation, parts)

    def start(self, counts: FloatArray) -> FloatArray:
        """Return a starting point by least squares in the logarithm, in bins merged to five events.

        Raises:
            FitRangeError: if fewer bins have events than there are parameters.

        """
        used = int((counts > 0).sum())
        if used < self.n_parameters:
            msg = (
                f"{used} of {len(counts)} bins in the fit range have events ({counts.sum():g} in all), "
                f"too few for {self.n_parameters} parameters; widen the range or use fewer parameters"
            )
            raise FitRangeError(msg)
        starts = merging(counts, 5.0)
        if len(starts) < self.n_parameters:
            starts = merging(counts, 1.0)
        width = np.add.reduceat(self.weights.sum(-1), starts)
        mean = np.add.reduceat((self.design * self.weights[..., None]).sum(1), starts) / width[:, None]
        content = np.add.reduceat(counts, starts) + 0.5
        norm = np.abs(mean).max(0)
        root = np.sqrt(content)
        solution = np.linalg.lstsq(mean / norm * root[:, None], np.log(content / width) * root, rcond=1e-9)[0]
        return np.asarray(solution / norm, dtype=float)


def joined(backgrounds: Sequence[BinnedBackground]) -> BinnedBackground:
    """Put the bins of several categories side by side, each with parameters of its own."""
    sizes = [background.n_parameters for background in backgrounds]
    blocks = []
    for index, background in enumerate(backgrounds):
        before, after = sum(sizes[:index]), sum(sizes[index + 1 :])
        blocks.append(np.pad(background.design, ((0, 0), (0, 0), (before, after))))
    return BinnedBackground(np.concatenate(blocks), np.concatenate([b.weights for b in backgrounds]))


@dataclass(frozen=True, eq=False)
class Whitened:
    """A binned background in whitened coordinates phi, theta = reference + rotation . phi.

    Arguments:
        reference: linear parameters at phi = 0, shape (n_parameters,).
        rotation: shape (n_parameters, n_parameters).
        design: design times rotation, shape (n_bins, n_nodes, n_parameters).
        parts: expected events of every node at the reference, shape (n_bins, n_nodes).

    """

    reference: FloatArray
    rotation: FloatArray
    design: FloatArray
    parts: FloatArray

    @property
    def n_parameters(self) -> int:
        """Number of parameters, normalisations counted."""
        return len(self.reference)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of nodes in a bin and number of bins."""
        return self.parts.shape[1], self.parts.shape[0]

    @cached_property
    def nodes(self) -> FloatArray:
        """Whitened design with the first nodes of all bins first, shape (n_nodes * n_bins, n_parameters)."""
        return np.ascontiguousarray(self.design.transpose(1, 0, 2).reshape(-1, self.n_parameters))

    @cached_property
    def base(self) -> FloatArray:
        """Expected events of the nodes at the reference, in the order of `nodes`."""
        return np.ascontiguousarray(self.parts.T.reshape(-1))

    @cached_property
    def expected(self) -> FloatArray:
        """Expected events in each bin at the reference, shape (n_bins,)."""
        return np.asarray(self.parts.sum(-1), dtype=float)

    @cached_property
    def mean(self) -> FloatArray:
        """Mean whitened design of each bin, shape (n_bins, n_parameters)."""
        total = np.einsum("iq,iqp->ip", self.parts, self.design)
        return np.asarray(total / self.expected[:, None], dtype=float)

    @cached_property
    def pairs(self) -> FloatArray:
        """Products of the mean design with itself, shape (n_bins, n_parameters ** 2)."""
        return (self.mean[:, :, None] * self.mean[:, None, :]).reshape(len(self.mean), -1)

    def theta(self, phi: ArrayLike) -> FloatArray:
        """Return the linear parameters of whitened coordinates, shape (..., n_parameters)."""
        return np.asarray(self.reference + np.asarray(phi) @ self.rotation.T, dtype=float)

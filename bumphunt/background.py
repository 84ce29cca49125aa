"""A family on the bins of a spectrum, and the same whitened around a reference point.

The raw parameters of a dijet function are correlated at 0.98-0.999, and a minimiser that walks in them stops
short of the minimum while it reports success. With theta = reference + rotation . phi, where phi has unit
Fisher information, it does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .array import FloatArray, IntArray
from .binning import merging
from .family import Family
from .integration import quadrature
from .spectrum import FitRangeError
from .whitened import Whitened


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
            FitRangeError: if the events in the bins do not determine the parameters.

        """
        theta = np.asarray(theta, dtype=float)
        parts = self.weights * np.exp(np.clip(self.design @ theta, -700, 700))
        jacobian = np.einsum("iq,iqp->ip", parts, self.design)
        fisher = (jacobian / parts.sum(-1)[:, None]).T @ jacobian
        scale = np.sqrt(np.diag(fisher))
        try:
            root = np.linalg.cholesky(fisher / np.outer(scale, scale))
        except np.linalg.LinAlgError:
            msg = (
                f"{parts.sum():.0f} events in {len(parts)} bins do not determine {len(theta)} parameters; "
                "widen the range or use fewer parameters"
            )
            raise FitRangeError(msg) from None
        rotation = np.linalg.inv(root).T / scale[:, None]
        return Whitened(theta, rotation, self.design @ rotation, parts)

    def start(self, counts: FloatArray) -> FloatArray:
        """Return a starting point by least squares in the logarithm, in bins merged to five events.

        Raises:
            FitRangeError: if fewer bins have events than there are parameters.

        """
        starts = thick(counts, self.n_parameters)
        width = np.add.reduceat(self.weights.sum(-1), starts)
        mean = np.add.reduceat((self.design * self.weights[..., None]).sum(1), starts) / width[:, None]
        content = np.add.reduceat(counts, starts) + 0.5
        norm = np.abs(mean).max(0)
        root = np.sqrt(content)
        solution = np.linalg.lstsq(mean / norm * root[:, None], np.log(content / width) * root, rcond=1e-9)[0]
        return np.asarray(solution / norm, dtype=float)


def thick(counts: FloatArray, n_parameters: int) -> IntArray:
    """Return where bins start when they are merged to five events each, or to one if few would be left.

    Raises:
        FitRangeError: if fewer bins have events than there are parameters.

    """
    used = int((counts > 0).sum())
    if used < n_parameters:
        msg = (
            f"{used} of {len(counts)} bins in the fit range have events ({counts.sum():g} in all), "
            f"too few for {n_parameters} parameters; widen the range or use fewer parameters"
        )
        raise FitRangeError(msg)
    starts = merging(counts, 5.0)
    return starts if len(starts) >= n_parameters else merging(counts, 1.0)


def joined(backgrounds: Sequence[BinnedBackground]) -> BinnedBackground:
    """Put the bins of several categories side by side, each with parameters of its own."""
    sizes = [background.n_parameters for background in backgrounds]
    blocks = []
    for index, background in enumerate(backgrounds):
        before, after = sum(sizes[:index]), sum(sizes[index + 1 :])
        blocks.append(np.pad(background.design, ((0, 0), (0, 0), (before, after))))
    return BinnedBackground(np.concatenate(blocks), np.concatenate([b.weights for b in backgrounds]))

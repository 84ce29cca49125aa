"""A binned curve in whitened coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from .array import FloatArray

if TYPE_CHECKING:
    from .curve_binned import BinnedCurve


@dataclass(frozen=True, eq=False)
class WhitenedCurve:
    """A binned curve in whitened coordinates phi, theta = reference + rotation . phi; a `Basis`.

    Arguments:
        reference: parameters (ln p0, p1, ...) at phi = 0, shape (n_parameters,).
        rotation: shape (n_parameters, n_parameters).
        binned: the curve on its bins.

    """

    reference: FloatArray
    rotation: FloatArray
    binned: BinnedCurve

    @property
    def n_parameters(self) -> int:
        """Number of parameters, normalisations counted."""
        return len(self.reference)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of nodes in a bin and number of bins."""
        n_nodes, n_bins = self.binned.x.shape
        return n_nodes, n_bins

    @property
    def linear(self) -> bool:
        """Never."""
        return False

    @cached_property
    def expected(self) -> FloatArray:
        """Expected events in each bin at the reference, shape (n_bins,)."""
        return self.binned.expected(self.reference)

    def parts(self, phi: FloatArray) -> FloatArray:
        """Return the events of every node, see `Basis`."""
        return self.binned.parts(self.theta(phi))

    def pull(self, weighted: FloatArray, phi: FloatArray) -> FloatArray:
        """Return the sum of a weight times the slopes, see `Basis`."""
        slopes = self.binned.logarithm(self.theta(phi), 1)[1]
        return np.asarray(np.einsum("rqi,rqip->rp", weighted, slopes) @ self.rotation, dtype=float)

    def means(self, parts: FloatArray, phi: FloatArray) -> FloatArray:
        """Return the mean slopes in each bin, see `Basis`."""
        return np.asarray(self.jacobian(parts, phi) / parts.sum(1)[:, :, None], dtype=float)

    def jacobian(self, parts: FloatArray, phi: FloatArray) -> FloatArray:
        """Return the derivatives of the events in each bin, see `Basis`."""
        slopes = self.binned.logarithm(self.theta(phi), 1)[1]
        return np.asarray(np.einsum("rqi,rqip->rip", parts, slopes) @ self.rotation, dtype=float)

    def second(self, weighted: FloatArray, phi: FloatArray) -> FloatArray:
        """Return the weighted sum of second derivatives, see `Basis`."""
        _, slopes, bends = self.binned.logarithm(self.theta(phi), 2)
        flat = slopes.reshape(len(phi), -1, self.n_parameters)
        squares = flat.transpose(0, 2, 1) @ (weighted.reshape(len(phi), -1, 1) * flat)
        total = squares + np.einsum("rqi,rqips->rps", weighted, bends)
        return np.asarray(self.rotation.T @ total @ self.rotation, dtype=float)

    def theta(self, phi: ArrayLike) -> FloatArray:
        """Return the parameters (ln p0, p1, ...) of whitened coordinates, shape (..., n_parameters)."""
        return np.asarray(self.reference + np.asarray(phi) @ self.rotation.T, dtype=float)

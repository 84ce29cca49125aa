"""What a likelihood needs of a background, and the log-linear background in whitened coordinates.

The raw parameters of a dijet function are correlated at 0.98-0.999, and a minimiser that walks in them stops
short of the minimum while it reports success. With theta = reference + rotation . phi, where phi has unit
Fisher information, it does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from .array import FloatArray

LARGEST = 230.0  # exponent, so that squares of expectations neither vanish nor overflow


class Basis(Protocol):
    """A background in whitened coordinates phi, on bins with a few nodes each; phi = 0 is its reference."""

    @property
    def reference(self) -> FloatArray:
        """Linear parameters (ln p0, p1, ...) at the reference, shape (n_parameters,)."""
        ...

    @property
    def rotation(self) -> FloatArray:
        """Linear parameters by whitened coordinate, shape (n_parameters, n_parameters)."""
        ...

    @property
    def n_parameters(self) -> int:
        """Number of parameters, normalisations counted."""
        ...

    @property
    def shape(self) -> tuple[int, int]:
        """Number of nodes in a bin and number of bins."""
        ...

    @property
    def expected(self) -> FloatArray:
        """Expected events in each bin at the reference, shape (n_bins,)."""
        ...

    @property
    def linear(self) -> bool:
        """Whether the logarithm of the background is linear in phi."""
        ...

    def parts(self, phi: FloatArray) -> FloatArray:
        """Return the events of every node, shape (n_rows, n_nodes, n_bins)."""
        ...

    def pull(self, weighted: FloatArray, phi: FloatArray) -> FloatArray:
        """Return the sum over nodes of a weight times d ln part / d phi, shape (n_rows, n_parameters).

        Arguments:
            weighted: shape (n_rows, n_nodes, n_bins).
            phi: shape (n_rows, n_parameters).

        """
        ...

    def means(self, parts: FloatArray, phi: FloatArray) -> FloatArray:
        """Return the mean of d ln part / d phi in each bin, shape (n_rows or 1, n_bins, n_parameters)."""
        ...

    def jacobian(self, parts: FloatArray, phi: FloatArray) -> FloatArray:
        """Return the derivatives of the events in each bin, shape (n_rows, n_bins, n_parameters)."""
        ...

    def second(self, weighted: FloatArray, phi: FloatArray) -> FloatArray:
        """Return the sum over nodes of a weight times the second derivative of a part over the part.

        Arguments:
            weighted: shape (n_rows, n_nodes, n_bins).
            phi: shape (n_rows, n_parameters).

        Returns:
            Shape (n_rows, n_parameters, n_parameters).

        """
        ...

    def theta(self, phi: ArrayLike) -> FloatArray:
        """Return the linear parameters of whitened coordinates, shape (..., n_parameters)."""
        ...


@dataclass(frozen=True, eq=False)
class Whitened:
    """A binned log-linear background in whitened coordinates phi, theta = reference + rotation . phi.

    Arguments:
        reference: linear parameters at phi = 0, shape (n_parameters,).
        rotation: shape (n_parameters, n_parameters).
        design: design times rotation, shape (n_bins, n_nodes, n_parameters).
        at_reference: expected events of every node at phi = 0, shape (n_bins, n_nodes).

    """

    reference: FloatArray
    rotation: FloatArray
    design: FloatArray
    at_reference: FloatArray

    @property
    def n_parameters(self) -> int:
        """Number of parameters, normalisations counted."""
        return len(self.reference)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of nodes in a bin and number of bins."""
        return self.at_reference.shape[1], self.at_reference.shape[0]

    @property
    def linear(self) -> bool:
        """Always."""
        return True

    @cached_property
    def nodes(self) -> FloatArray:
        """Whitened design with the first nodes of all bins first, shape (n_nodes * n_bins, n_parameters)."""
        return np.ascontiguousarray(self.design.transpose(1, 0, 2).reshape(-1, self.n_parameters))

    @cached_property
    def base(self) -> FloatArray:
        """Expected events of the nodes at the reference, in the order of `nodes`."""
        return np.ascontiguousarray(self.at_reference.T.reshape(-1))

    @cached_property
    def expected(self) -> FloatArray:
        """Expected events in each bin at the reference, shape (n_bins,)."""
        return np.asarray(self.at_reference.sum(-1), dtype=float)

    @cached_property
    def mean(self) -> FloatArray:
        """Mean whitened design of each bin at the reference, shape (n_bins, n_parameters)."""
        total = np.einsum("iq,iqp->ip", self.at_reference, self.design)
        return np.asarray(total / self.expected[:, None], dtype=float)

    def parts(self, phi: FloatArray) -> FloatArray:
        """Return the events of every node, see `Basis`."""
        parts = phi @ self.nodes.T
        np.exp(np.clip(parts, -LARGEST, LARGEST, out=parts), out=parts)
        parts *= self.base
        return np.asarray(parts.reshape(len(phi), *self.shape), dtype=float)

    def pull(self, weighted: FloatArray, phi: FloatArray) -> FloatArray:  # noqa: ARG002
        """Return the sum of a weight times the slopes, see `Basis`."""
        return np.asarray(weighted.reshape(len(weighted), -1) @ self.nodes, dtype=float)

    def means(self, parts: FloatArray, phi: FloatArray) -> FloatArray:  # noqa: ARG002
        """Return the mean slopes in each bin, those at the reference for all rows, see `Basis`."""
        return self.mean[None]

    def jacobian(self, parts: FloatArray, phi: FloatArray) -> FloatArray:  # noqa: ARG002
        """Return the derivatives of the events in each bin, see `Basis`."""
        return np.asarray(np.einsum("rqi,iqp->rip", parts, self.design), dtype=float)

    def second(self, weighted: FloatArray, phi: FloatArray) -> FloatArray:  # noqa: ARG002
        """Return the weighted sum of second derivatives, see `Basis`."""
        sums = np.einsum("rqi,iqp,iqs->rps", weighted, self.design, self.design, optimize=True)
        return np.asarray(sums, dtype=float)

    def theta(self, phi: ArrayLike) -> FloatArray:
        """Return the linear parameters of whitened coordinates, shape (..., n_parameters)."""
        return np.asarray(self.reference + np.asarray(phi) @ self.rotation.T, dtype=float)

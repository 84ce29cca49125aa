"""A curve on the bins of spectra, each category with parameters of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .array import FloatArray
from .background import BinnedBackground, thick
from .curve import Curve
from .curve_start import near
from .curve_whitened import WhitenedCurve
from .integration import quadrature
from .likelihood import Likelihood
from .scoring import minimise
from .spectrum import FitRangeError
from .whitened import LARGEST

SMALLEST = 1e-10  # eigenvalue of a correlation matrix below which a combination of parameters has no effect
FAR = 20.0  # negative log likelihood above the best start, beyond which another is not followed
WHITENINGS = 2  # of a fit that does not converge at once
SAME = 1e-3  # below which two starts are in the same minimum


@dataclass(frozen=True, eq=False)
class BinnedCurve:
    """A curve integrated over bins: b_i = sum_q weights_qi exp(ln f(x_qi)).

    Arguments:
        curve: the function, that of every category.
        x: mass over sqrt(s) of the nodes, shape (n_nodes, n_bins).
        weights: quadrature weights in GeV, shape (n_nodes, n_bins).
        sizes: number of bins in each category.

    """

    curve: Curve
    x: FloatArray
    weights: FloatArray
    sizes: tuple[int, ...]

    @classmethod
    def on(cls, edges: ArrayLike, curve: Curve) -> BinnedCurve:
        """Put a curve on bins with edges in GeV."""
        nodes, weights = quadrature(edges)
        return cls(curve, curve.inside(nodes / curve.sqrt_s).T, weights.T, (len(nodes),))

    @classmethod
    def joined(cls, parts: Sequence[BinnedCurve]) -> BinnedCurve:
        """Put the bins of several categories side by side, each with parameters of its own."""
        x, weights = (
            np.concatenate([getattr(part, name) for part in parts], axis=1) for name in ("x", "weights")
        )
        return cls(parts[0].curve, x, weights, tuple(size for part in parts for size in part.sizes))

    @property
    def n_parameters(self) -> int:
        """Number of parameters, normalisations counted."""
        return (1 + self.curve.n_shape) * len(self.sizes)

    def logarithm(self, theta: FloatArray, order: int = 0) -> tuple[FloatArray, ...]:
        """Return ln f at the nodes and, up to the order, its derivatives.

        Arguments:
            theta: parameters (ln p0, p1, ...) of all categories, shape (n_rows, n_parameters).
            order: 0, 1 or 2.

        Returns:
            Arrays of shape (n_rows, n_nodes, n_bins, ...), with n_parameters once or twice at the end.

        """
        n, blocks = 1 + self.curve.n_shape, []
        for index, last in enumerate(np.cumsum(self.sizes)):
            x = self.x[:, last - self.sizes[index] : last]
            found = self.curve.logarithm(x.reshape(-1), theta[:, n * index : n * (index + 1)], order)
            around = (n * index, n * (len(self.sizes) - 1 - index))
            blocks.append(
                [_padded(part.reshape(len(theta), *x.shape, *part.shape[2:]), around) for part in found]
            )
        return tuple(np.concatenate(parts, axis=2) for parts in zip(*blocks, strict=True))

    def expected(self, theta: ArrayLike) -> FloatArray:
        """Return the expected events in each bin at parameters (ln p0, p1, ...)."""
        return np.asarray(self.parts(np.asarray(theta, dtype=float)[None])[0].sum(0), dtype=float)

    def parts(self, theta: FloatArray) -> FloatArray:
        """Return the events of every node, shape (n_rows, n_nodes, n_bins)."""
        return self.weights * np.exp(np.clip(self.logarithm(theta)[0], -LARGEST, LARGEST))

    def whitened(self, theta: ArrayLike) -> WhitenedCurve:
        """Return the curve in coordinates with unit Fisher information at theta.

        A combination of parameters that changes nothing there keeps a finite scale: it may matter elsewhere.

        Raises:
            FitRangeError: if there are fewer bins than parameters.

        """
        theta = np.asarray(theta, dtype=float)
        parts = self.parts(theta[None])[0]
        if parts.shape[1] < len(theta):
            msg = f"{parts.shape[1]} bins do not determine {len(theta)} parameters; widen the range or use fewer"
            raise FitRangeError(msg)
        jacobian = np.einsum("qi,qip->ip", parts, self.logarithm(theta[None], 1)[1][0])
        fisher = (jacobian / parts.sum(0)[:, None]).T @ jacobian
        scale = np.sqrt(np.diag(fisher))
        scale[scale == 0] = 1.0
        values, vectors = np.linalg.eigh(fisher / np.outer(scale, scale))
        rotation = vectors / np.sqrt(np.maximum(values, SMALLEST * values[-1])) / scale[:, None]
        return WhitenedCurve(theta, rotation, self)

    def start(self, counts: FloatArray) -> FloatArray:
        """Return where the likelihood of one spectrum in one category is smallest, searched from all starts.

        Arguments:
            counts: shape (n_bins,).

        Raises:
            FitRangeError: if fewer bins have events than there are parameters.

        """
        merged = thick(counts, self.n_parameters)
        starts = near(self.curve, self.x, self.weights, counts, merged)
        points = [*self._within(counts), *self._distinct(starts, counts)]
        return min((_lowest(self, theta, counts) for theta in points), key=lambda one: one[0])[1]

    def _within(self, counts: FloatArray) -> FloatArray:
        """Return the minimum of the smaller family within the curve, shape (1, n_parameters); (0, n_parameters) for none."""
        if self.curve.smaller is None:
            return np.empty((0, self.n_parameters))
        family, extend = self.curve.smaller
        if isinstance(family, Curve):
            inner = BinnedCurve(family, self.x, self.weights, self.sizes).start(counts)
        else:
            straight = BinnedBackground(family.design(self.x.T), self.weights.T)
            try:
                inner = _lowest(straight, straight.start(counts), counts)[1]
            except FitRangeError:  # a smaller one may not be determined where this one is
                return np.empty((0, self.n_parameters))
        theta = np.array([0.0, *extend(inner[1:])])
        theta[0] = np.log(counts.sum() / self.expected(theta).sum())
        return theta[None]

    def _distinct(self, theta: FloatArray, counts: FloatArray) -> list[FloatArray]:
        """Return the points that are neither far from the best nor the same as a better one."""
        expected = self.parts(theta).sum(1)
        nll = (expected - counts * np.log(expected)).sum(-1)
        order = np.argsort(nll)
        order = order[nll[order] < nll[order[0]] + FAR]
        return [
            theta[one]
            for one, step in zip(order, np.diff(nll[order], prepend=-np.inf), strict=True)
            if step > SAME
        ]


def _lowest(
    background: BinnedBackground | BinnedCurve, theta: FloatArray, counts: FloatArray
) -> tuple[float, FloatArray]:
    """Return the smallest negative log likelihood of one spectrum from a point, and its parameters (ln p0, p1, ...)."""
    for _ in range(WHITENINGS):
        basis = background.whitened(theta)
        minimum = minimise(Likelihood(basis, counts[None]))
        theta = basis.theta(minimum.point[0])
        if minimum.converged[0]:
            break
    return float(minimum.nll[0]), theta


def _padded(part: FloatArray, around: tuple[int, int]) -> FloatArray:
    """Put zeros before and after the parameters of one category."""
    if around == (0, 0):
        return part
    return np.pad(part, [(0, 0)] * 3 + [around] * (part.ndim - 3))

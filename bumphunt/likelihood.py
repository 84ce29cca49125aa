"""The binned Poisson likelihood of many spectra at once: rows of counts against one whitened background.

The negative log likelihood is counted from the saturated model, sum(lam - n + n ln(n / lam)), half the
Baker-Cousins deviance: the constant it leaves out depends on the data alone, and no digits are lost.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from .array import FloatArray
from .background import Whitened

SMALLEST = 1e-100  # expected events of a bin: far below any effect, and its square is still a number
LARGEST = 230.0  # exponent, so that squares of expectations neither vanish nor overflow


@dataclass(frozen=True, eq=False)
class Value:
    """A likelihood evaluated at one point per row.

    Arguments:
        parts: background of every node, shape (n_rows, n_nodes, n_bins).
        background: shape (n_rows, n_bins).
        expected: background and signal, shape (n_rows, n_bins).
        nll: negative log likelihood from the saturated model, infinite where a bin expects no events or less.

    """

    parts: FloatArray
    background: FloatArray
    expected: FloatArray
    nll: FloatArray

    def rows(self, index: Any) -> Value:
        """Keep some rows."""
        return Value(self.parts[index], self.background[index], self.expected[index], self.nll[index])

    def put(self, index: Any, other: Value) -> None:
        """Overwrite some rows."""
        self.parts[index], self.background[index] = other.parts, other.background
        self.expected[index], self.nll[index] = other.expected, other.nll


@dataclass(frozen=True, eq=False)
class Likelihood:
    """Poisson likelihood of rows of counts for a background and, if there is a template, a signal.

    A point holds the whitened background parameters and, for a free signal, its strength in units of `unit`.

    Arguments:
        background: the whitened background that all rows share.
        counts: events in each bin (not necessarily whole: Asimov data), shape (n_rows, n_bins).
        template: expected events of a signal of unit strength, shape (n_rows, n_bins) or (1, n_bins).
        strength: fixed number of signal events, shape (n_rows,); None with a template leaves it free.
        lowest: smallest strength allowed, shape (n_rows,); needed for a free signal.

    """

    background: Whitened
    counts: FloatArray
    template: FloatArray | None = None
    strength: FloatArray | None = None
    lowest: FloatArray | None = None

    @property
    def free(self) -> bool:
        """Whether a signal strength is fitted."""
        return self.template is not None and self.strength is None

    @property
    def n_parameters(self) -> int:
        """Number of fitted parameters."""
        return self.background.n_parameters + self.free

    @cached_property
    def unit(self) -> FloatArray:
        """Strength that is one standard deviation with the background known, shape (n_rows,) or (1,)."""
        if self.template is None:
            return np.ones(1)
        return np.asarray(1 / np.sqrt((self.template**2 / self.background.expected).sum(-1)), dtype=float)

    @cached_property
    def _saturated(self) -> FloatArray:
        return np.where(self.counts > 0, self.counts, 1.0)

    def rows(self, index: Any) -> Likelihood:
        """Keep some rows."""
        template = self.template
        if template is not None and len(template) > 1:
            template = template[index]
        return replace(
            self,
            counts=self.counts[index],
            template=template,
            strength=None if self.strength is None else self.strength[index],
            lowest=None if self.lowest is None else self.lowest[index],
        )

    def strengths(self, point: FloatArray) -> FloatArray:
        """Return the number of signal events of each row, shape (n_rows,)."""
        if self.free:
            return np.asarray(point[:, -1] * self.unit, dtype=float)
        return np.zeros(len(point)) if self.strength is None else self.strength

    def evaluate(self, point: FloatArray) -> Value:
        """Evaluate the likelihood at one point per row, shape (n_rows, n_parameters)."""
        parts = point[:, : self.background.n_parameters] @ self.background.nodes.T
        np.exp(np.clip(parts, -LARGEST, LARGEST, out=parts), out=parts)
        parts *= self.background.base
        parts = parts.reshape(len(point), *self.background.shape)
        background = np.maximum(parts.sum(1), SMALLEST)
        expected = background
        if self.template is not None:
            expected = background + self.strengths(point)[:, None] * self.template
        with np.errstate(divide="ignore", invalid="ignore"):
            nll = (expected - self.counts - self.counts * np.log(expected / self._saturated)).sum(-1)
        nll[~(expected > 0).all(-1)] = np.inf
        return Value(parts, background, expected, nll)

    def gradient(self, value: Value) -> FloatArray:
        """Return the exact first derivatives, shape (n_rows, n_parameters)."""
        residual = 1 - self.counts / value.expected
        pulled = (value.parts * residual[:, None, :]).reshape(len(residual), -1)
        gradient = pulled @ self.background.nodes
        if self.template is None or not self.free:
            return gradient
        by_signal = (residual * self.template).sum(-1) * self.unit
        return np.concatenate([gradient, by_signal[:, None]], axis=1)

    def curvature(self, value: Value, observed: bool = False) -> FloatArray:
        """Return the expected (Fisher) or the observed information, shape (n_rows, n_parameters, n_parameters).

        The design of a bin is taken at its mean over the bin, which costs a little speed of convergence and nothing
        at the minimum; `information` is exact.
        """
        n_background, n = self.background.n_parameters, self.n_parameters
        second = self.counts / value.expected**2 if observed else 1 / value.expected
        block = value.background**2 * second
        if observed:
            block += value.background * (1 - self.counts / value.expected)
        curvature = np.empty((len(block), n, n))
        square = (len(block), n_background, n_background)
        curvature[:, :n_background, :n_background] = (block @ self.background.pairs).reshape(square)
        if self.template is not None and self.free:
            scaled = self.template * self.unit[:, None]
            cross = (value.background * second * scaled) @ self.background.mean
            curvature[:, -1, :-1] = curvature[:, :-1, -1] = cross
            curvature[:, -1, -1] = (second * scaled**2).sum(-1)
        return curvature

    def information(self, value: Value) -> FloatArray:
        """Return the observed information, the exact second derivatives, shape (n_rows, n, n)."""
        design = self.background.design
        residual = 1 - self.counts / value.expected
        jacobian = np.einsum("rqi,iqp->rip", value.parts, design)
        second = np.einsum("rqi,ri,iqp,iqs->rps", value.parts, residual, design, design, optimize=True)
        if self.template is not None and self.free:
            scaled = np.broadcast_to(self.template * self.unit[:, None], value.expected.shape)
            jacobian = np.concatenate([jacobian, scaled[:, :, None]], axis=2)
            second = np.pad(second, ((0, 0), (0, 1), (0, 1)))
        curvature = self.counts / value.expected**2
        first = np.einsum("ri,rip,ris->rps", curvature, jacobian, jacobian, optimize=True)
        return np.asarray(second + first, dtype=float)

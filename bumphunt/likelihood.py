"""The binned Poisson likelihood of many spectra at once: rows of counts against one background.

The negative log likelihood is counted from the saturated model, sum(lam - n + n ln(n / lam)), half the
Baker-Cousins deviance: the constant it leaves out depends on the data alone, and no digits are lost.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from .array import FloatArray
from .variation import Variations
from .whitened import Basis

SMALLEST = 1e-100  # expected events of a bin: far below any effect, and its square is still a number


@dataclass(frozen=True, eq=False)
class Value:
    """A likelihood evaluated at one point per row.

    Arguments:
        point: where, shape (n_rows, n_parameters).
        parts: background of every node, shape (n_rows, n_nodes, n_bins).
        background: shape (n_rows, n_bins).
        expected: background and signal, shape (n_rows, n_bins).
        nll: negative log likelihood from the saturated model, infinite where a bin expects no events or less.

    """

    point: FloatArray
    parts: FloatArray
    background: FloatArray
    expected: FloatArray
    nll: FloatArray

    def rows(self, index: Any) -> Value:
        """Keep some rows."""
        return Value(
            self.point[index],
            self.parts[index],
            self.background[index],
            self.expected[index],
            self.nll[index],
        )

    def put(self, index: Any, other: Value) -> None:
        """Overwrite some rows."""
        self.point[index], self.parts[index] = other.point, other.parts
        self.background[index], self.expected[index] = other.background, other.expected
        self.nll[index] = other.nll


@dataclass(frozen=True, eq=False)
class Likelihood:
    """Poisson likelihood of rows of counts for a background and, if there is a template, a signal.

    A point holds the whitened background parameters, for a free signal its strength in units of `unit`, and the
    nuisance parameters, each with a Gaussian constraint of width one.

    Arguments:
        background: the whitened background that all rows share.
        counts: events in each bin (not necessarily whole: Asimov data), shape (n_rows, n_bins).
        template: expected events of a signal of unit strength, shape (n_rows, n_bins) or (1, n_bins).
        strength: fixed number of signal events, shape (n_rows,); None with a template leaves it free.
        lowest: smallest strength allowed, shape (n_rows,); needed for a free signal.
        variations: nuisance parameters of the signal; None without any.
        centres: their auxiliary measurements, shape (n_rows, n_nuisances); None stands for zero.

    """

    background: Basis
    counts: FloatArray
    template: FloatArray | None = None
    strength: FloatArray | None = None
    lowest: FloatArray | None = None
    variations: Variations | None = None
    centres: FloatArray | None = None

    @property
    def free(self) -> bool:
        """Whether a signal strength is fitted."""
        return self.template is not None and self.strength is None

    @property
    def n_nuisances(self) -> int:
        """Number of nuisance parameters of the signal."""
        return 0 if self.template is None or self.variations is None else len(self.variations)

    @property
    def n_parameters(self) -> int:
        """Number of fitted parameters."""
        return self.background.n_parameters + self.free + self.n_nuisances

    @cached_property
    def unit(self) -> FloatArray:
        """Strength that is one standard deviation with the background and one signal event, shape (n_rows,) or (1,)."""
        if self.template is None:
            return np.ones(1)
        variance = np.maximum(self.background.expected + self.template, SMALLEST)
        return np.asarray(1 / np.sqrt((self.template**2 / variance).sum(-1)), dtype=float)

    @property
    def guess(self) -> FloatArray:
        """Number of signal events by the excess over the background at its reference, not negative, shape (n_rows,)."""
        assert self.template is not None
        background = self.background.expected
        weighted = self.template / np.maximum(self.counts + background + self.template, SMALLEST)
        excess = (weighted * (self.counts - background)).sum(-1) / (weighted * self.template).sum(-1)
        return np.asarray(np.maximum(excess, 0.0), dtype=float)

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
            centres=None if self.centres is None else self.centres[index],
        )

    def strengths(self, point: FloatArray) -> FloatArray:
        """Return the number of signal events of each row, shape (n_rows,)."""
        if self.free:
            return np.asarray(point[:, self.background.n_parameters] * self.unit, dtype=float)
        return np.zeros(len(point)) if self.strength is None else self.strength

    def nuisances(self, point: FloatArray) -> FloatArray:
        """Return the nuisance parameters, shape (n_rows, n_nuisances)."""
        return point[:, point.shape[1] - self.n_nuisances :]

    def evaluate(self, point: FloatArray) -> Value:
        """Evaluate the likelihood at one point per row, shape (n_rows, n_parameters)."""
        parts = self.background.parts(point[:, : self.background.n_parameters])
        background = np.maximum(parts.sum(1), SMALLEST)
        expected = background
        if self.template is not None:
            expected = background + self.strengths(point)[:, None] * self._signal(point)
        with np.errstate(divide="ignore", invalid="ignore"):
            nll = (expected - self.counts - self.counts * np.log(expected / self._saturated)).sum(-1)
        nll[~(expected > 0).all(-1)] = np.inf
        if self.n_nuisances:
            nll += 0.5 * (self._pulls(point) ** 2).sum(-1)
        return Value(point, parts, background, expected, nll)

    def gradient(self, value: Value) -> FloatArray:
        """Return the exact first derivatives, shape (n_rows, n_parameters)."""
        residual = 1 - self.counts / value.expected
        phi = value.point[:, : self.background.n_parameters]
        gradient = self.background.pull(value.parts * residual[:, None, :], phi)
        if self.template is None:
            return gradient
        by_signal = np.einsum("ri,rei->re", residual, self._slopes(value.point))
        if self.n_nuisances:
            by_signal[:, by_signal.shape[1] - self.n_nuisances :] += self._pulls(value.point)
        return np.concatenate([gradient, by_signal], axis=1)

    def curvature(self, value: Value, observed: bool = False) -> FloatArray:
        """Return the expected (Fisher) or the observed information, shape (n_rows, n_parameters, n_parameters).

        The slope of a bin is taken at its mean over the bin, which costs a little speed of convergence and nothing
        at the minimum; `information` is exact.
        """
        n_background, n = self.background.n_parameters, self.n_parameters
        second = self.counts / value.expected**2 if observed else 1 / value.expected
        block = value.background**2 * second
        if observed:
            block += value.background * (1 - self.counts / value.expected)
        means = self.background.means(value.parts, value.point[:, :n_background])
        curvature = np.zeros((len(block), n, n))
        curvature[:, :n_background, :n_background] = _outer(block, means)
        if n > n_background:
            slopes = self._slopes(value.point)
            weighted = second[:, None, :] * slopes
            cross = (value.background[:, None, :] * weighted) @ means
            curvature[:, n_background:, :n_background] = cross
            curvature[:, :n_background, n_background:] = cross.transpose(0, 2, 1)
            curvature[:, n_background:, n_background:] = weighted @ slopes.transpose(0, 2, 1)
            self._constrain(curvature)
        return curvature

    def information(self, value: Value) -> FloatArray:
        """Return the observed information, the exact second derivatives, shape (n_rows, n, n)."""
        n_background = self.background.n_parameters
        phi = value.point[:, :n_background]
        residual = 1 - self.counts / value.expected
        jacobian = self.background.jacobian(value.parts, phi)
        second = self.background.second(value.parts * residual[:, None, :], phi)
        if self.n_parameters > n_background:
            slopes = np.broadcast_to(
                self._slopes(value.point), (len(phi), self.n_parameters - n_background, jacobian.shape[1])
            )
            jacobian = np.concatenate([jacobian, slopes.transpose(0, 2, 1)], axis=2)
            second = np.pad(second, ((0, 0), *(2 * [(0, self.n_parameters - n_background)])))
            if self.n_nuisances:
                second[:, n_background:, n_background:] += self._bend(value.point, residual)
        curvature = self.counts / value.expected**2
        first = np.einsum("ri,rip,ris->rps", curvature, jacobian, jacobian, optimize=True)
        information = np.asarray(second + first, dtype=float)
        self._constrain(information)
        return information

    def _pulls(self, point: FloatArray) -> FloatArray:
        nu = self.nuisances(point)
        return nu if self.centres is None else nu - self.centres

    def _signal(self, point: FloatArray) -> FloatArray:
        """Return the events of a signal of unit strength, shape (n_rows or 1, n_bins)."""
        assert self.template is not None
        if self.variations is None or not self.n_nuisances:
            return self.template
        return self.variations.signal(self.template, self.nuisances(point))[0]

    def _slopes(self, point: FloatArray) -> FloatArray:
        """Return the derivatives by strength and nuisances, shape (n_rows or 1, 0 to 1 + n_nuisances, n_bins)."""
        assert self.template is not None
        scaled = self.unit[:, None, None] if self.free else np.zeros((1, 0, 1))
        if self.variations is None or not self.n_nuisances:
            return np.asarray(scaled * self.template[:, None, :], dtype=float)
        signal, slopes = self.variations.signal(self.template, self.nuisances(point))
        by_strength = scaled * signal[:, None, :]
        return np.concatenate([by_strength, self.strengths(point)[:, None, None] * slopes], axis=1)

    def _bend(self, point: FloatArray, residual: FloatArray) -> FloatArray:
        """Return the second derivatives of the signal, weighted and summed over bins."""
        assert self.template is not None
        assert self.variations is not None
        nu, n = self.nuisances(point), int(self.free) + self.n_nuisances
        bend = np.zeros((len(point), n, n))
        inner = np.einsum("ri,rkli->rkl", residual, self.variations.second(self.template, nu))
        bend[:, n - self.n_nuisances :, n - self.n_nuisances :] = self.strengths(point)[:, None, None] * inner
        if self.free:
            slopes = self.variations.signal(self.template, nu)[1]
            cross = np.einsum("ri,rki->rk", residual, slopes) * np.reshape(self.unit, (-1, 1))
            bend[:, 0, 1:] = bend[:, 1:, 0] = cross
        return bend

    def _constrain(self, matrix: FloatArray) -> None:
        constrained = np.arange(self.n_parameters - self.n_nuisances, self.n_parameters)
        matrix[:, constrained, constrained] += 1


def _outer(block: FloatArray, means: FloatArray) -> FloatArray:
    """Return the weighted sum over bins of the products of mean slopes, shape (n_rows, n, n)."""
    n = means.shape[2]
    if len(means) == 1:
        pairs = (means[0][:, :, None] * means[0][:, None, :]).reshape(-1, n * n)
        return np.asarray((block @ pairs).reshape(len(block), n, n), dtype=float)
    return np.asarray((block[:, :, None] * means).transpose(0, 2, 1) @ means, dtype=float)

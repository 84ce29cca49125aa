"""How nuisance parameters change the signal in every bin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .array import FloatArray


@dataclass(frozen=True, eq=False)
class Variations:
    """Nuisance parameters of a signal, each with a Gaussian constraint of width one around its auxiliary measurement.

    A signal of strength s has s exp(log_kappa . nu) (t + sum_k (linear_k nu_k + quadratic_k nu_k^2)) events in a bin with
    t events of unit strength.

    Arguments:
        names: of the parameters, shape (n_nuisances,).
        log_kappa: logarithm of the factor by which one standard deviation multiplies all yields, shape (n_nuisances,).
        linear: change of the bins with the parameter, shape (n_nuisances, n_bins).
        quadratic: change with its square, of the same shape.

    """

    names: tuple[str, ...]
    log_kappa: FloatArray
    linear: FloatArray
    quadratic: FloatArray

    def __len__(self) -> int:
        return len(self.names)

    def signal(self, template: FloatArray, nu: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the signal of unit strength and its derivatives.

        Arguments:
            template: t, shape (n_rows, n_bins) or (1, n_bins).
            nu: nuisance parameters, shape (n_rows, n_nuisances).

        Returns:
            Events, shape (n_rows, n_bins), and derivatives, shape (n_rows, n_nuisances, n_bins).

        """
        factor = np.exp(nu @ self.log_kappa)[:, None]
        shape = template + nu @ self.linear + nu**2 @ self.quadratic
        slopes = (
            self.linear + 2 * nu[:, :, None] * self.quadratic + self.log_kappa[:, None] * shape[:, None, :]
        )
        return factor * shape, factor[:, :, None] * slopes

    def second(self, template: FloatArray, nu: FloatArray) -> FloatArray:
        """Return the second derivatives of the signal, arguments as in `signal`.

        Returns:
            Shape (n_rows, n_nuisances, n_nuisances, n_bins).

        """
        factor = np.exp(nu @ self.log_kappa)[:, None, None, None]
        shape = template + nu @ self.linear + nu**2 @ self.quadratic
        bend = self.linear + 2 * nu[:, :, None] * self.quadratic
        kappa = self.log_kappa
        mixed = kappa[:, None, None] * bend[:, None, :, :]
        own = 2 * np.eye(len(self))[:, :, None] * self.quadratic
        both = (kappa[:, None] * kappa)[:, :, None] * shape[:, None, None, :]
        return np.asarray(factor * (mixed + mixed.transpose(0, 2, 1, 3) + own + both), dtype=float)

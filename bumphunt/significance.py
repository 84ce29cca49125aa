"""Significances: from the signed root of the profile likelihood ratio to p-values and back.

The discovery statistic q0 is Equation (12) of arXiv:1007.1727; its asymptotic p-value is Equation (53).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from .array import FloatArray
from .family import Family
from .fitrange import EVERYTHING, FitRange, RangeLoop, usable
from .ftest import Rule, rule
from .masstest import at_mass
from .signal import Signal, SignalError
from .spectrum import Spectrum

ENOUGH_BACKGROUND = 10.0


def p_local(r: ArrayLike) -> FloatArray:
    """Return the asymptotic one-sided p-value of signed roots, 0.5 for deficits.

    Arguments:
        r: sign(strength) sqrt(q), shape (...).

    >>> p_local([-1.0, 0.0, 5.0])
    array([5.00000000e-01, 5.00000000e-01, 2.86651572e-07])

    """
    return np.asarray(ndtr(-np.maximum(np.asarray(r, dtype=float), 0.0)), dtype=float)


def q0(r: ArrayLike) -> FloatArray:
    """Return the discovery statistic of signed roots, zero for deficits, shape (...)."""
    return np.asarray(np.maximum(np.asarray(r, dtype=float), 0.0) ** 2, dtype=float)


def z_value(p: ArrayLike) -> FloatArray:
    """Return the one-sided significance of p-values in standard deviations, shape (...)."""
    return np.asarray(-ndtri(np.asarray(p, dtype=float)), dtype=float)


def background_under(template: FloatArray, expected: FloatArray) -> float:
    """Return the number of background events under a signal, (sum t)^2 / sum(t^2 / b).

    For a Gaussian on a flat background these are the events within 1.77 standard deviations of its mean.
    """
    return float(template.sum() ** 2 / (template**2 / expected).sum())


def asimov_significance(
    spectrum: Spectrum,
    background: Family | Rule,
    signal: Signal,
    mass: float,
    *,
    strength: float,
    truth: ArrayLike | None = None,
    fit_range: FitRange = EVERYTHING,
) -> float:
    """Return the median significance of a signal on the background fitted to a spectrum.

    It is sqrt(q0) of the Asimov data set, the expected counts themselves (arXiv:1007.1727, section 3.2), with the
    background refitted (and its function chosen again).

    Arguments:
        spectrum: where the background comes from, fitted without a signal.
        background: a family, or a rule that chooses one.
        signal: the signal shape.
        mass: resonance mass in GeV.
        strength: number of signal events, not negative.
        truth: what part of the signal events is in each bin of the spectrum, shape (n_bins,), where that is not the
            fitted shape: a resonance with radiative tails, fitted with a Gaussian, is less significant.
        fit_range: low and high mass in GeV, or a `RangeLoop`.

    Raises:
        SignalError: if the strength is negative or not finite, the truth does not have a part for each bin, or the mass
            is outside the range.

    """
    if not 0 <= strength < np.inf:
        msg = f"strength {strength}; the significance is that of an excess, of zero or more signal events"
        raise SignalError(msg)
    if truth is not None and np.shape(truth) != spectrum.counts.shape:
        msg = (
            f"truth of shape {np.shape(truth)} on {len(spectrum.counts)} bins; "
            "give what part of the signal is in each bin of the whole spectrum"
        )
        raise SignalError(msg)
    used = spectrum if isinstance(fit_range, RangeLoop) else usable(spectrum, fit_range)
    test = at_mass([spectrum], rule(background), signal, mass, fit_range)
    if truth is None:
        part = signal.template(used.edges, mass)
    else:
        first = int(np.searchsorted(spectrum.edges, used.edges[0]))
        part = np.asarray(truth, dtype=float)[first : first + len(used.counts)]
    r, _, _ = test.roots((test.expected + strength * part)[None, :])
    return float(r[0, 0])

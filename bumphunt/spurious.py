"""The spurious signal: what a fit finds in the expected counts of another background, without fluctuations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .array import BoolArray, FloatArray
from .bias_result import SpuriousPoint, SpuriousSignal
from .expected import Expected
from .family import Family
from .fitrange import EVERYTHING, Bounds
from .ftest import Rule, rule
from .measurement import Measurement
from .signal import Signal, SignalError
from .trial import Progress, Trial

LARGEST_RATIO = 0.2


def spurious_signal(
    truth: Expected,
    background: Family | Rule,
    signal: Signal,
    masses: float | Sequence[float],
    *,
    fit_range: Bounds = EVERYTHING,
    around: float | None = None,
    threshold: float = LARGEST_RATIO,
    progress: Progress | None = None,
) -> SpuriousSignal:
    """Fit signal and background to expected counts without a signal at every mass.

    The fitted strength over its standard deviation is the bias of the fit in units of the error that it reports, for as
    many events as the truth has; it grows with the root of their number.

    Arguments:
        truth: expected counts.
        background: the family that is tested, or the rule that chooses one.
        signal: the signal shape.
        masses: resonance masses in GeV.
        fit_range: low and high mass in GeV; None leaves a side open.
        around: relative distance up to which the tested masses around one count for its largest ratio, such as 0.1:
            the ratio changes its sign with the mass, and where it does the test is blind.
        threshold: size that a ratio may not reach.
        progress: called with the numbers of masses done and of all masses.

    Raises:
        SignalError: if there are no masses, or one is outside the range.
        FitRangeError: if the range does not determine the parameters.

    """
    wanted = np.sort(np.atleast_1d(np.asarray(masses, dtype=float)))
    if not len(wanted):
        msg = "no masses to test for a spurious signal; give at least one"
        raise SignalError(msg)
    inside, chooser = truth.restricted(*fit_range), rule(background)
    fits = []
    for mass in wanted:
        trial = Trial.on(inside, chooser, signal, mass)
        best = Measurement.of(trial.search, trial.template, inside.counts[None, :]).best
        fits.append((best.strength[0], best.error[0], best.valid[0]))
        if progress is not None:
            progress(len(fits), len(wanted))
    strength, error, valid = np.array(fits).T
    return SpuriousSignal(
        truth.name, _points(wanted, strength, error, valid.astype(bool), around), around, threshold
    )


def _points(
    masses: FloatArray, strength: FloatArray, error: FloatArray, valid: BoolArray, around: float | None
) -> tuple[SpuriousPoint, ...]:
    ratio = strength / error
    near = np.abs(masses[None, :] - masses[:, None]) <= (around or 0.0) * masses[:, None]
    size = np.where(near, np.abs(np.nan_to_num(ratio))[None, :], -1.0)
    largest = ratio[size.argmax(axis=1)]
    columns = zip(masses, strength, error, ratio, largest, valid & np.isfinite(error), strict=True)
    return tuple(
        SpuriousPoint(float(m), float(s), _known(e), _known(r), _known(most), bool(v))
        for m, s, e, r, most, v in columns
    )


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None

"""Coverage: how often intervals and limits on the signal strength contain the strength that was injected."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import log_ndtr, ndtri

from .array import BoolArray, FloatArray
from .coverage_result import Coverage, CoveragePoint, Share
from .expected import Expected
from .family import Family
from .fitrange import EVERYTHING, Bounds
from .ftest import Rule, rule
from .limit_test import tails
from .measurement import Measurement
from .signal import Signal, SignalError
from .trial import Progress, Trial

LEVELS = (0.6827, 0.95)


def coverage(
    truth: Expected,
    background: Family | Rule,
    signal: Signal,
    mass: float,
    *,
    strengths: Sequence[float] = (0.0, 2.0, 5.0),
    n_toys: int,
    seed: int,
    levels: Sequence[float] = LEVELS,
    limit_level: float = 0.95,
    fit_range: Bounds = EVERYTHING,
    progress: Progress | None = None,
) -> Coverage:
    """Draw toys of a truth with a signal and count how often its strength is inside intervals and below limits.

    The background is fitted in every toy, and its function chosen again. A two-sided interval of the profile likelihood
    and one of the fitted strength plus and minus its error are tested, and the asymptotic CLs limit (as in `limit`).

    Arguments:
        truth: expected counts without a signal.
        background: a family, or a rule that chooses one.
        signal: the signal shape.
        mass: resonance mass in GeV.
        strengths: injected signals, in standard deviations of the strength in the truth without a signal.
        n_toys: number of toys for each strength.
        seed: the result depends on it and on nothing else that is random.
        levels: confidence levels of the intervals.
        limit_level: confidence level of the limit.
        fit_range: low and high mass in GeV; None leaves a side open.
        progress: called with the numbers of toys done and of all toys.

    Raises:
        SignalError: if the mass is outside the range, a strength is negative or a level not between 0 and 1.
        FitRangeError: if the range does not determine the parameters.
        ValueError: without toys.

    """
    if not strengths or min(strengths) < 0 or not all(0 < level < 1 for level in (*levels, limit_level)):
        msg = (
            f"coverage of strengths {tuple(strengths)} at levels {(*levels, limit_level)}; "
            "strengths are zero or more, and levels between 0 and 1"
        )
        raise SignalError(msg)
    trial = Trial.on(truth.restricted(*fit_range), rule(background), signal, mass)
    points: list[CoveragePoint] = []
    for index, strength in enumerate(strengths):
        points.append(_point(trial, strength, n_toys, seed, index, levels, limit_level))
        if progress is not None:
            progress(n_toys * len(points), n_toys * len(strengths))
    return Coverage(truth.name, trial.mass, tuple(levels), limit_level, tuple(points), seed)


def _point(
    trial: Trial,
    deviations: float,
    n_toys: int,
    seed: int,
    index: int,
    levels: Sequence[float],
    limit_level: float,
) -> CoveragePoint:
    injected = deviations * trial.unit
    blocks = [
        _columns(measured, injected) for measured in trial.measurements(injected, n_toys, seed, (index,))
    ]
    fitted, root, pull, cls, valid = np.concatenate(blocks, axis=-1)
    good = valid.astype(bool)
    z = ndtri((1 + np.asarray(levels)) / 2)
    inside = [
        [Share.of(int((np.abs(distance[good]) <= one).sum()), n_toys) for one in z]
        for distance in (root, pull)
    ]
    return CoveragePoint(
        deviations=float(deviations),
        injected=injected,
        fitted=float(fitted.mean()),
        error=float(fitted.std() / np.sqrt(n_toys)),
        likelihood=tuple(inside[0]),
        wald=tuple(inside[1]),
        limit=Share.of(int((cls[good] >= 1 - limit_level).sum()), n_toys),
        n_toys=n_toys,
        n_failed=int((~good).sum()),
    )


def _columns(measured: Measurement, injected: float) -> FloatArray:
    """Return strength, signed root, pull by the error, CLs of the injected strength and validity, shape (5, n_rows)."""
    root, valid = measured.root(injected)
    best = measured.best
    cls, converged = observed_cls(measured, injected)
    pull = np.where(np.isfinite(best.error), (best.strength - injected) / best.error, np.inf)
    return np.stack([best.strength, root, pull, cls, valid & converged])


def observed_cls(measured: Measurement, strength: float) -> tuple[FloatArray, BoolArray]:
    """Return the asymptotic CLs of one signal strength for every row, and whether the fits converged.

    The limit at a confidence level is the strength at which CLs is one minus the level: the limit is above a strength
    if its CLs is larger. Statistic and distributions are those of `limit` (arXiv:1007.1727).

    Arguments:
        measured: the likelihood of rows of counts.
        strength: number of signal events.

    Returns:
        CLs and validity, each of shape (n_rows,).

    """
    if strength <= 0:
        return np.ones(len(measured.counts)), measured.best.valid
    best, asimov = measured.best, measured.asimov
    (fixed, valid), (none, _) = measured.nll(strength), measured.nll(0.0)
    (a_fixed, a_valid), (a_none, _) = asimov.nll(strength), asimov.nll(0.0)
    reference = np.where(best.strength <= 0, none, best.nll)
    q = np.where(best.strength > strength, 0.0, np.maximum(2 * (fixed - reference), 0))
    root, expected = np.sqrt(q), np.sqrt(np.maximum(2 * (a_fixed - a_none), 1e-300))
    tail, background = tails(root, expected)
    return np.exp(log_ndtr(-tail) - log_ndtr(-background)), valid & a_valid & best.valid

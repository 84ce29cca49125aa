"""pyhf as a second engine for limits and for the discovery statistic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from .family import Family
from .fitrange import EVERYTHING, FitRange
from .ftest import Rule
from .limit_result import LimitResult
from .nuisance import Nuisance
from .pyhf_export import Export, Style
from .pyhf_library import PyhfError, library
from .pyhf_workspace import pyhf_model
from .signal import Signal
from .significance import ENOUGH_BACKGROUND, background_under
from .spectrum import Spectrum

TOLERANCE = 1e-4
PRECISION = 1e-4


def limit_with_pyhf(
    spectra: Spectrum | Sequence[Spectrum],
    background: Family | Rule,
    signal: Signal,
    mass: float,
    *,
    level: float = 0.95,
    style: Style = "loglinear",
    nuisances: Sequence[Nuisance] = (),
    fit_range: FitRange = EVERYTHING,
    shares: Sequence[float] = (1.0,),
    measured: Spectrum | Sequence[Spectrum] | None = None,
    transfer: float = 1.0,
    linearised: bool = False,
    blind: bool = False,
) -> LimitResult:
    """Return the upper limit on the number of signal events by pyhf's asymptotic CLs, some 100 times slower than `limit`.

    Arguments:
        spectra: one spectrum, or one per category.
        background: a family, or a rule that chooses one.
        signal: the signal shape.
        mass: resonance mass in GeV.
        level: confidence level; CLs is 1 - level at the limit.
        style: the form of the background, see `to_pyhf`.
        nuisances: nuisance parameters of the signal.
        fit_range: low and high mass in GeV, or a `RangeLoop`.
        shares: which part of the signal falls into each category.
        measured: for "disjoint", the data in which the background is measured.
        transfer: for "disjoint", expected background events in the spectrum for one in these data.
        linearised: take the tangent of a function that is not log-linear.
        blind: leave the observed limit out.

    Raises:
        PyhfError: if pyhf is missing or its fit fails, or for what it cannot express.

    """
    if not 0 < level < 1:
        msg = f"level is {level}; a confidence level is between 0 and 1, such as 0.95"
        raise PyhfError(msg)
    export = Export.on(
        spectra,
        background,
        signal,
        mass,
        style=style,
        nuisances=nuisances,
        fit_range=fit_range,
        shares=shares,
        measured=measured,
        transfer=transfer,
        linearised=linearised,
    )
    with engine() as pyhf:
        model, data = pyhf_model(export.workspace)
        low, high = model.config.suggested_bounds()[model.config.poi_index]
        search = (
            pyhf.infer.intervals.upper_limits.toms748_scan
        )  # upper_limit() ignores the level in pyhf 0.7.6
        observed, expected = search(data, model, low, high, level=1 - level, rtol=PRECISION)
    under = background_under(export.template, export.search.expected)
    few = () if under >= ENOUGH_BACKGROUND else (f"{under:.2g} background events under the signal: use toys",)
    return LimitResult(
        mass=float(mass),
        observed=None if blind else float(observed) * export.events,
        expected=tuple((export.events * np.array(expected, dtype=float)).tolist()),
        level=level,
        method=f"asymptotic CLs, pyhf {pyhf.__version__}, {style}",
        unit="signal events",
        background=under,
        asymptotic_valid=not few,
        valid=True,
        warnings=(*export.warnings, *few),
        nuisances=tuple(nuisance.name for nuisance in nuisances),
    )


def q0_with_pyhf(
    spectra: Spectrum | Sequence[Spectrum],
    background: Family | Rule,
    signal: Signal,
    mass: float,
    *,
    style: Style = "loglinear",
    nuisances: Sequence[Nuisance] = (),
    fit_range: FitRange = EVERYTHING,
    shares: Sequence[float] = (1.0,),
    linearised: bool = False,
) -> float:
    """Return the discovery statistic of arXiv:1007.1727, Equation (12), by pyhf, zero for a deficit.

    Arguments:
        spectra: one spectrum, or one per category.
        background: a family, or a rule that chooses one.
        signal: the signal shape.
        mass: resonance mass in GeV.
        style: the form of the background, "loglinear" or "integrated".
        nuisances: nuisance parameters of the signal.
        fit_range: low and high mass in GeV, or a `RangeLoop`.
        shares: which part of the signal falls into each category.
        linearised: take the tangent of a function that is not log-linear.

    Raises:
        PyhfError: as for `limit_with_pyhf`.

    """
    export = Export.on(
        spectra,
        background,
        signal,
        mass,
        style=style,
        nuisances=nuisances,
        fit_range=fit_range,
        shares=shares,
        linearised=linearised,
    )
    with engine() as pyhf:
        model, data = pyhf_model(export.workspace)
        asked = model.config
        start, bounds, fixed = asked.suggested_init(), asked.suggested_bounds(), asked.suggested_fixed()
        return float(pyhf.infer.test_statistics.q0(0.0, data, model, start, bounds, fixed))


@contextmanager
def engine() -> Iterator[Any]:
    """Give pyhf with NumPy and a minimiser precise enough for limits, and put back what was set before.

    Raises:
        PyhfError: if pyhf is not installed, or if one of its fits fails inside.

    """
    pyhf = library()
    before = pyhf.get_backend()
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=TOLERANCE))
    try:
        yield pyhf
    except pyhf.exceptions.FailedMinimization as error:
        msg = f"a fit of pyhf failed: {error}; use bumphunt.limit, or fewer parameters"
        raise PyhfError(msg) from error
    finally:
        pyhf.set_backend(*before)

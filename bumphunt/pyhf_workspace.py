"""Spectra as a workspace of pyhf."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .family import Family
from .fitrange import EVERYTHING, FitRange
from .ftest import Rule
from .nuisance import Nuisance
from .pyhf_export import Export, Style
from .pyhf_library import library
from .pyhf_loglinear import LogLinear, LogLinearBuilder
from .pyhf_parabola import Parabola, ParabolaBuilder
from .signal import Signal
from .spectrum import Spectrum


def to_pyhf(
    spectra: Spectrum | Sequence[Spectrum],
    background: Family | Rule,
    signal: Signal,
    mass: float,
    *,
    style: Style = "loglinear",
    nuisances: Sequence[Nuisance] = (),
    fit_range: FitRange = EVERYTHING,
    shares: Sequence[float] = (1.0,),
    measured: Spectrum | Sequence[Spectrum] | None = None,
    transfer: float = 1.0,
    events: float | None = None,
    linearised: bool = False,
) -> dict[str, Any]:
    """Return a search at one mass as a pyhf workspace of plain containers, ready for JSON.

    The styles differ in what the background may do. "loglinear" multiplies each bin by exp(phi z) with the slopes of
    the fitted function and free phi; "integrated" does so in each of the three nodes of a bin, which is exact; both need the
    modifier of `modifier_set`. "disjoint" has modifiers of pyhf alone: the function was fitted to other data, and its
    parameters are constrained by that fit.

    Arguments:
        spectra: one spectrum, or one per category; each is a channel.
        background: a family, or a rule that chooses one.
        signal: the signal shape.
        mass: resonance mass in GeV.
        style: the form of the background.
        nuisances: nuisance parameters of the signal.
        fit_range: low and high mass in GeV, or a `RangeLoop`.
        shares: which part of the signal falls into each category.
        measured: for "disjoint", the data without any event of `spectra` in which the background is measured, one
            spectrum for each of `spectra`.
        transfer: for "disjoint", expected background events in `spectra` for one in `measured`.
        events: signal events at mu = 1; None takes a few standard deviations. The measurement's name says it.
        linearised: export the tangent of a function that is not log-linear.

    Returns:
        The workspace, for `pyhf_model`; version 1.0.0 of pyhf's specification but for the modifier.

    Raises:
        PyhfError: if the style cannot express the background, or the measured data are the spectra themselves.
        SignalError: if the mass is outside the range.

    >>> from dijethunt.bumphunt import Gaussian, families
    >>> spectrum = Spectrum([2000, 2200, 2400, 2600, 2800, 3000], [900, 480, 270, 150, 90])
    >>> workspace = to_pyhf(spectrum, families.dijet(2), Gaussian(0.05), 2500.0, events=100)
    >>> workspace["measurements"][0]["name"]
    'mu in 100 signal events at 2500 GeV'

    """
    return Export.on(
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
        events=events,
        linearised=linearised,
    ).workspace


def pyhf_model(workspace: dict[str, Any]) -> tuple[Any, Any]:
    """Open a workspace of `to_pyhf`.

    Arguments:
        workspace: what `to_pyhf` returned, or what `json.loads` made of it.

    Returns:
        The ``pyhf.Model``, and the observed data with auxiliary ones in pyhf's order.

    Raises:
        PyhfError: if pyhf is not installed.

    """
    pyhf, config = library(), workspace["measurements"][0]["config"]
    model = pyhf.Model(
        {"channels": workspace["channels"], "parameters": config["parameters"]},
        poi_name=config["poi"],
        modifier_set=modifier_set(),
        validate=False,
    )
    return model, pyhf.Workspace(workspace, validate=False).data(model)


def modifier_set() -> dict[str, Any]:
    """Return pyhf's modifiers with ``loglinear`` and ``parabola``, for ``pyhf.Model(..., modifier_set=...)``.

    Raises:
        PyhfError: if pyhf is not installed.

    """
    library()
    from pyhf.modifiers import histfactory_set  # noqa: PLC0415

    ours = {"loglinear": (LogLinearBuilder, LogLinear), "parabola": (ParabolaBuilder, Parabola)}
    return {**histfactory_set, **ours}

"""The figure of a limit on a cross section: where the selected signal events cross the limit on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .array import FloatArray
from .band import BANDS
from .cross_section import selected
from .cross_section_result import CrossSectionLimit, Exclusion
from .efficiency import EfficiencyCurve, EfficiencyError
from .plot import COLOURS, canvas, caption

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

POINTS = 400


def crossing_figure(
    result: CrossSectionLimit, *, experiment: str = "", label: str = "", header: str = "13 TeV"
) -> Figure:
    """Draw the expected number of selected signal events against the cross section, with the limits on it.

    Arguments:
        result: a limit for an efficiency that depends on the signal; what is excluded is shaded, for the expected
            median if there is no observed limit.
        experiment: name in bold at the upper left.
        label: what follows it, such as "Simulation, not for physics".
        header: luminosity and energy at the upper right.

    Returns:
        The figure, not registered with pyplot.

    Raises:
        EfficiencyError: if the efficiency is constant.

    """
    curve = result.efficiency
    if not isinstance(curve, EfficiencyCurve):
        msg = f"the efficiency is {curve:g} at every cross section; there is no curve to draw"
        raise EfficiencyError(msg)
    at = np.geomspace(curve.smallest, curve.largest, POINTS)[1:-1]
    events = selected(curve, result.luminosity * result.acceptance, at)
    error = events * curve.error_at(at) / np.maximum(curve.at(at), 1e-300)
    with canvas() as figure:
        axes = figure.subplots()
        for colour, (low, high, name) in BANDS.items():
            bottom, top = (_allowed(result.expected[index], curve, at) for index in (low, high))
            axes.fill_between(at, bottom, top, color=colour, label=name)
        axes.plot(at, _allowed(result.expected[2], curve, at), "k--", label="Limit on events, expected")
        if result.observed is not None:
            axes.plot(at, _allowed(result.observed, curve, at), "k-", label="Limit on events, observed")
        axes.fill_between(at, events - error, events + error, color=COLOURS["signal"], alpha=0.4)
        axes.plot(at, events, color=COLOURS["signal"], lw=2, label="Selected signal events")
        for first, last in (result.observed or result.expected[2]).excluded:
            axes.axvspan(
                first,
                last or curve.largest,
                facecolor="none",
                edgecolor=COLOURS["fit"],
                hatch="//",
                lw=0,
                alpha=0.4,
            )
        _logarithmic(axes)
        axes.set_xlim(curve.smallest, curve.largest)
        axes.set_ylim(0.3 * min(result.expected[0].events), 3 * (events + error).max())
        axes.set_xlabel("Cross section [fb]")
        axes.set_ylabel("Signal events")
        axes.legend(fontsize="x-small", loc="best")
        caption(axes, experiment, label, header)
    return figure


def _logarithmic(axes: Axes) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter  # noqa: PLC0415

    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())


def _allowed(exclusion: Exclusion, curve: EfficiencyCurve, at: FloatArray) -> FloatArray:
    """Return the limit on the number of events at cross sections, shape (n,)."""
    events = np.resize(np.log(exclusion.events), len(curve.cross_section))
    return np.asarray(np.exp(np.interp(np.log(at), np.log(curve.cross_section), events)), dtype=float)

"""Figures in CMS style: a fit with pulls, and what all figures share. Plotting libraries load at the first figure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2 as chi2_distribution

from .array import FloatArray
from .binning import CMS_DIJET_EDGES, merging
from .goodness import MINIMUM
from .result import FitResult

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = {"data": "black", "fit": "#bd1f01", "signal": "#3f90da", "band": "#b9ac70"}
LAYOUT = {
    "figure.subplot.left": 0.13,
    "figure.subplot.right": 0.93,
    "figure.subplot.bottom": 0.1,
    "figure.subplot.top": 0.94,
    "font.size": 22,
    "axes.labelsize": "medium",
}


def garwood(counts: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return the lengths of the lower and upper 68% Poisson error bars of counts, shape (...).

    >>> low, high = garwood(0.0)
    >>> float(low), round(float(high), 3)
    (0.0, 1.841)
    """
    n, tail = np.asarray(counts, dtype=float), (1 - 0.682689) / 2
    low = np.where(n > 0, chi2_distribution.ppf(tail, 2 * np.maximum(n, 1)) / 2, 0.0)
    return n - low, chi2_distribution.ppf(1 - tail, 2 * (n + 1)) / 2 - n


def coarse(
    result: FitResult, edges: ArrayLike = CMS_DIJET_EDGES
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return edges, counts and fitted events of a fit in bins for display.

    Bins are joined where the fit's own edges fall on `edges`, and further until at least five events are expected.

    Arguments:
        result: the fit.
        edges: coarse edges in GeV; those that are no edges of the fit are left aside.

    """
    own = np.array(result.edges)
    kept = np.flatnonzero(np.isin(own, np.asarray(edges, dtype=float)))
    inner = kept[(kept > 0) & (kept < len(own) - 1)]
    starts = np.concatenate([[0], inner]).astype(int) if len(inner) else np.arange(len(own) - 1)
    starts = starts[merging(np.add.reduceat(np.array(result.expected), starts), MINIMUM)]
    edges = np.append(own[starts], own[-1])
    return edges, np.add.reduceat(np.array(result.observed), starts), np.add.reduceat(result.expected, starts)


def fit_figure(
    result: FitResult,
    *,
    experiment: str = "",
    label: str = "",
    text: str = "",
    header: str = "13 TeV",
    data: str = "Data",
) -> Figure:
    """Draw a fitted spectrum with its pulls.

    Arguments:
        result: the fit.
        experiment: name in bold at the upper left.
        label: what follows it, such as "Simulation, not for physics".
        text: a line for the legend's title, such as the selection.
        header: luminosity and energy at the upper right, such as "137 fb$^{-1}$ (13 TeV)".
        data: what the points are in the legend, such as "Simulation".

    Returns:
        The figure, not registered with pyplot.

    """
    edges, observed, expected = coarse(result)
    widths, centres = np.diff(edges), (edges[1:] + edges[:-1]) / 2
    with canvas() as figure:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
        figure.subplots_adjust(hspace=0.06)
        errors = np.array(garwood(observed))
        upper.errorbar(
            centres,
            observed / widths,
            errors / widths,
            widths / 2,
            fmt="o",
            color=COLOURS["data"],
            ms=5,
            label=data,
        )
        upper.stairs(
            expected / widths, edges, color=COLOURS["fit"], lw=2, label=_legend(result), baseline=None
        )
        upper.set_yscale("log")
        upper.set_ylim(0.3 * (expected / widths).min(), 30 * (expected / widths).max())
        upper.set_ylabel("Events / GeV")
        handles, labels = upper.get_legend_handles_labels()
        upper.legend(
            handles[::-1], labels[::-1], title=text or None, fontsize="small", title_fontsize="small"
        )
        side = np.where(observed >= expected, errors[0], errors[1])
        lower.stairs((observed - expected) / side, edges, fill=True, color=COLOURS["signal"])
        lower.axhline(0, color="black", lw=1)
        lower.set_ylim(-3.9, 3.9)
        lower.set_ylabel("Pull")
        lower.set_xlabel(r"$m_{jj}$ [GeV]")
        lower.set_xlim(edges[0], edges[-1])
        caption(upper, experiment, label, header)
    return figure


def _legend(result: FitResult) -> str:
    quality = rf"$\chi^2$/ndof = {result.chi2:.1f}/{result.ndof}"
    if result.p_value is not None:
        quality += f", p = {result.p_value:.2g}"
    if result.mass is None:
        return f"Fit, {quality}"
    events = f"{result.values[-1]:.1f} $\\pm$ {result.errors[-1]:.1f} events at {result.mass:g} GeV"
    return f"Fit, {quality}\n{events}"


@contextmanager
def canvas() -> Iterator[Figure]:
    """Open an empty figure in CMS style, not registered with pyplot."""
    with _style():
        yield _styled()(figsize=(10, 9), layout=None)


def _style() -> AbstractContextManager[None]:
    import mplhep  # noqa: PLC0415
    from matplotlib import style  # noqa: PLC0415

    return style.context([mplhep.style.CMS, LAYOUT])


@cache
def _styled() -> type[Figure]:
    """Return a figure that keeps the style when it is drawn, which is when fonts are chosen."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    class Styled(Figure):
        def draw(self, renderer: Any) -> None:
            with _style():
                super().draw(renderer)

    return Styled


def caption(axes: Any, experiment: str, label: str, header: str) -> None:
    """Write the experiment and what follows it above the axes, and the header at the right."""
    from mplhep.label import add_text  # noqa: PLC0415

    above = {"ax": axes, "xpad": 0, "ypad": 0}
    name = add_text(experiment, "over left", fontsize=26, fontweight="bold", **above)
    add_text(header, "over right", fontsize=18, **above)
    place = {"xycoords": name, "textcoords": "offset points", "va": "bottom"}
    after = axes.annotate(label, (1, 0), (8 if experiment else 0, 0), style="italic", fontsize=20, **place)
    after.set_in_layout(False)

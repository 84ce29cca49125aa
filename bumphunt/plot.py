"""Figures in CMS style: a fit with pulls, and a scan of p-values. Plotting libraries load at the first figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri
from scipy.stats import chi2 as chi2_distribution

from .array import FloatArray
from .binning import CMS_DIJET_EDGES, merging
from .goodness import MINIMUM
from .result import FitResult, ScanResult

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = {"data": "black", "fit": "#bd1f01", "signal": "#3f90da", "band": "#b9ac70"}


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
    result: FitResult, *, experiment: str = "", label: str = "", text: str = "", header: str = "13 TeV"
) -> Figure:
    """Draw a fitted spectrum with its pulls.

    Arguments:
        result: the fit.
        experiment: name in bold at the upper left.
        label: what follows it, such as "Simulation, not for physics".
        text: a line for the legend's title, such as the selection.
        header: luminosity and energy at the upper right, such as "137 fb$^{-1}$ (13 TeV)".

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
            label="Data",
        )
        upper.stairs(
            expected / widths, edges, color=COLOURS["fit"], lw=2, label=_legend(result), baseline=None
        )
        upper.set_yscale("log")
        upper.set_ylim(0.3 * (expected / widths).min(), 30 * (expected / widths).max())
        upper.set_ylabel("Events / GeV")
        upper.legend(title=text or None, fontsize="x-small", title_fontsize="x-small")
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


def scan_figure(
    scans: Mapping[str, ScanResult], *, experiment: str = "", label: str = "", header: str = "13 TeV"
) -> Figure:
    """Draw the local p-values of scans against the resonance mass, with lines of equal significance.

    Arguments:
        scans: name and scan of each curve; a curve is broken where the window changes.
        experiment: as in `fit_figure`.
        label: as in `fit_figure`.
        header: as in `fit_figure`.

    Returns:
        The figure, not registered with pyplot.

    """
    with canvas() as figure:
        axes = figure.subplots()
        for index, (name, scan) in enumerate(scans.items()):
            _curve(axes, scan, name, f"C{index}")
        smallest = min(point.p_local for scan in scans.values() for point in scan.points)
        deepest = max(4, int(np.ceil(-ndtri(max(smallest, 1e-300)))))
        for z in range(1, deepest + 1):
            axes.axhline(ndtr(-z), color="grey", lw=1, ls="--")
            axes.annotate(
                rf"{z}$\sigma$",
                (1.01, ndtr(-z)),
                xycoords=("axes fraction", "data"),
                va="center",
                fontsize="x-small",
            )
        axes.set_yscale("log")
        axes.set_ylim(max(float(ndtr(-deepest - 0.5)), 1e-300), 2)
        axes.set_xlabel("Resonance mass [GeV]")
        axes.set_ylabel("Local p-value")
        axes.legend(fontsize="x-small", loc="best")
        caption(axes, experiment, label, header)
    return figure


def _curve(axes: Any, scan: ScanResult, name: str, colour: str) -> None:
    groups = sorted({point.group for point in scan.points})
    if scan.p_global is not None:
        found = scan.p_global
        name += f" (global p = {found.p:.2g})" if found.n_larger else f" (global p < {found.high:.1g})"
    for group in groups:
        points = [point for point in scan.points if point.group == group]
        masses, p = [point.mass for point in points], [point.p_local for point in points]
        axes.plot(masses, p, "o-", color=colour, ms=5, label=name if group == groups[0] else None)


@contextmanager
def canvas() -> Iterator[Figure]:
    """Open an empty figure in CMS style, not registered with pyplot."""
    import mplhep  # noqa: PLC0415
    from matplotlib import style  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    with style.context(mplhep.style.CMS):
        yield Figure(figsize=(10, 9), layout=None)


def caption(axes: Any, experiment: str, label: str, header: str) -> None:
    """Write the experiment and what follows it above the axes, and the header at the right."""
    import mplhep  # noqa: PLC0415

    mplhep.label.exp_label(exp=experiment, text=label, data=True, rlabel=header, ax=axes, fontsize=20)

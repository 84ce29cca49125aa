"""The figure of p-values against resonance mass, with lines of equal local and global significance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from .lookelsewhere import extrapolated
from .plot import canvas, caption
from .scanresult import GrossVitells, ScanPoint, ScanResult

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SMALLEST = 1e-300
INSIDE = 4
TWO_COLUMNS = 48
LETTERS = 16.0
LARGEST_ROOT = 12.0
LINES = ("o-", "s--", "^-.", "v:")


def scan_figure(
    scans: Mapping[str, ScanResult], *, experiment: str = "", label: str = "", header: str = "13 TeV"
) -> Figure:
    """Draw the local p-values of scans against the resonance mass, with lines of equal significance.

    Dashed lines are local significances. Where a single scan has a `GrossVitells` extrapolation, dotted lines are those
    of equal global significance. Crosses are local p-values from toys.

    Arguments:
        scans: name and scan of each curve; a curve is broken where the window changes, and each signal shape has its
            own.
        experiment: name in bold at the upper left.
        label: what follows it, such as "Simulation, not for physics".
        header: luminosity and energy at the upper right, such as "137 fb$^{-1}$ (13 TeV)".

    Returns:
        The figure, not registered with pyplot.

    """
    curves = [
        (_titled(name, scan, shape), some) for name, scan in scans.items() for shape, some in _by_signal(scan)
    ]
    smallest = min(p for _, points in curves for point in points for p in _values(point) if p > 0)
    deepest = max(4, int(np.ceil(-ndtri(max(smallest, SMALLEST)))))
    with canvas() as figure:
        axes = figure.subplots()
        for (name, points), (colour, line) in zip(curves, _looks(len(curves)), strict=True):
            _curve(axes, points, name, colour, line)
        for z in range(1, deepest + 1):
            _line(axes, float(ndtr(-z)), rf"{z}$\sigma$", 1.01, "--")
        for z, root in _global_lines(scans, deepest):
            _line(axes, float(ndtr(-root)), rf"global {z}$\sigma$", 0.01, ":")
        axes.set_yscale("log")
        axes.set_ylim(max(float(ndtr(-deepest - 0.5)), SMALLEST), 2)
        axes.set_xlabel("Resonance mass [GeV]")
        axes.set_ylabel("Local p-value")
        _legend(figure, axes, len(curves))
        caption(axes, experiment, label, header)
    return figure


def _by_signal(scan: ScanResult) -> list[tuple[str, list[ScanPoint]]]:
    names = dict.fromkeys(point.signal for point in scan.points)
    return [(name, [point for point in scan.points if point.signal == name]) for name in names]


def _titled(name: str, scan: ScanResult, shape: str) -> str:
    title = f"{name}, {shape}" if shape else name
    if scan.p_global is None:
        return title
    found = scan.p_global
    return title + (f" (global p = {found.p:.2g})" if found.n_larger else f" (global p < {found.high:.1g})")


def _values(point: ScanPoint) -> list[float]:
    return [point.p_local] if point.p_toys is None else [point.p_local, point.p_toys.p]


def _looks(n_curves: int) -> list[tuple[Any, str]]:
    """Return the colours of the style with a line, another one each time that they are used again."""
    import matplotlib as mpl  # noqa: PLC0415

    own = mpl.rcParams["axes.prop_cycle"].by_key()["color"]
    return [(own[i % len(own)], LINES[i // len(own) % len(LINES)]) for i in range(n_curves)]


def _curve(axes: Any, points: list[ScanPoint], name: str, colour: Any, line: str) -> None:
    groups = sorted({point.group for point in points})
    for group in groups:
        some = [point for point in points if point.group == group]
        masses, p = [point.mass for point in some], [point.p_local for point in some]
        axes.plot(masses, p, line, color=colour, ms=5, label=name if group == groups[0] else None)
    toys = [(point.mass, point.p_toys) for point in points if point.p_toys is not None]
    if toys:
        share, low, high = np.array([[found.p, found.low, found.high] for _, found in toys]).T
        bars = [share - low, high - share]
        axes.errorbar([mass for mass, _ in toys], share, bars, fmt="x", color=colour, ms=7, capsize=2, lw=1)


def _line(axes: Any, p: float, text: str, at: float, style: str) -> None:
    axes.axhline(p, color="grey", lw=1, ls=style)
    axes.annotate(
        text,
        (at, p),
        xycoords=("axes fraction", "data"),
        va="center" if style == "--" else "bottom",
        fontsize="x-small",
        color="black" if style == "--" else "grey",
    )


def _global_lines(scans: Mapping[str, ScanResult], deepest: int) -> list[tuple[int, float]]:
    """Return global significances and the roots at which they are reached, for one scan with an extrapolation."""
    chances = [scan.p_global for scan in scans.values()]
    if len(chances) != 1 or chances[0] is None or chances[0].gross_vitells is None:
        return []
    found = chances[0].gross_vitells
    lines = [(z, _root(found, z)) for z in range(1, deepest + 1)]
    return [(z, root) for z, root in lines if root <= deepest]


def _root(found: GrossVitells, z: int) -> float:
    def distance(root: float) -> float:
        return float(np.log(np.maximum(extrapolated(found, np.array(root)), SMALLEST)) - np.log(ndtr(-z)))

    return float(brentq(distance, 0.0, LARGEST_ROOT)) if distance(0.0) > 0 else 0.0


def _legend(figure: Figure, axes: Any, n_curves: int) -> None:
    """Put the legend into the axes, or below them where there are many curves, in letters that fit."""
    handles, labels = axes.get_legend_handles_labels()
    longest = max(len(label) for label in labels)
    if n_curves <= INSIDE:
        axes.legend(fontsize=_font(0.85, longest), loc="best")
        return
    columns = 2 if longest <= TWO_COLUMNS else 1
    size = _font(1.0 / columns, longest)
    (width, height), below = figure.get_size_inches(), 1.6 * size / 72 * -(-n_curves // columns)
    figure.set_size_inches(width, height + below)
    figure.subplots_adjust(
        bottom=(0.1 * height + below) / (height + below), top=1 - 0.06 * height / (height + below)
    )
    figure.legend(
        handles, labels, loc="lower center", ncols=columns, fontsize=size, frameon=False, columnspacing=1
    )


def _font(share: float, longest: int) -> float:
    """Return the size in points of letters of which so many and a handle fit into a share of the figure's width."""
    return min(LETTERS, 700 * share / (5 + 0.56 * longest))

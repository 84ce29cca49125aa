"""The figures of a report, in CMS style."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import mplhep
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from ..bumphunt import plot
from ..bumphunt.binning import CMS_DIJET_EDGES, merging
from ..datasets.column import JETS, SCHEMA
from ..datasets.error import FileError
from ..datasets.table import FeatureTable
from ..datasets.window import SIGNAL_REGION, Window
from ..taggers.feature import DELTA

Values = NDArray[np.float64]
STYLE = {**mplhep.style.CMS, "figure.constrained_layout.use": True, "savefig.bbox": None}
LINES = ("-", "--", "-.")
SIGNAL_COLOUR, DATA_COLOUR, OTHER_COLOUR = "#e42536", "black", "#5790fc"
SYMBOLS = {
    "mjj": r"$m_{jj}$",
    "pt": r"$p_T$",
    "msd": "soft-drop mass",
    "n_pf": "number of candidates",
    **{f"tau{a}{b}": rf"$\tau_{a}/\tau_{b}$" for a, b in ("21", "32", "43", "41")},
}


def new(label: str, size: tuple[float, float] = (10, 9), **grid: Any) -> tuple[Figure, Any]:
    """Open a figure in CMS style; ``label`` says what kind of data it shows; ``grid`` goes to ``subplots``."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=size)
        FigureCanvasAgg(figure)
        axes = figure.subplots(**grid)
        first, last = np.ravel(axes)[[0, grid.get("ncols", 1) - 1]]
        plot.caption(first, "dijethunt", label, "")
        plot.caption(last, "", "", "13 TeV")
    return figure, axes


def save(figure: Figure, path: Path) -> None:
    """Write a figure as PNG without the time of writing, so that equal figures are equal files; ``FileError`` for other endings."""
    if path.suffix != ".png":
        raise FileError(f"figures are PNG files; give a name that ends in .png, not in {path.suffix!r}")
    with mpl.rc_context(STYLE):
        figure.savefig(path, dpi=80, metadata={"Software": None, "Creation Time": None})


def axis_title(name: str) -> str:
    """Name and unit of a column for an axis."""
    jet, quantity = (name[:2], name[3:]) if name[:2] in JETS else ("", name)
    if name.startswith(DELTA):
        jet, quantity = "j1 - j2", name.removeprefix(DELTA)
    title = SYMBOLS.get(quantity, quantity) + (f" of {jet}" if jet else "")
    column = f"j1_{quantity}" if jet else name
    unit = SCHEMA[column].unit if column in SCHEMA else ""
    return f"{title} [{unit}]" if unit else title


def features(
    data: FeatureTable, signal: FeatureTable, names: Sequence[str], label: str, legend: str
) -> Figure:
    """Draw the distribution of every feature of both jets, data and simulated signal, each of unit area."""
    rows = len(names)
    with mpl.rc_context({**STYLE, "font.size": 16, "axes.titlesize": 16}):
        figure, axes = new(label, (13, 3.4 * rows), nrows=rows, ncols=2)
        for row, name in enumerate(names):
            for column, jet in enumerate(("j1", "j2")):
                _compare(axes[row][column], f"{jet}_{name}", data, signal, legend)
        axes[0][1].legend(fontsize=15)
    return figure


def _compare(ax: Axes, name: str, data: FeatureTable, signal: FeatureTable, legend: str) -> None:
    bins = feature_edges(np.concatenate([data[name], signal[name]]))
    for table, colour, text in ((data, DATA_COLOUR, "data"), (signal, SIGNAL_COLOUR, legend)):
        mplhep.histplot(
            np.histogram(table[name], bins),
            ax=ax,
            density=True,
            color=colour,
            label=text,
            histtype="step",
            flow="none",
        )
    ax.set_xlabel(axis_title(name), fontsize=15)
    ax.set_ylabel("density", fontsize=13)
    ax.tick_params(labelsize=12)
    ax.set_xlim(bins[0], bins[-1])


def feature_edges(values: NDArray[Any], number: int = 40) -> Values:
    """Return edges of about ``number`` equal bins without the outermost 0.1% of ``values`` (n,).

    Bins of integers hold the same number of them.
    """
    low, high = np.quantile(values.astype(np.float64), [0.001, 0.999])
    if not np.issubdtype(values.dtype, np.integer):
        return np.linspace(low, high + 1e-9, number + 1)
    step = max(int(np.ceil((high - low) / number)), 1)
    return np.arange(low - 0.5, high + step, step)


def scores(data: FeatureTable, signal: FeatureTable, label: str, legend: str) -> Figure:
    """Draw the anomaly score in the signal region, in the sidebands, and for the signal, each of unit area."""
    figure, ax = new(label)
    in_region, beside = data["region"] == SIGNAL_REGION, np.isin(data["region"], (-1, 1))
    groups = (
        ("data, sidebands", data["score"][beside], OTHER_COLOUR),
        ("data, signal region", data["score"][in_region], DATA_COLOUR),
        (legend, signal["score"][signal["region"] == SIGNAL_REGION], SIGNAL_COLOUR),
    )
    every = np.concatenate([values for _, values, _ in groups])
    bins = np.linspace(every.min(), every.max() + 1e-9, 51)
    with mpl.rc_context(STYLE):
        for text, values, colour in groups:
            if len(values):
                mplhep.histplot(
                    np.histogram(values, bins),
                    ax=ax,
                    density=True,
                    label=text,
                    color=colour,
                    histtype="step",
                    flow="none",
                )
        ax.set(xlabel="anomaly score", ylabel="density", yscale="log")
        ax.legend(loc="upper left")
    return figure


def score_against_mass(data: FeatureTable, window: Window | None, label: str) -> Figure:
    """Draw quantiles of the score in slices of m_jj, with the correlation of the two in the window."""
    figure, ax = new(label)
    mass, score = data["mjj"], data["score"]
    edges = mass_edges(mass)
    index = np.digitize(mass, edges[1:-1])
    centres = (edges[1:] + edges[:-1]) / 2
    with mpl.rc_context(STYLE):
        for q, style in ((0.5, "-"), (0.9, "--"), (0.99, ":")):
            values = [np.quantile(score[index == i], q) for i in range(len(centres))]
            ax.plot(centres, values, style, label=f"{100 * q:.0f}% of events below", color=OTHER_COLOUR)
        _shade(ax, window)
        ax.set(xlabel=axis_title("mjj"), ylabel="anomaly score")
        ax.legend()
    return figure


def selected_fraction(
    data: FeatureTable, window: Window | None, efficiencies: Sequence[float], label: str
) -> Figure:
    """Draw the fraction of events that are selected in slices of m_jj, for each category, with binomial errors."""
    figure, ax = new(label)
    edges = mass_edges(data["mjj"])
    total = np.maximum(np.histogram(data["mjj"], edges)[0], 1)
    nominal = "nominal" if window is None else "nominal, in the sidebands"
    highest = 0.0
    with mpl.rc_context(STYLE):
        for category, efficiency in enumerate(efficiencies):
            fraction = np.histogram(data["mjj"][data["category"] == category], edges)[0] / total
            error = np.sqrt(np.maximum(fraction * (1 - fraction), 1 / total**2) / total)
            highest = max(highest, 3 * efficiency, 1.2 * (fraction + error).max())
            single = len(efficiencies) == 1
            mplhep.histplot(
                fraction,
                edges,
                yerr=error,
                xerr=True,
                ax=ax,
                histtype="errorbar",
                color=DATA_COLOUR if single else f"C{category}",
                label="data" if single else f"data, category {category}",
                flow="none",
            )
            ax.axhline(efficiency, color=OTHER_COLOUR, linestyle="--", label=None if category else nominal)
        _shade(ax, window)
        ax.set(xlabel=axis_title("mjj"), ylabel="selected fraction")
        ax.set_ylim(0, highest if efficiencies[0] < 1 else 1.3)
        ax.legend()
    return figure


def dashes(i: int) -> str:
    """Return how the ``i``-th of several curves is drawn, when all colours of the style have been used before it."""
    return LINES[i // len(mpl.rcParams["axes.prop_cycle"]) % len(LINES)]


def banded(ax: Axes, i: int, x: ArrayLike, band: Any, name: str, marker: str = "") -> None:
    """Draw the ``i``-th of several curves with its ``band``: low, middle and high values at ``x``."""
    low, middle, high = band
    ax.plot(x, middle, marker + dashes(i), color=f"C{i}", label=name)
    ax.fill_between(x, low, high, color=f"C{i}", alpha=0.2, linewidth=0)


def mass_edges(mjj: NDArray[Any], least: int = 100) -> Values:
    """Return the standard dijet bins (n + 1,) in GeV that hold the events, merged until each has ``least``."""
    edges = np.array(CMS_DIJET_EDGES)
    low, high = np.searchsorted(edges, [mjj.min(), mjj.max()])
    edges = edges[max(low - 1, 0) : high + 1]
    return np.append(edges[merging(np.histogram(mjj, edges)[0], least)], edges[-1])


def _shade(ax: Axes, window: Window | None) -> None:
    if window is None:
        return
    ax.axvspan(window.low, window.high, color="#f89c20", alpha=0.25, label="signal region")
    for low, high in window.sidebands:
        ax.axvspan(low, high, color="#7a21dd", alpha=0.12, label="sidebands" if low < window.low else None)

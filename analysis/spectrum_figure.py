"""Figures of m_jj in a data sheet: cross sections of all samples, p-values of parts, the published spectrum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .. import bumphunt as bh
from .campaign_sample import CampaignSample
from .datasheet_cell import test
from .figure import DATA_COLOUR, OTHER_COLOUR, SIGNAL_COLOUR, STYLE, axis_title, new
from .gallery import EXPERIMENT
from .preselection import edge, selected

Values = NDArray[np.float64]

COLOURS = (
    "#3f90da",
    "#bd1f01",
    "#ffa90e",
    "#832db6",
    "#a96b59",
    "#e76300",
    "#94a4a2",
    "#b9ac70",
    "#717581",
    "#92dadd",
)


NARROWEST = 9.0
"""Inches that a headline needs."""
APART = 0.12
"""How far points of one bin are drawn from its centre, in units of its width."""


def panels(label: str, size: tuple[float, float], **grid: Any) -> tuple[Figure, Any]:
    """Open a figure of several panels in CMS style, with one headline above all of them; as ``figure.new``."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(max(size[0], NARROWEST), size[1]))
        FigureCanvasAgg(figure)
        axes = figure.subplots(squeeze=False, **grid)
        headline = rf"$\bf{{{EXPERIMENT}}}$  $\it{{{label.replace(' ', chr(92) + ' ')}}}$  (13 TeV)"
        figure.suptitle(headline, x=0.01, ha="left", fontsize=18)
    return figure, axes


def spectra(samples: Sequence[CampaignSample], label: str) -> Figure:
    """Draw the cross section in m_jj of backgrounds (fb/GeV), weighted where they are, with statistical errors."""
    figure, ax = new(label)
    lowest = np.inf
    with mpl.rc_context(STYLE):
        for i, sample in enumerate(samples):
            rate, error, edges = density(sample)
            filled = rate > 0
            lowest = min(lowest, rate[filled].min(initial=np.inf))
            centres = (edges[1:] + edges[:-1]) / 2
            colour = COLOURS[i % len(COLOURS)]
            ax.errorbar(
                centres[filled],
                rate[filled],
                error[filled],
                (np.diff(edges) / 2)[filled],
                fmt="o",
                ms=4,
                color=colour,
                label=sample.name,
            )
        ax.set(xlabel=axis_title("mjj"), ylabel=r"$d\sigma/dm_{jj}$ [fb/GeV]", yscale="log")
        ax.set_ylim(lowest / 5 if np.isfinite(lowest) else None, None)
        ax.legend(fontsize=15)
    return figure


def density(sample: CampaignSample) -> tuple[Values, Values, Values]:
    """Return cross section per GeV (fb/GeV) in m_jj of selected events, its errors, and the edges (GeV)."""
    mask, per_weight = selected(sample), sample.per_weight or 0.0
    mjj, weight = np.asarray(sample.table["mjj"][mask], float), sample.weight[mask] * per_weight
    standard = np.array(bh.CMS_DIJET_EDGES)
    low = max(edge(sample), standard[0])
    edges = np.concatenate([[low], standard[standard > low]])
    total, squares = (np.histogram(mjj, edges, weights=w)[0] for w in (weight, weight**2))
    return total / np.diff(edges), np.sqrt(squares) / np.diff(edges), edges


def part_p_values(
    parts: Mapping[str, Sequence[float]], uniformity: Mapping[str, float], label: str
) -> Figure:
    """Draw the sorted p-values of the fits to independent parts, which follow the diagonal if the function does."""
    figure, ax = new(label)
    with mpl.rc_context(STYLE):
        for i, (name, values) in enumerate(parts.items()):
            share = (np.arange(len(values)) + 0.5) / len(values)
            text = f"{test(name)}, KS p = {uniformity[name]:.2f}"
            ax.plot(np.sort(values), share, "o-", color=COLOURS[i], ms=6, lw=1, label=text)
        ax.plot([0, 1], [0, 1], ":", color="grey", label="uniform")
        ax.set(xlabel="p-value of a part", ylabel="share of parts below", xlim=(0, 1), ylim=(0, 1))
        ax.legend(fontsize=16, loc="upper left")
    return figure


def beside_published(found: Mapping[str, Any], label: str) -> Figure:
    """Draw the published rate and those of the simulation in m_jj, and their ratio, the K factor, in every bin."""
    figure, (upper, lower) = new(label, (10, 11), nrows=2, sharex=True, height_ratios=[2, 1])
    edges, published = np.array(found["edges"]), np.array(found["published_rates"])
    counts, widths = np.array(found["published_counts"]), np.diff(edges)
    centres = (edges[1:] + edges[:-1]) / 2
    used = counts > 0
    with mpl.rc_context(STYLE):
        upper.stairs(
            published / widths,
            edges,
            color=DATA_COLOUR,
            baseline=None,
            label=f"published ({found['source']})",
        )
        styles = ((OTHER_COLOUR, -APART), (SIGNAL_COLOUR, APART))
        for (kind, one), (colour, shift) in zip(found["jets"].items(), styles, strict=False):
            rate, error = np.array(one["rates"]), np.array(one["errors"])
            there = used & (rate > 0)
            x = (centres + shift * widths)[there]
            half = widths[there] * np.array([[0.5 + shift], [0.5 - shift]])
            rate, error = rate[there], error[there]
            style = {"fmt": "o", "ms": 4, "color": colour}
            upper.errorbar(
                x,
                rate / widths[there],
                error / widths[there],
                half,
                **style,
                label=rf"simulated, {kind}: K = {one['k']:.3f} $\pm$ {one['k_error']:.3f}",
            )
            ratio = published[there] / rate
            spread = ratio * np.sqrt((error / rate) ** 2 + 1 / counts[there])
            lower.errorbar(x, ratio, spread, half, **style)
            lower.axhline(one["k"], color=colour, lw=1)
        lowest = (published / widths)[used].min()
        upper.set(ylabel=r"$d\sigma/dm_{jj}$ [fb/GeV]", yscale="log", ylim=(lowest / 3, None))
        upper.legend(fontsize=15)
        lower.set(xlabel=axis_title("mjj"), ylabel="K", xlim=(edges[0], edges[-1]), ylim=(0.4, 2.2))
    return figure

"""Figures of what the detector does to jets in a data sheet: response, resolution, b tagging."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..datasets.btag import WORKING_POINTS
from .campaign_sample import CampaignSample
from .figure import STYLE
from .response import QUANTITIES
from .spectrum_figure import COLOURS, panels
from .tagging import FLAVOURS, enough

Records = Mapping[str, Mapping[str, Sequence[Mapping[str, float]]]]


def responses(found: Records, label: str) -> Figure:
    """Draw response (left) and resolution (right) of pT, mass and soft-drop mass against the generated pT.

    ``found`` holds the records of ``response.Response`` by group of samples and quantity.
    """
    with mpl.rc_context({**STYLE, "font.size": 18}):
        figure, axes = panels(label, (14, 12), nrows=3, ncols=2, sharex=True)
        for row, quantity in enumerate(QUANTITIES):
            left, right = axes[row]
            for i, (group, records) in enumerate(found.items()):
                _points(left, records.get(quantity.name, ()), "median", COLOURS[i % len(COLOURS)], group)
                _points(right, records.get(quantity.name, ()), "resolution", COLOURS[i % len(COLOURS)], group)
            left.axhline(1, color="grey", lw=1, ls=":")
            left.set(ylim=(0.8, 1.15))
            left.set_ylabel(f"median, {quantity.title}", fontsize=16)
            right.set(ylim=(0, 0.2 if row else 0.12))
            right.set_ylabel(f"resolution, {quantity.title}", fontsize=16)
        for ax in axes[-1]:
            ax.set_xlabel(r"generated $p_T$ [GeV]")
        axes[0][1].legend(fontsize=14, ncols=2)
    return figure


def _points(ax: Any, records: Sequence[Mapping[str, float]], name: str, colour: str, text: str) -> None:
    if not records:
        ax.plot([], [], "o-", ms=4, lw=1, color=colour, label=text)
        return
    low, high, value = (np.array([r[key] for r in records]) for key in ("low", "high", name))
    error = [r["error"] for r in records] if name == "median" else None
    ax.errorbar(
        (low + high) / 2,
        value,
        error,
        (high - low) / 2,
        fmt="o-",
        ms=4,
        lw=1,
        color=colour,
        label=text,
    )


def scores(samples: Sequence[CampaignSample], label: str) -> Figure:
    """Draw the b-tag score of jets by flavour, of unit area, one panel for each sample.

    Flavours with too few jets are left out, as everywhere.
    """
    edges = np.linspace(0, 1, 41)
    figure, axes = panels(label, (7 * len(samples) + 1, 7), ncols=len(samples))
    with mpl.rc_context({**STYLE, "font.size": 18}):
        for ax, sample in zip(axes[0], samples, strict=True):
            for colour, (number, name) in zip(COLOURS[1::-1] + COLOURS[2:], FLAVOURS.items(), strict=False):
                mine = sample.jets("flavour") == number
                weight = np.tile(sample.weight, 2)[mine]
                if not enough(weight):
                    continue
                shape = _shape(sample.jets("btag")[mine], weight, edges)
                ax.stairs(shape, edges, color=colour, lw=2, label=f"{name} ({mine.sum():,} jets)")
            for threshold in WORKING_POINTS.values():
                ax.axvline(threshold, color="grey", lw=1, ls=":")
            ax.set(xlabel="b-tag score", ylabel="density", yscale="log", xlim=(0, 1))
            ax.legend(title=sample.name, fontsize=15, title_fontsize=16)
    return figure


def _shape(values: NDArray[Any], weight: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[Any]:
    counts = np.histogram(values, edges, weights=weight)[0]
    return np.asarray(counts / max(counts.sum(), 1e-300) / np.diff(edges))


def tagging(found: Mapping[str, Mapping[str, Mapping[str, Any]]], title: str, label: str) -> Figure:
    """Draw the efficiency of the working points against pT, one panel for each flavour; see ``tagging.efficiencies``."""
    figure, axes = panels(label, (6 * len(found) + 1, 6.5), ncols=len(found))
    with mpl.rc_context({**STYLE, "font.size": 18}):
        for ax, (flavour, points) in zip(axes[0], found.items(), strict=True):
            for i, (point, one) in enumerate(points.items()):
                rows = [{**row, "median": row["value"]} for row in one["bins"]]
                _points(ax, rows, "median", COLOURS[i], f"{point}, {one['value']:.3g}")
            ax.set(xlabel=r"$p_T$ [GeV]", ylabel=f"efficiency, {flavour}", yscale="log", ylim=(1e-4, 1.5))
            ax.legend(title=title, fontsize=15, title_fontsize=16)
    return figure

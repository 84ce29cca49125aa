"""Figures of what a trained tagger does."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

import matplotlib as mpl
import mplhep
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..datasets.table import Array
from ..taggers.base import unnest
from .diagnosis import REGIONS
from .figure import DATA_COLOUR, OTHER_COLOUR, SIGNAL_COLOUR, STYLE, axis_title, feature_edges, new

Curves = Mapping[str, list[Array]]
TITLES = {"sidebands": "sidebands", "signal_region": "signal region"}


def losses(arrays: Mapping[str, Array], label: str) -> Figure | None:
    """Draw the losses of all units by epoch or round, a panel for each model of the tagger; None without losses."""
    panels = _panels(unnest("history", arrays))
    if not panels:
        return None
    with mpl.rc_context({**STYLE, "font.size": 18}):
        figure, axes = new(label, (9 * len(panels), 7), ncols=len(panels), squeeze=False)
        for ax, (name, curves) in zip(axes[0], panels.items(), strict=True):
            _losses(ax, name, curves)
    return figure


def importance(arrays: Mapping[str, Array], label: str) -> Figure | None:
    """Draw how much a selection depends on each column, the largest at the top; None without columns."""
    found = sorted((float(value), name) for name, value in unnest("importance", arrays).items())
    if not found:
        return None
    with mpl.rc_context({**STYLE, "font.size": 18}):
        figure, ax = new(label, (13, 2.5 + 0.5 * len(found)))
        ax.barh(range(len(found)), [value for value, _ in found], color=OTHER_COLOUR, alpha=0.5)
        for row, (_, name) in enumerate(found):
            ax.annotate(
                axis_title(name).split(" [")[0], (0, row), (8, 0), textcoords="offset points", va="center"
            )
        ax.set(yticks=[])
        ax.set(xlabel="fraction of the highest scores that is lost, column permuted")
        ax.tick_params(axis="y", which="minor", left=False, right=False)
    return figure


def closure(arrays: Mapping[str, Array], label: str) -> Figure | None:
    """Draw the features of data and of background drawn at the same masses; None for taggers that draw none."""
    columns = [(region, unnest(f"data/{region}", arrays)) for region in REGIONS]
    names = list(columns[0][1])
    if not names or not columns[1][1]:
        return None
    with mpl.rc_context({**STYLE, "font.size": 16}):
        figure, axes = new(label, (14, 4 * len(names)), nrows=len(names), ncols=2, squeeze=False)
        for column, (region, data) in enumerate(columns):
            area = float(arrays[f"separability/{region}"])
            for row, name in enumerate(names):
                _compare(axes[row][column], name, data[name], arrays[f"drawn/{region}/{name}"])
            axes[0][column].legend(title=f"{TITLES[region]}\nAUC of a classifier {area:.3f}", fontsize=14)
    return figure


def _panels(history: Mapping[str, Array]) -> dict[str, dict[str, list[Array]]]:
    """Group losses by model, without the numbers of units and copies; what has one number is no loss."""
    panels: dict[str, dict[str, list[Array]]] = defaultdict(lambda: defaultdict(list))
    for name, values in history.items():
        path = name.split("/")[2:]
        if path[-1] in ("loss", "validation") and len(values) > 1:
            panels[re.sub(r"(?<=\w\w)\d+$", "", "/".join(path[:-1])) or "model"][path[-1]].append(values)
    return panels


def _losses(ax: Axes, name: str, curves: Curves) -> None:
    colours = {"loss": OTHER_COLOUR, "validation": SIGNAL_COLOUR}
    for kind, found in curves.items():
        for i, values in enumerate(found):
            text = {"loss": "training", "validation": "validation"}[kind] if not i else None
            ax.plot(np.arange(1, len(values) + 1), values, color=colours[kind], lw=1, alpha=0.6, label=text)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set(xlabel="epoch or round", ylabel=f"loss of {name}")
    ax.legend()


def _compare(ax: Axes, name: str, data: Array, drawn: Array) -> None:
    bins = feature_edges(data)
    for values, colour, text, kind in (
        (drawn, OTHER_COLOUR, "drawn background", "fill"),
        (data, DATA_COLOUR, "data", "errorbar"),
    ):
        counts = np.histogram(values, bins)[0]
        scale = len(data) / max(len(values), 1)
        mplhep.histplot(
            counts * scale,
            bins,
            yerr=np.sqrt(counts) * scale if kind == "errorbar" else False,
            ax=ax,
            color=colour,
            label=text,
            histtype=kind,
            alpha=0.6 if kind == "fill" else 1,
            flow="none",
        )
    ax.set_xlabel(axis_title(name), fontsize=15)
    ax.set_ylabel("events", fontsize=14)
    ax.set_xlim(bins[0], bins[-1])

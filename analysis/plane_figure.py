"""The plane of QUAK: background, selected events and signal."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from ..datasets.table import FeatureTable
from ..datasets.window import OUTSIDE, SIGNAL_REGION
from ..taggers.quak_bin import ANGLES, LIKE, RADII, UNLIKE
from .figure import DATA_COLOUR, SIGNAL_COLOUR, STYLE, new

MOST = 1000
"""Signal events that are drawn."""
SIDE = 12.0


def plane(data: FeatureTable, signal: FeatureTable, label: str, legend: str) -> Figure:
    """Draw how unlike background and how like the signals events are: sidebands, what is selected in the signal region, and signal."""
    figure, ax = new(label, (11, 9))
    sidebands = data.where((data["region"] != SIGNAL_REGION) & (data["region"] != OUTSIDE))
    windowed = np.any(data["region"] == SIGNAL_REGION)
    inside = [(table["region"] == SIGNAL_REGION) | ~windowed for table in (data, signal)]
    selected = data.where(inside[0] & (data["category"] >= 0))
    shown = signal.where(inside[1] & (np.cumsum(inside[1]) <= MOST))
    with mpl.rc_context(STYLE):
        edges = np.linspace(-SIDE / 3, SIDE, 81)
        counts, *_ = np.histogram2d(sidebands[UNLIKE], sidebands[LIKE], edges)
        image = ax.pcolormesh(edges, edges, np.where(counts > 0, counts, np.nan).T, norm="log", cmap="Blues")
        figure.colorbar(image, ax=ax, label="sideband events")
        ax.plot(shown[UNLIKE], shown[LIKE], ".", ms=3, color=SIGNAL_COLOUR, label=legend)
        ax.plot(
            selected[UNLIKE],
            selected[LIKE],
            "x",
            ms=5,
            color=DATA_COLOUR,
            label="selected, signal region" if windowed else "selected",
        )
        for angle in (ANGLES[0], ANGLES[-1]):
            ax.plot(*(RADII[-1] * np.outer([np.cos(angle), np.sin(angle)], [0, 1])), ":", color="grey", lw=1)
        ax.set(
            xlabel="unlike background", ylabel="like the signals", xlim=edges[[0, -1]], ylim=edges[[0, -1]]
        )
        ax.legend(loc="upper right")
    return figure

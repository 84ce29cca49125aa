"""The figures of performance: ROC and SIC curves of all taggers with their bands, in CMS style."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..taggers.metric import rejection_curve, sic_curve
from ..taggers.roc import Roc, band
from .figure import STYLE, banded, new
from .performance import Contest

EFFICIENCIES = np.linspace(0.01, 1.0, 100)


def roc(contests: Mapping[str, Contest], label: str) -> Figure:
    """Draw background rejection against signal efficiency of every tagger, with 68% bands from bootstrap samples.

    Curves end where fewer than 3 background events pass.
    """
    figure, ax = new(label)
    with mpl.rc_context(STYLE):
        _draw(ax, contests, rejection_curve)
        ax.plot(EFFICIENCIES, 1 / EFFICIENCIES, ":", color="grey", label="random")
        ax.set(xlabel="signal efficiency", ylabel="background rejection", yscale="log", xlim=(0, 1))
        ax.legend(title=_title(contests), fontsize=17, title_fontsize=15)
    return figure


def sic(contests: Mapping[str, Contest], label: str) -> Figure:
    """Draw the significance improvement against signal efficiency of every tagger, with 68% bands.

    Curves end where fewer than 25 background events pass.
    """
    figure, ax = new(label)
    with mpl.rc_context(STYLE):
        _draw(ax, contests, sic_curve)
        ax.plot(EFFICIENCIES, np.sqrt(EFFICIENCIES), ":", color="grey", label="random")
        ax.set(xlabel="signal efficiency", ylabel="significance improvement (SIC)")
        ax.set(xlim=(0, 1), ylim=(0, None))
        ax.legend(title=_title(contests), fontsize=17, title_fontsize=15)
    return figure


def _draw(ax: Axes, contests: Mapping[str, Contest], read: Callable[[Roc, Any], NDArray[np.float64]]) -> None:
    for i, (name, found) in enumerate(contests.items()):
        drawn = band(found.roc(), found.replicas(), lambda curve: read(curve, EFFICIENCIES))
        banded(ax, i, EFFICIENCIES, (drawn.low, drawn.centre, drawn.high), name)


def _title(contests: Mapping[str, Contest]) -> str:
    first = next(iter(contests.values()))
    events = "background: truth" if first.background == "truth" else "background: sidebands"
    return f"window {first.window}, {events}"

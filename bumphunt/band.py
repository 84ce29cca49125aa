"""The figure of upper limits against resonance mass, with the bands of one and two standard deviations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .plot import canvas, caption
from .result import LimitScan

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BANDS = {"#85d1fbff": (0, 4, r"Expected, $\pm 2\sigma$"), "#ffdf7fff": (1, 3, r"Expected, $\pm 1\sigma$")}


def limit_figure(scan: LimitScan, *, experiment: str = "", label: str = "", header: str = "13 TeV") -> Figure:
    """Draw observed and expected limits.

    Arguments:
        scan: the limits; those of a single mass are drawn as bars.
        experiment: name in bold at the upper left.
        label: what follows it, such as "Simulation, not for physics".
        header: luminosity and energy at the upper right.

    Returns:
        The figure, not registered with pyplot.

    """
    masses = np.array([one.mass for one in scan.limits])
    expected = np.array([one.expected for one in scan.limits]).T
    observed = [one.observed for one in scan.limits]
    width = 0.01 * masses if len(masses) == 1 else np.zeros(len(masses))
    at = np.concatenate([masses - width, masses + width]) if len(masses) == 1 else masses
    with canvas() as figure:
        axes = figure.subplots()
        for colour, (low, high, name) in BANDS.items():
            bottom, top = np.resize(expected[low], len(at)), np.resize(expected[high], len(at))
            axes.fill_between(at, bottom, top, color=colour, label=name)
        axes.plot(at, np.resize(expected[2], len(at)), "k--", label="Expected, median")
        if None not in observed:
            axes.plot(masses, np.array(observed, dtype=float), "ko-", ms=5, label="Observed")
        axes.set_yscale("log")
        axes.set_xlabel("Resonance mass [GeV]")
        first = scan.limits[0]
        axes.set_ylabel(f"{first.level:.0%} CL upper limit [{first.unit}]")
        axes.legend(fontsize="x-small", loc="best")
        caption(axes, experiment, label, header)
    return figure

"""The figure of upper limits against resonance mass, with the bands of one and two standard deviations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from .array import FloatArray
from .limit_result import LimitScan
from .plot import canvas, caption

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BANDS = {"#85d1fbff": (0, 4, r"Expected, $\pm 2\sigma$"), "#ffdf7fff": (1, 3, r"Expected, $\pm 1\sigma$")}
THEORY = ("#bd1f01", "#3f90da", "#832db6", "#94a4a2")
NO_THEORY: Mapping[str, tuple[ArrayLike, ArrayLike]] = {}


def limit_figure(
    scan: LimitScan,
    *,
    theory: Mapping[str, tuple[ArrayLike, ArrayLike]] = NO_THEORY,
    per: ArrayLike = 1.0,
    unit: str | None = None,
    experiment: str = "",
    label: str = "",
    header: str = "13 TeV",
) -> Figure:
    """Draw observed and expected limits.

    Arguments:
        scan: the limits; those of a single mass are drawn as bars.
        theory: masses in GeV and predictions, in the unit of the axis, of each named model.
        per: what the limits are divided by, such as luminosity times acceptance, for all masses or for each.
        unit: of the quotients, such as "pb"; that of the limits unless given.
        experiment: name in bold at the upper left.
        label: what follows it, such as "Simulation, not for physics".
        header: luminosity and energy at the upper right.

    Returns:
        The figure, not registered with pyplot.

    """
    masses = np.array([one.mass for one in scan.limits])
    scale = np.broadcast_to(np.asarray(per, dtype=float), masses.shape)
    expected = np.array([one.expected for one in scan.limits]).T / scale
    observed = [one.observed for one in scan.limits]
    with canvas() as figure:
        axes = figure.subplots()
        _bands(axes, masses, expected)
        if None not in observed:
            axes.plot(masses, np.array(observed, dtype=float) / scale, "ko-", ms=5, label="Observed")
        for index, (name, (at, values)) in enumerate(theory.items()):
            axes.plot(at, values, "-.", color=THEORY[index % len(THEORY)], label=name)
        axes.set_yscale("log")
        if len(masses) == 1:
            axes.set_xlim(0.9 * masses[0], 1.1 * masses[0])
            axes.set_ylim(0.3 * axes.dataLim.y0, 6 * axes.dataLim.y1)
        axes.set_xlabel("Resonance mass [GeV]")
        first = scan.limits[0]
        axes.set_ylabel(f"{first.level:.0%} CL upper limit [{unit or first.unit}]")
        axes.legend(fontsize="x-small", loc="best")
        caption(axes, experiment, label, header)
    return figure


def _bands(axes: Axes, masses: FloatArray, expected: FloatArray) -> None:
    single = len(masses) == 1
    at = np.concatenate([0.99 * masses, 1.01 * masses]) if single else masses
    for colour, (low, high, name) in BANDS.items():
        bottom, top = np.resize(expected[low], len(at)), np.resize(expected[high], len(at))
        axes.fill_between(at, bottom, top, color=colour, label=name)
    axes.plot(at, np.resize(expected[2], len(at)), "k--", label="Expected, median")

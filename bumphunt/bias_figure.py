"""Figures of tests of the background function: mean pulls by truth and strength, spurious signal against mass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .bias_result import Bias, SpuriousSignal
from .plot import canvas, caption

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SPREAD = 0.5  # of the points of one truth, in distances between truths


def bias_figure(result: Bias, *, experiment: str = "", label: str = "", header: str = "13 TeV") -> Figure:
    """Draw the mean pulls, a panel for each mass, a column for each truth and a colour for each strength.

    Arguments:
        result: the bias test; points without a mean are left out.
        experiment: name in bold at the upper left.
        label: what follows it, such as "Simulation, not for physics".
        header: luminosity and energy at the upper right.

    Returns:
        The figure, not registered with pyplot.

    """
    masses = sorted({point.mass for point in result.points})
    truths = list(dict.fromkeys(point.truth for point in result.points))
    with canvas() as figure:
        panels = np.atleast_1d(figure.subplots(len(masses), 1, sharex=True))
        figure.subplots_adjust(hspace=0.08)
        for axes, mass in zip(panels, masses, strict=True):
            _pulls(axes, result, mass, truths)
        panels[0].legend(fontsize="x-small", ncols=3, loc="upper right")
        panels[-1].set_xticks(range(len(truths)), truths)
        panels[-1].set_xlabel("Toys drawn from")
        caption(panels[0], experiment, label, header)
    return figure


def _pulls(axes: Any, result: Bias, mass: float, truths: list[str]) -> None:
    strengths = sorted({point.deviations for point in result.points})
    shifts = np.linspace(-SPREAD / 2, SPREAD / 2, len(strengths)) if len(strengths) > 1 else [0.0]
    axes.axhspan(-result.threshold, result.threshold, color="lightgrey", lw=0)
    axes.axhline(0, color="black", lw=1)
    for index, (strength, shift) in enumerate(zip(strengths, shifts, strict=True)):
        points = [
            p for p in result.points if (p.mass, p.deviations) == (mass, strength) and p.pull is not None
        ]
        axes.errorbar(
            [truths.index(point.truth) + shift for point in points],
            [point.pull for point in points],
            [point.pull_error for point in points],
            fmt="o",
            color=f"C{index}",
            label=rf"{strength:g}$\sigma$ injected",
        )
    highest = max([2.9 * result.threshold, *(1.2 * abs(p.pull) for p in result.points if p.pull is not None)])
    axes.set_ylim(-highest, highest)
    axes.set_xlim(-0.5, len(truths) - 0.5)
    axes.set_ylabel("Mean pull")
    axes.text(0.02, 0.05, f"{mass:g} GeV", transform=axes.transAxes, fontsize="small")
    axes.minorticks_off()


def spurious_figure(
    results: Mapping[str, SpuriousSignal], *, experiment: str = "", label: str = "", header: str = "13 TeV"
) -> Figure:
    """Draw spurious signals over their statistical errors against the resonance mass.

    Arguments:
        results: name and result of each curve; the band is the threshold of the first.
        experiment: as in `bias_figure`.
        label: as in `bias_figure`.
        header: as in `bias_figure`.

    Returns:
        The figure, not registered with pyplot.

    """
    with canvas() as figure:
        axes = figure.subplots()
        threshold = next(iter(results.values())).threshold
        axes.axhspan(-threshold, threshold, color="lightgrey", lw=0)
        axes.axhline(0, color="black", lw=1)
        for name, result in results.items():
            known = [(point.mass, point.ratio) for point in result.points if point.ratio is not None]
            axes.plot(*np.array(known).reshape(-1, 2).T, "o-", ms=5, label=name)
        axes.set_xlabel("Resonance mass [GeV]")
        axes.set_ylabel(r"Spurious signal / $\sigma$")
        axes.legend(fontsize="x-small")
        caption(axes, experiment, label, header)
    return figure

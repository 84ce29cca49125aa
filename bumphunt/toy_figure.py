"""The figure of the largest excess of background toys, with that of the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from .array import FloatArray
from .lookelsewhere import extrapolated
from .plot import COLOURS, canvas, caption
from .scanresult import GlobalP
from .toys import binomial_interval

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STEPS = 121


def toy_figure(
    largest: FloatArray,
    chance: GlobalP,
    *,
    experiment: str = "",
    label: str = "",
    header: str = "13 TeV",
) -> Figure:
    """Draw the share of toys whose largest excess is at least z, against z.

    Arguments:
        largest: largest root of each toy, NaN where a fit failed, which counts as larger, shape (n_toys,).
        chance: the global p-value; with a `GrossVitells` extrapolation, its curve is drawn.
        experiment: name in bold at the upper left.
        label: what follows it, such as "Simulation, not for physics".
        header: luminosity and energy at the upper right.

    Returns:
        The figure, not registered with pyplot.

    """
    roots = np.sort(np.where(np.isnan(largest), np.inf, largest))
    finite = roots[np.isfinite(roots)]
    top = 1.1 * max(chance.r, float(finite[-1]) if len(finite) else 0.0, 3.0)
    z = np.linspace(0, top, STEPS)
    larger = len(roots) - np.searchsorted(roots, z)
    low, high = np.array([binomial_interval(int(n), len(roots)) for n in larger]).T
    share = np.where(larger > 0, larger / len(roots), np.nan)
    with canvas() as figure:
        axes = figure.subplots()
        axes.fill_between(z, low, high, step="mid", color=COLOURS["band"], alpha=0.5, lw=0)
        axes.step(z, share, where="mid", color="black", label=f"{len(roots):,} toys")
        if chance.gross_vitells is not None:
            n_toys = chance.gross_vitells.n_toys
            curve = extrapolated(chance.gross_vitells, z)
            axes.plot(z, curve, color=COLOURS["fit"], label=f"Gross-Vitells, {n_toys:,} toys")
        axes.plot(z, ndtr(-z), "--", color="grey", label="Local p-value")
        if chance.r > 0:
            axes.axvline(chance.r, color=COLOURS["signal"], lw=2, label=f"Observed, p = {chance.p:.2g}")
        axes.set_yscale("log")
        axes.set_ylim(0.3 / len(roots), 2)
        axes.set_xlim(0, top)
        axes.set_xlabel(r"Largest local significance $z$")
        axes.set_ylabel(r"Share of toys with at least $z$")
        axes.legend(fontsize="x-small", loc="best")
        caption(axes, experiment, label, header)
    return figure

"""The figures of a BumpHunter search: where the bump is, and the statistics of the toys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

from .array import FloatArray
from .bump import BumpHunt
from .bumpstatistic import log_p
from .plot import COLOURS, canvas, caption, garwood

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def bump_figure(
    hunt: BumpHunt, *, experiment: str = "", label: str = "", header: str = "13 TeV", y_label: str = "y"
) -> Figure:
    """Draw the largest bump on its spectrum or, in two dimensions, on the map of local significances.

    Arguments:
        hunt: the search.
        experiment: name in bold at the upper left.
        label: what follows it, such as "Simulation, not for physics".
        header: luminosity and energy at the upper right.
        y_label: name and unit of the second axis, in two dimensions.

    Returns:
        The figure, not registered with pyplot.

    """
    with canvas() as figure:
        axes = _map(figure, hunt, y_label) if hunt.y_edges else _spectrum(figure, hunt)
        caption(axes, experiment, label, header)
    return figure


def bump_toys_figure(
    hunt: BumpHunt, *, experiment: str = "", label: str = "", header: str = "13 TeV"
) -> Figure:
    """Draw the statistics of the toys with the observed one; arguments as in `bump_figure`."""
    with canvas() as figure:
        axes = figure.subplots()
        highest = max([*hunt.toys, hunt.statistic], default=1.0)
        axes.hist(
            hunt.toys,
            bins=np.linspace(0, 1.05 * highest, 60).tolist(),
            color=COLOURS["band"],
            label=f"{len(hunt.toys)} toys",
        )
        text = f"Observed, t = {hunt.statistic:.2f}"
        if hunt.p is not None:
            text += f", global p = {hunt.p:.2g}" if hunt.n_larger else f", global p < {hunt.p_high:.1g}"
        axes.axvline(hunt.statistic, color=COLOURS["fit"], lw=2, label=text)
        axes.set_yscale("log")
        axes.set_ylim(0.5, 20 * max(axes.get_ylim()[1], 1.0))
        axes.set_xlabel("BumpHunter statistic t")
        axes.set_ylabel("Toys")
        axes.legend(fontsize="x-small", loc="best")
        caption(axes, experiment, label, header)
    return figure


def bin_significances(hunt: BumpHunt) -> FloatArray:
    """Return the signed significance of each bin alone, shape (n,) or (n, m), negative for deficits."""
    n, b = np.array(hunt.observed), np.array(hunt.expected)
    above = n > b
    p = np.exp(np.where(above, log_p(np.maximum(n, 1), b), log_p(n, b, deficits=True)))
    z = np.maximum(-ndtri(np.maximum(p, 1e-300)), 0) * np.where(above, 1, -1)
    return np.asarray(z.reshape(len(hunt.edges) - 1, -1).squeeze() if hunt.y_edges else z, dtype=float)


def _spectrum(figure: Figure, hunt: BumpHunt) -> Any:
    edges, observed, expected = np.array(hunt.edges), np.array(hunt.observed), np.array(hunt.expected)
    widths, centres = np.diff(edges), (edges[1:] + edges[:-1]) / 2
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    figure.subplots_adjust(hspace=0.06)
    errors = np.array(garwood(observed)) / widths
    upper.errorbar(
        centres, observed / widths, errors, widths / 2, fmt="o", color=COLOURS["data"], ms=5, label="Data"
    )
    upper.stairs(expected / widths, edges, color=COLOURS["fit"], lw=2, label="Background", baseline=None)
    upper.set_yscale("log")
    upper.set_ylim(0.3 * (expected / widths).min(), 30 * (expected / widths).max())
    upper.set_ylabel("Events / GeV")
    lower.stairs(bin_significances(hunt), edges, fill=True, color=COLOURS["signal"])
    lower.axhline(0, color="black", lw=1)
    lower.set_ylabel("z of bin")
    lower.set_xlabel(r"$m_{jj}$ [GeV]")
    lower.set_xlim(edges[0], edges[-1])
    for axes in (upper, lower):
        axes.axvspan(hunt.bump.low, hunt.bump.high, color=COLOURS["band"], alpha=0.4, lw=0)
    upper.legend(title=_title(hunt), fontsize="x-small", title_fontsize="x-small")
    return upper


def _map(figure: Figure, hunt: BumpHunt, y_label: str) -> Any:
    from matplotlib.patches import Rectangle  # noqa: PLC0415

    axes = figure.subplots()
    figure.subplots_adjust(top=0.88)
    z = bin_significances(hunt).reshape(len(hunt.edges) - 1, -1)
    deepest = max(float(np.abs(z).max()), 1.0)
    mesh = axes.pcolormesh(hunt.edges, hunt.y_edges, z.T, cmap="RdBu_r", vmin=-deepest, vmax=deepest)
    figure.colorbar(mesh, ax=axes, label="z of bin")
    bump = hunt.bump
    y_low, y_high = bump.y_low or 0.0, bump.y_high or 0.0
    axes.add_patch(Rectangle((bump.low, y_low), bump.high - bump.low, y_high - y_low, fill=False, lw=3))
    axes.set_xlabel(r"$m_{jj}$ [GeV]")
    axes.set_ylabel(y_label)
    axes.set_title(_title(hunt).replace("\n", ", "), fontsize="x-small", pad=35)
    axes.locator_params(axis="x", nbins=5)
    return axes


def _title(hunt: BumpHunt) -> str:
    bump = hunt.bump
    where = f"{bump.low:g}-{bump.high:g} GeV: {bump.observed:.0f} events, {bump.expected:.1f} expected"
    return f"{where}\nlocal p = {bump.p_local:.2g}"

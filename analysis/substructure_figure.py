"""Figures of the jets of signals in a data sheet: masses and substructure over the background, and containment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from . import containment
from .campaign_sample import QUANTITIES, CampaignSample
from .figure import STYLE, axis_title, new
from .preselection import selected
from .spectrum_figure import COLOURS, panels

Values = NDArray[np.float64]

RANGES: Mapping[str, tuple[float, float, int]] = {
    "msd": (0, 500, 50),
    "tau21": (0, 1, 40),
    "tau32": (0, 1, 40),
    "tau43": (0, 1, 40),
    "n_pf": (0, 250, 50),
    "btag": (0, 1, 40),
    "lsf3": (0, 1, 40),
}
"""Lowest and highest value and number of bins of every quantity that is drawn."""
LOGARITHMIC = {"btag", "lsf3"}
TITLES = {"btag": "b-tag score", "lsf3": "LSF3"}


def substructure(
    signals: Sequence[CampaignSample], background: CampaignSample | None, label: str, names: Sequence[str]
) -> Figure:
    """Draw quantities ``names`` of j1 and j2 of selected events, each of unit area, signals over a background."""
    with mpl.rc_context({**STYLE, "font.size": 14}):
        figure, axes = panels(label, (14, 2.7 * len(names) + 0.6), nrows=len(names), ncols=2)
        for row, name in enumerate(names):
            for column, jet in enumerate(("j1", "j2")):
                _panel(axes[row][column], f"{jet}_{name}", signals, background)
        axes[0][1].legend(fontsize=11, ncols=1 + (len(signals) > 5))
    return figure


def shared(samples: Sequence[CampaignSample]) -> list[str]:
    """Return the quantities that all samples have."""
    return [name for name in QUANTITIES if all(sample.has(f"j1_{name}") for sample in samples)]


def _panel(ax: Axes, name: str, signals: Sequence[CampaignSample], background: CampaignSample | None) -> None:
    quantity = name[3:]
    low, high, number = RANGES[quantity]
    edges = np.linspace(low, high, number + 1)
    if background is not None:
        ax.stairs(_shape(background, name, edges), edges, fill=True, color="#d5d8dd", label=background.name)
    for i, sample in enumerate(signals):
        colour = COLOURS[i % len(COLOURS)]
        ax.stairs(_shape(sample, name, edges), edges, color=colour, lw=1.4, label=short(sample))
    ax.set(xlim=(low, high), yscale="log" if quantity in LOGARITHMIC else "linear")
    ax.set_xlabel(
        f"{TITLES[quantity]} of {name[:2]}" if quantity in TITLES else axis_title(name), fontsize=13
    )
    ax.tick_params(labelsize=11)


def short(sample: CampaignSample) -> str:
    """Return the masses of a signal for a legend, or the name of any other sample."""
    kind, _, masses = sample.origin.benchmark.partition("_")
    return masses.replace("_", ", ") + " GeV" if masses and sample.name.startswith(kind) else sample.name


def _shape(sample: CampaignSample, name: str, edges: Values) -> Values:
    """Return a histogram of unit area; what lies beyond the last edge is in the last bin."""
    mask = selected(sample)
    values = np.minimum(sample.table[name][mask], np.nextafter(edges[-1], -np.inf))
    counts = np.histogram(values, edges, weights=sample.weight[mask])[0]
    return np.asarray(counts / max(counts.sum(), 1e-300) / np.diff(edges))


def radii(signals: Sequence[CampaignSample], label: str) -> Figure:
    """Draw the share of events whose daughters are both contained, against the radius of the jets."""
    figure, ax = new(label)
    with mpl.rc_context(STYLE):
        for i, sample in enumerate(signals):
            style = ("-", "--", ":")[i // len(COLOURS) % 3]
            ax.plot(
                containment.RADII,
                containment.curve(sample),
                style,
                color=COLOURS[i % len(COLOURS)],
                label=sample.name,
            )
        ax.axvline(signals[0].origin.radius, color="grey", lw=1)
        ax.set(xlabel="radius", ylabel="both daughters contained", xlim=(0.1, 1.5), ylim=(0, 1.02))
        ax.legend(fontsize=11 if len(signals) > 6 else 16, ncols=1 + (len(signals) > 12), loc="lower right")
    return figure


def heavy_jets(sample: CampaignSample, label: str) -> Figure:
    """Draw the soft-drop mass of all jets of a sample, and of those that are W or top by truth."""
    figure, ax = new(label)
    mask, edges = selected(sample), np.linspace(0, 300, 61)
    msd, weight = sample.jets("msd", mask), np.tile(sample.weight[mask], 2)
    groups = [
        ("all jets", np.ones(len(msd), bool)),
        *((n, sample.jets(k, mask).astype(bool)) for n, k in _HEAVY),
    ]
    with mpl.rc_context(STYLE):
        for i, (name, mine) in enumerate(groups):
            counts = np.histogram(msd[mine], edges, weights=weight[mine])[0]
            ax.stairs(counts, edges, color=("black", *COLOURS)[i], lw=2, label=f"{name} ({mine.sum()})")
        ax.set(xlabel="soft-drop mass [GeV]", ylabel="jets per 5 GeV", xlim=(0, 300))
        ax.legend(title=sample.name, fontsize=18)
    return figure


_HEAVY = (("two quarks of a W alone", "w"), ("all three quarks of a top", "top"))

"""Figures of the jets of signals in a data sheet: masses and substructure over the background, and containment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter
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
LOGARITHMIC = {"msd", "btag", "lsf3"}
MOST = 5
"""Largest number of signals in a figure."""
TITLES = {"btag": "b-tag score", "lsf3": "LSF3"}


def groups(signals: Sequence[CampaignSample]) -> list[Sequence[CampaignSample]]:
    """Return signals in as few groups of at most ``MOST`` as possible, of about the same size."""
    number = -(-len(signals) // MOST)
    size = -(-len(signals) // max(number, 1))
    return [signals[i * size : (i + 1) * size] for i in range(number)]


def substructure(
    signals: Sequence[CampaignSample], background: CampaignSample | None, label: str, names: Sequence[str]
) -> Figure:
    """Draw quantities ``names`` of j1 and j2 of selected events, each of unit area, signals over a background."""
    with mpl.rc_context({**STYLE, "font.size": 14}):
        figure, axes = panels(label, (14, 2.7 * len(names) + 1), nrows=len(names), ncols=2)
        for row, name in enumerate(names):
            for column, jet in enumerate(("j1", "j2")):
                _panel(axes[row][column], f"{jet}_{name}", signals, background)
        figure.supylabel("density", fontsize=15)
        _legend_above(axes[0])
    return figure


def _legend_above(axes: Sequence[Axes]) -> None:
    """Write the legend of panels side by side, which show the same, in one line above them."""
    handles, texts = axes[0].get_legend_handles_labels()
    size = -(-len(handles) // len(axes))
    for i, ax in enumerate(axes):
        part = slice(i * size, (i + 1) * size)
        ax.legend(
            handles[part],
            texts[part],
            loc="lower left",
            bbox_to_anchor=(0, 1),
            borderaxespad=0.2,
            ncols=size,
            fontsize=12,
            handlelength=1.2,
            handletextpad=0.5,
            columnspacing=1.0,
        )


def shared(samples: Sequence[CampaignSample]) -> list[str]:
    """Return the quantities that all samples have."""
    return [name for name in QUANTITIES if all(sample.has(f"j1_{name}") for sample in samples)]


def _panel(ax: Axes, name: str, signals: Sequence[CampaignSample], background: CampaignSample | None) -> None:
    quantity = name[3:]
    low, high, number = RANGES[quantity]
    edges = np.linspace(low, high, number + 1)
    shapes = [_shape(sample, name, edges) for sample in signals]
    if background is not None:
        shapes.append(_shape(background, name, edges))
        ax.stairs(shapes[-1], edges, fill=True, color="#d5d8dd", label=background.name)
    for sample, shape, colour in zip(signals, shapes, COLOURS, strict=False):
        ax.stairs(shape, edges, color=colour, lw=1.4, label=short(sample))
    ax.set(xlim=(low, high))
    if quantity in LOGARITHMIC:
        _decades(ax, np.concatenate(shapes))
    ax.set_xlabel(
        f"{TITLES[quantity]} of {name[:2]}" if quantity in TITLES else axis_title(name), fontsize=13
    )
    ax.tick_params(labelsize=11)


def _decades(ax: Axes, values: Values) -> None:
    """Draw y in whole decades around all values above 0, with numbers at decades only."""
    filled = values[values > 0]
    low, high = (np.floor(np.log10(filled.min())), np.ceil(np.log10(filled.max()))) if len(filled) else (0, 1)
    ax.set(yscale="log", ylim=(10.0**low, 10.0 ** max(high, low + 1)))
    ax.yaxis.set_major_locator(LogLocator(numticks=5))
    ax.yaxis.set_minor_formatter(NullFormatter())


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
    """Draw the share of events whose daughters are both contained, against the radius of the jets.

    There is one panel for each process.
    """
    processes = dict.fromkeys(sample.origin.process for sample in signals)
    columns = min(len(processes), 3)
    rows = -(-len(processes) // columns)
    with mpl.rc_context({**STYLE, "font.size": 16}):
        size = (5.5 * columns + 2, 5 * rows + 1)
        figure, axes = panels(label, size, nrows=rows, ncols=columns, sharex=True, sharey=True)
        for ax, process in zip(axes.flat, processes, strict=False):
            _radii(ax, [sample for sample in signals if sample.origin.process == process])
        for ax in axes.flat[len(processes) :]:
            ax.set_axis_off()
        figure.supxlabel("radius", fontsize=18)
        figure.supylabel("both daughters contained", fontsize=18)
    return figure


def _radii(ax: Axes, signals: Sequence[CampaignSample]) -> None:
    for i, sample in enumerate(signals):
        colour = COLOURS[i % len(COLOURS)]
        ax.plot(containment.RADII, containment.curve(sample), lw=1.5, color=colour, label=short(sample))
    ax.axvline(signals[0].origin.radius, color="grey", lw=1)
    ax.set(xlim=(0.1, 1.5), ylim=(0, 1.05))
    ax.tick_params(labelsize=13)
    ax.legend(title=signals[0].origin.process, fontsize=11, title_fontsize=13, loc="lower right")


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
            beyond = int((msd[mine] > edges[-1]).sum())
            text = f"{name} ({mine.sum():,}" + (f", {beyond:,} beyond)" if beyond else ")")
            ax.stairs(counts, edges, color=("black", *COLOURS)[i], lw=2, label=text)
        ax.set(xlabel="soft-drop mass [GeV]", ylabel="jets per 5 GeV", xlim=(0, 300))
        ax.set_ylim(0, 1.35 * ax.get_ylim()[1])
        ax.legend(title=sample.name, fontsize=18, loc="upper left")
    return figure


_HEAVY = (("two quarks of a W alone", "w"), ("all three quarks of a top", "top"))

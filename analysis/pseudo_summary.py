"""What pseudo-experiments say together: is the significance right without a signal, and how large is it with one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy import stats

from .figure import STYLE, banded, dashes, new
from .pseudo import PseudoExperiments
from .training import REGIONS

Results = Sequence[Mapping[str, Any]]
BAND = (16, 50, 84)
SMALL, OFTEN, CERTAIN = 0.01, 0.05, 0.01
"""A local p-value is small below the first. More than the second of them are too many, with a chance below the third."""
LEAST_P, LARGEST_PULL = 0.01, 0.3
"""Without a signal, the signed significances are normal with a probability above, their mean pull is below."""


@dataclass(frozen=True)
class Point:
    """The searches of a tagger at one mass (GeV), with one number of signal events.

    ``r`` (n,): signed significances. ``pull``: mean of strength / error, NaN when no fit has an error. ``normal``: p-value of a Kolmogorov-Smirnov test that r
    are normal. ``small``: fraction of local p-values below 1%, and ``chance`` that there are so many or more where 5% are
    expected. ``fractions``: mean selected fraction of background below, in and above the signal region. ``signal``: mean
    number of selected signal events. ``seconds``: of the processor, median.
    """

    window: str
    tagger: str
    injected: int
    mass: float
    r: NDArray[np.float64]
    pull: float
    normal: float
    small: float
    chance: float
    fractions: Mapping[str, float]
    signal: float
    seconds: float

    @property
    def unbiased(self) -> bool:
        """Tell whether the background alone makes no bumps."""
        return bool(self.normal > LEAST_P and abs(self.pull) < LARGEST_PULL and self.chance >= CERTAIN)

    def plain(self) -> dict[str, Any]:
        """Return the point as JSON holds it."""
        low, median, high = np.percentile(self.r, BAND)
        moments = {"mean": float(self.r.mean()), "deviation": float(self.r.std(ddof=min(1, len(self.r) - 1)))}
        own = {name: value for name, value in vars(self).items() if name != "r"}
        own["pull"] = None if np.isnan(self.pull) else self.pull
        quantiles = {"low": float(low), "median": float(median), "high": float(high)}
        judged = {} if self.injected else {"unbiased": self.unbiased}
        return own | {"experiments": len(self.r), "r": moments | quantiles, **judged}


def points(study: PseudoExperiments, results: Results) -> list[Point]:
    """Summarise the searches of each window, tagger and number of events for which there are any, mass by mass."""
    groups = [
        (window, tagger, injected)
        for window in study.windows
        for tagger in study.taggers
        for injected in study.injected
    ]
    fitted = [result for result in results if result["points"]]
    chosen = [[r for r in fitted if (r["window"], r["tagger"], r["injected"]) == group] for group in groups]
    return [
        _point(group, found, i)
        for group, found in zip(groups, chosen, strict=True)
        if found
        for i in range(len(found[0]["points"]))
    ]


def too_thin(results: Results) -> int:
    """Count the searches whose spectrum was too thin for a fit."""
    return sum(not result["points"] for result in results)


def central(study: PseudoExperiments, found: Sequence[Point]) -> list[Point]:
    """Keep of each window the mass that is nearest to that of the signal."""
    nearest = {
        window: min(
            (point.mass for point in found if point.window == window), key=lambda m: abs(m - study.mass)
        )
        for window in {point.window for point in found}
    }
    return [point for point in found if point.mass == nearest[point.window]]


def figures(study: PseudoExperiments, found: Sequence[Point], label: str) -> Iterator[tuple[str, Figure]]:
    """Draw the significances without a signal against a normal distribution, and their median against the signal."""
    for window in study.windows:
        own = [point for point in central(study, found) if point.window == window]
        without = [point for point in own if point.injected == 0]
        if without:
            yield f"significances_{window}", _distribution(without, label)
        if len({point.injected for point in own}) > 1:
            yield f"reach_{window}", _reach(study, own, label)


def _point(group: tuple[str, str, int], results: Results, i: int) -> Point:
    tests = [result["points"][i] for result in results]
    r, small = np.array([t["r"] for t in tests]), sum(t["p_local"] < SMALL for t in tests)
    pulls = [t["strength"] / t["error"] for t in tests if t["error"]]
    fractions = {
        name: [f for result in results if (f := result["fractions"][name]) is not None] for name in REGIONS
    }
    return Point(
        *group,
        mass=tests[0]["mass"],
        r=r,
        pull=float(np.mean(pulls)) if pulls else float("nan"),
        normal=float(stats.kstest(r, "norm").pvalue),
        small=small / len(tests),
        chance=float(stats.binom.sf(small - 1, len(tests), OFTEN)),
        fractions={name: float(np.mean(values)) for name, values in fractions.items() if values},
        signal=float(np.mean([result["signal_selected"] for result in results])),
        seconds=float(np.median([result["cpu_seconds"] for result in results])),
    )


def _distribution(found: Sequence[Point], label: str) -> Figure:
    """Draw the share of the experiments below each significance; the distance to the normal one is what is tested."""
    figure, ax = new(label)
    grid = np.linspace(-4, 4, 401)
    with mpl.rc_context(STYLE):
        ax.plot(grid, stats.norm.cdf(grid), ":", color="black", label="normal distribution")
        for i, point in enumerate(found):
            rank = np.arange(1, len(point.r) + 1) / len(point.r)
            label_ = f"{point.tagger} (p = {point.normal:.2g})"
            ax.step(np.sort(point.r), rank, dashes(i), where="post", color=f"C{i}", label=label_)
        ax.set(xlabel="signed local significance without a signal", ylabel="share of the experiments below")
        ax.set(xlim=(-4, 4), ylim=(0, 1))
        ax.legend(title=f"{found[0].window}, {found[0].mass:g} GeV", fontsize=17, title_fontsize=17)
    return figure


def _reach(study: PseudoExperiments, found: Sequence[Point], label: str) -> Figure:
    figure, ax = new(label)
    with mpl.rc_context(STYLE):
        for i, tagger in enumerate(study.taggers):
            own = [point for point in found if point.tagger == tagger]
            bands = np.array([np.percentile(p.r, BAND) for p in own]).reshape(-1, 3)
            banded(ax, i, [point.injected for point in own], bands.T, tagger, "o")
        ax.set(xlabel="signal events", ylabel="local significance")
        ax.legend(title=f"{found[0].window}, {found[0].mass:g} GeV", fontsize=17, title_fontsize=17)
    return figure

"""The trials of a study together: medians and bands, thresholds, figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .figure import STYLE, banded, new
from .reach import FAILED, LEARNED, crossing
from .study import EFFICIENCIES, SIC_AT_BACKGROUND, Study

Results = Sequence[Mapping[str, Any]]
BAND = (16, 50, 84)
METRICS = ("max_sic", *(f"{eps:g}" for eps in SIC_AT_BACKGROUND), "sic_at_signal", "auc")


@dataclass(frozen=True)
class Point:
    """The trainings of a tagger with one number of signal events: low, median and high of each metric.

    ``strength`` holds S/B and S/sqrt(B) of the signal region, their mean over the trainings. ``failures``: fraction of
    the trainings with a largest SIC below 1.5. ``seconds``: of the processor, median.
    """

    tagger: str
    injected: int
    trainings: int
    strength: tuple[float, float]
    bands: Mapping[str, tuple[float, float, float]]
    curve: NDArray[np.float64]
    failures: float
    seconds: float


def points(study: Study, results: Results) -> list[Point]:
    """Summarise all trainings of each tagger and number of events for which there are any."""
    groups = [(tagger, injected) for tagger in study.taggers for injected in study.injected]
    chosen = [[r for r in results if (r["tagger"], r["injected"]) == group] for group in groups]
    return [_point(*group, found) for group, found in zip(groups, chosen, strict=True) if found]


def plain(point: Any) -> dict[str, Any]:
    """Return a summary as JSON holds it: what is not defined is None."""
    return {name: _plain(value) for name, value in asdict(point).items()}


def bands(results: Results) -> dict[str, tuple[float, float, float]]:
    """Return low, median and high of each metric over trainings."""
    return {metric: _band([_metric(r, metric) for r in results]) for metric in METRICS}


def thresholds(study: Study, results: Results) -> dict[str, float | None]:
    """Return for each tagger the number of signal events from which on the median SIC at 1% is at least 2."""
    found = {}
    for tagger in study.taggers:
        done = sorted({r["injected"] for r in results if r["tagger"] == tagger})
        own = [[r for r in results if (r["tagger"], r["injected"]) == (tagger, n)] for n in done]
        medians = [np.median([_metric(r, "0.01") for r in trainings]) for trainings in own]
        found[tagger] = crossing(done, medians, LEARNED) if done else None
    return found


def figures(study: Study, results: Results, label: str) -> Iterator[tuple[str, Figure]]:
    """Draw the largest SIC and that at 1% against S/B, and the curve of the SIC for each number of events."""
    found = points(study, results)
    yield "max_sic", _against_strength(study, found, "max_sic", "largest SIC", label)
    if any(np.isfinite(point.bands["0.01"]).any() for point in found):
        yield "sic_at_1_percent", _against_strength(study, found, "0.01", r"SIC at $\epsilon_B$ = 1%", label)
    for injected in study.injected:
        curves = [point for point in found if point.injected == injected]
        if curves:
            yield f"sic_{injected}", _curves(curves, label)


def _point(tagger: str, injected: int, results: Results) -> Point:
    counts = np.array([(r["signal"], r["background"]) for r in results], dtype=np.float64)
    strength = counts[:, 0] / counts[:, 1], counts[:, 0] / np.sqrt(counts[:, 1])
    curve = np.array([[np.nan if v is None else v for v in r["sic"]] for r in results], dtype=np.float64)
    return Point(
        tagger,
        injected,
        len(results),
        (float(strength[0].mean()), float(strength[1].mean())),
        bands(results),
        np.percentile(curve, BAND, axis=0),
        float(np.mean([r["max_sic"] < FAILED for r in results])),
        float(np.median([r["cpu_seconds"] for r in results])),
    )


def _metric(result: Mapping[str, Any], metric: str) -> float:
    value = result[metric] if metric in result else result["sic_at_background"][metric]
    return float("nan") if value is None else float(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(entry) for name, entry in value.items()}
    if isinstance(value, tuple | np.ndarray):
        return [_plain(entry) for entry in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _band(values: Sequence[float]) -> tuple[float, float, float]:
    low, middle, high = np.percentile(np.asarray(values), BAND)
    return float(low), float(middle), float(high)


def _against_strength(study: Study, found: Sequence[Point], metric: str, title: str, label: str) -> Figure:
    figure, ax = new(label)
    with mpl.rc_context(STYLE):
        for i, tagger in enumerate(study.taggers):
            own = [point for point in found if point.tagger == tagger]
            ratio = [100 * point.strength[0] for point in own]
            bands = np.array([point.bands[metric] for point in own]).reshape(-1, 3)
            banded(ax, i, ratio, bands.T, tagger, "o")
        ax.set(xlabel="S/B in the signal region [%]", ylabel=title, ylim=(0, None))
        ax.legend(fontsize=17)
    return figure


def _curves(found: Sequence[Point], label: str) -> Figure:
    figure, ax = new(label)
    with mpl.rc_context(STYLE):
        for i, point in enumerate(found):
            banded(ax, i, EFFICIENCIES, point.curve, point.tagger)
        ax.plot(EFFICIENCIES, np.sqrt(EFFICIENCIES), ":", color="grey", label="random")
        ax.set(
            xlabel="signal efficiency", ylabel="significance improvement (SIC)", xlim=(0, 1), ylim=(0, None)
        )
        ratio, excess = found[0].strength
        ax.legend(title=f"S/B {100 * ratio:.2g}%, S/√B {excess:.2g}", fontsize=17, title_fontsize=15)
    return figure

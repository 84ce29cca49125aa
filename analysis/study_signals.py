"""What the trainings of a study find of each signal that they are tested with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from .figure import STYLE, new
from .study import Study
from .study_summary import METRICS, Results, bands


@dataclass(frozen=True)
class Tested:
    """The trainings of a tagger with one number of signal events, tested with one ``signal``: low, median and high of each metric."""

    tagger: str
    injected: int
    signal: str
    bands: Mapping[str, tuple[float, float, float]]


def by_signal(study: Study, results: Results) -> list[Tested]:
    """Summarise all trainings of each tagger and number of events for each signal; nothing where a study tests only one."""
    if not study.tested:
        return []
    found = []
    for tagger in study.taggers:
        for injected in study.injected:
            own = [r for r in results if (r["tagger"], r["injected"]) == (tagger, injected)]
            for number, path in enumerate(study.signals() if own else ()):
                tested = [r["tested"][number - 1] for r in own] if number else own
                found.append(Tested(tagger, injected, path.stem, bands(tested)))
    return found


def figures(study: Study, found: Sequence[Tested], label: str) -> Iterator[tuple[str, Figure]]:
    """Draw the AUC and the largest SIC of each signal, for each number of events."""
    titles = {"auc": "AUC", "max_sic": "largest SIC"}
    for injected in dict.fromkeys(one.injected for one in found):
        own = [one for one in found if one.injected == injected]
        for metric in (name for name in METRICS if name in titles):
            yield f"signals_{metric}_{injected}", _against_signal(study, own, metric, titles[metric], label)


def _against_signal(study: Study, found: Sequence[Tested], metric: str, title: str, label: str) -> Figure:
    signals = [path.stem for path in study.signals()]
    figure, ax = new(label, (11, 3 + 0.45 * len(signals)))
    taggers = list(dict.fromkeys(one.tagger for one in found))
    with mpl.rc_context(STYLE):
        for i, tagger in enumerate(taggers):
            own = {one.signal: one.bands[metric] for one in found if one.tagger == tagger}
            low, middle, high = np.array([own[signal] for signal in signals]).T
            y = np.arange(len(signals)) + (i - (len(taggers) - 1) / 2) * 0.6 / len(taggers)
            ax.errorbar(middle, y, xerr=(middle - low, high - middle), fmt="o", color=f"C{i}", label=tagger)
        ax.axvline({"auc": 0.5}.get(metric, 1.0), color="grey", linestyle=":")
        ax.set_yticks(np.arange(len(signals)), signals, fontsize=15)
        ax.tick_params(axis="y", which="minor", left=False, right=False)
        ax.set(xlabel=title, ylim=(len(signals) - 0.5, -0.5))
        ax.legend(fontsize=16, loc="best")
    return figure

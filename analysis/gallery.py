"""All figures of a report: which there are, what is read for them, and their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from .. import bumphunt as bh
from ..bumphunt import plot
from ..bumphunt.scan_figure import scan_figure
from ..datasets.atomic import read_json
from ..datasets.store import read
from ..taggers.quak_bin import UNLIKE
from . import diagnosis, diagnosis_figure, figure, mock, performance_figure, plan, plane_figure, training
from .result import Outputs, contests

EXPERIMENT = "dijethunt"
FITS = ("fit", "signal_fit")
SCORES = ("plane", "scores", "score_mass", "fraction")
DIAGNOSES = {
    "losses": diagnosis_figure.losses,
    "importance": diagnosis_figure.importance,
    "closure": diagnosis_figure.closure,
}


def draw(results: Mapping[str, Any], outputs: Outputs) -> Iterator[tuple[str, Figure]]:
    """Draw all figures one after the other, each with its name."""
    label = results["label"]
    yield "p_values", scan_figure(scans(results), experiment=EXPERIMENT, label=label)
    for search, entry in results["searches"].items():
        yield f"features_{search}", _features(results, search, outputs.data[search])
        if found := contests(results["configuration"], outputs, search):
            yield f"roc_{search}", performance_figure.roc(found, label)
            yield f"sic_{search}", performance_figure.sic(found, label)
        for tagger, found in entry["taggers"].items():
            for window in found["order"]:
                yield from _fits(results, search, tagger, window)
            for window in trained(found):
                yield from _model(results, search, tagger, window, outputs)


def trained(found: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the windows of a tagger's entry in the results that have a model, also those with too few events for a fit."""
    return (*found["order"], *found.get("left_out", {}))


def scans(results: Mapping[str, Any]) -> dict[str, bh.ScanResult]:
    """Return the scan of every search and tagger, named for a legend."""
    return {
        f"{tagger}, {heading(entry)}": bh.ScanResult.from_dict(found["scan"])
        for entry in results["searches"].values()
        for tagger, found in entry["taggers"].items()
    }


def _features(results: Mapping[str, Any], search: str, folder: Path) -> Figure:
    data, signal = read(folder / mock.DATA), read(folder / mock.SIGNAL)
    quantities = ["pt", *results["configuration"]["quantities"]]
    names = [name for name in quantities if data[f"j1_{name}"].ndim == 1]
    return figure.features(data, signal, names, results["label"], _legend(results, search))


def _fits(results: Mapping[str, Any], search: str, tagger: str, window: str) -> Iterator[tuple[str, Figure]]:
    categories = results["searches"][search]["taggers"][tagger]["windows"][window]["fits"]
    for number, (entry, name) in enumerate(
        zip(categories, in_categories(window, len(categories)), strict=True)
    ):
        text = f"{tagger}, window {window}" + (f", category {number}" if len(categories) > 1 else "")
        for kind in FITS:
            fit = bh.FitResult.from_dict(entry[kind])
            drawn = plot.fit_figure(fit, experiment=EXPERIMENT, label=results["label"], text=text)
            yield f"{kind}_{search}_{tagger}_{name}", drawn


def in_categories(window: str, n: int) -> list[str]:
    """Name the spectra of a window for files: as the window where there is one, else with the number of the category."""
    return [window] if n == 1 else [f"{window}_{number}" for number in range(n)]


def _model(
    results: Mapping[str, Any], search: str, tagger: str, window: str, outputs: Outputs
) -> Iterator[tuple[str, Figure]]:
    label, name = results["label"], f"{search}_{tagger}_{window}"
    folder, chosen = outputs.scores[search][tagger][window], plan.find(window)
    arrays = diagnosis.read(folder / diagnosis.ARRAYS)
    for kind, make in DIAGNOSES.items():
        if (drawn := make(arrays, label)) is not None:
            yield f"{kind}_{name}", drawn
    data = read(folder / mock.DATA)
    if chosen is not None:
        yield (
            f"scores_{name}",
            figure.scores(data, read(folder / mock.SIGNAL), label, _legend(results, search)),
        )
    if UNLIKE in data:
        signal = read(folder / mock.SIGNAL)
        yield f"plane_{name}", plane_figure.plane(data, signal, label, _legend(results, search))
    if np.ptp(data["score"]):
        efficiencies = read_json(folder / training.SUMMARY)["nominals"]
        yield f"score_mass_{name}", figure.score_against_mass(data, chosen, label)
        yield f"fraction_{name}", figure.selected_fraction(data, chosen, efficiencies, label)


def _legend(results: Mapping[str, Any], search: str) -> str:
    name = results["configuration"]["searches"][search]["signal"]
    return str(results["samples"][name]["label"] or name)


def heading(entry: Mapping[str, Any]) -> str:
    """Say what was injected in a search, and how many events of its data are signal by their labels."""
    injected, labelled = entry["injected"], entry.get("labelled")
    if not injected:
        return f"{labelled} signal events by truth" if labelled else "nothing injected"
    return f"{injected} signal events injected{f', {labelled} others by truth' if labelled else ''}"

"""All figures of a data sheet: which there are, and their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from matplotlib.figure import Figure

from .. import bumphunt as bh
from ..bumphunt import plot
from . import jet_figure, response_figure, spectrum_figure, substructure_figure, tagging
from .gallery import EXPERIMENT
from .sheet import Sheet
from .sheet_record import heavy


def draw(sheet: Sheet, record: Mapping[str, Any]) -> Iterator[tuple[str, Figure]]:
    """Draw all figures that the samples allow, one after the other, each with its name."""
    label = sheet.label
    if drawn := [s for s in sheet.dijets if s.per_weight and len(s.table)]:
        yield "spectra", spectrum_figure.spectra(drawn, label)
    yield from _smoothness(record, label)
    for found in record["normalisation"]:
        yield f"published_{found['sample']}", spectrum_figure.beside_published(found, label)
    yield from _signals(sheet, label)
    for sample in heavy(sheet):
        yield f"heavy_{sample.name}", substructure_figure.heavy_jets(sample, label)
    if record["response"]:
        yield "response", response_figure.responses(record["response"], label)
    if sheet.tagged:
        yield "scores", response_figure.scores(sheet.tagged, label)
    for name, found in record["tagging"].items():
        if shown := tagging.binned(found):
            yield f"tagging_{name}", response_figure.tagging(shown, name, label)


def _smoothness(record: Mapping[str, Any], label: str) -> Iterator[tuple[str, Figure]]:
    for name, found in record["smoothness"].items():
        fit = bh.FitResult.from_dict(found["fit"])
        yield (
            f"fit_{name}",
            plot.fit_figure(fit, experiment=EXPERIMENT, label=label, text=name, data="Simulation"),
        )
        if found["uniformity"]:
            yield (
                f"parts_{name}",
                spectrum_figure.part_p_values(found["parts"], found["uniformity"], label),
            )


def _signals(sheet: Sheet, label: str) -> Iterator[tuple[str, Figure]]:
    for process, samples in sheet.processes.items():
        filled = [sample for sample in samples if len(sample.table)]
        if not filled:
            continue
        background = sheet.background_of(filled[0])
        known = [*filled, background] if background else filled
        if names := substructure_figure.shared(known):
            groups = substructure_figure.groups(filled)
            for i, group in enumerate(groups, start=1):
                number = f"_{i}" if len(groups) > 1 else ""
                figure = substructure_figure.substructure(group, background, label, names)
                yield f"jets_{process}{number}", figure
        pictures = [(sample, found) for sample in filled if (found := jet_figure.pictures(sample))]
        if pictures:
            yield f"plane_{process}", jet_figure.draw(pictures, label)
    if known := [sample for sample in sheet.signals if sample.has("d1_reach") and len(sample.table)]:
        yield "radii", substructure_figure.radii(known, label)

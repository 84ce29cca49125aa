"""Head to head: the p-values of several runs in one table and one plot."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..bumphunt.scan_figure import scan_figure
from ..datasets.atomic import atomic_path, read_json
from . import figure, gallery, report


def compare(runs: Sequence[Path], output: Path) -> list[list[str]]:
    """Overlay the scans of several runs in the plot ``output``.

    ``runs`` are folders with a ``results.json``, called by their names, or by their paths where two have the same name.
    Returns a row for each scan: run, tagger and search, mass (GeV) of the largest excess, its Z, local p, and p over the
    scan. ``FileError`` names a run that cannot be read.
    """
    names = [path.name for path in runs]
    labelled = {
        name if names.count(name) == 1 else str(path): path for name, path in zip(names, runs, strict=True)
    }
    results = {name: read_json(path / report.RESULTS) for name, path in labelled.items()}
    found = {
        (run, name): scan for run, content in results.items() for name, scan in gallery.scans(content).items()
    }
    labels = {content["label"] for content in results.values()}
    drawn = scan_figure(
        {f"{run}: {name}": scan for (run, name), scan in found.items()},
        experiment=gallery.EXPERIMENT,
        label=labels.pop() if len(labels) == 1 else "",
    )
    with atomic_path(output) as temporary:
        figure.save(drawn, temporary)
    return [
        [
            run,
            name,
            f"{top.mass:.0f}",
            f"{top.r:.2f}",
            f"{top.p_local:.2g}",
            f"{scan.p_global.p:.2g}" if scan.p_global else "-",
        ]
        for (run, name), scan in found.items()
        for top in [scan.largest]
    ]

"""The report: `results.json`, the figures, and one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from ..datasets.atomic import atomic_path, write_json
from . import figure
from .gallery import draw
from .page import render
from .result import Outputs, collect

RESULTS, PAGE, FIGURES = "results.json", "report.html", "figures"


def write_report(configuration: Mapping[str, Any], outputs: Outputs, folder: Path) -> None:
    """Write ``figures/*.png``, ``report.html`` and, last of all, ``results.json`` to ``folder``."""
    results = collect(configuration, outputs)
    images = {name: _saved(drawn, folder / FIGURES / f"{name}.png") for name, drawn in draw(results, outputs)}
    page = render(results, images)
    with atomic_path(folder / PAGE) as temporary:
        temporary.write_text(page)
    write_json(folder / RESULTS, results | {"figures": [f"{FIGURES}/{name}.png" for name in images]})


def _saved(drawn: Figure, path: Path) -> Path:
    with atomic_path(path) as temporary:
        figure.save(drawn, temporary)
    return path

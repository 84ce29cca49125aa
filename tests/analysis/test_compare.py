"""The p-values of several runs side by side."""

from __future__ import annotations

from pathlib import Path

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.analysis.compare import compare
from dijethunt.datasets.atomic import write_json
from dijethunt.datasets.error import FileError


def result(folder: Path, strength: float) -> Path:
    """Write the part of a ``results.json`` that is compared: a falling spectrum with a bump at 3 TeV."""
    edges = bh.dijet_edges(2100, 6000)
    family, signal = bh.families.dijet(3), bh.Gaussian(0.05)
    smooth = 2e4 * np.diff(-np.exp(-(edges - 2100) / 400))
    counts = np.round(smooth + strength * signal.template(edges, 3000.0))
    scan = bh.scan([([2900.0, 3000.0, 3100.0], bh.Spectrum(edges, counts))], family, signal)
    entry = {"injected": 0, "taggers": {"cwola": {"scan": scan.as_dict()}}}
    write_json(folder / "results.json", {"label": "toy", "searches": {"injected": entry}})
    return folder


def test_runs_are_called_by_their_names(tmp_path: Path) -> None:
    runs = [result(tmp_path / name, strength) for name, strength in (("with", 300.0), ("without", 0.0))]
    rows = compare(runs, tmp_path / "compared.png")
    assert [row[0] for row in rows] == ["with", "without"]
    assert rows[0][2] == "3000"
    assert float(rows[0][3]) > 3 > float(rows[1][3])
    assert (tmp_path / "compared.png").stat().st_size > 10_000


def test_runs_of_one_name_are_called_by_their_paths(tmp_path: Path) -> None:
    runs = [result(tmp_path / year / "search", 0.0) for year in ("2016", "2017")]
    assert [row[0] for row in compare(runs, tmp_path / "compared.png")] == [str(run) for run in runs]


def test_a_run_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"there is no file .*nothing/results\.json"):
        compare([tmp_path / "nothing"], tmp_path / "compared.png")

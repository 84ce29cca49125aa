"""The command that makes toys of a scan."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.workflows.cli import app
from typer.testing import CliRunner, Result

Command = Callable[..., Result]
EDGES = bh.dijet_edges(2000, 6000)
SCAN = ["--width", 0.04, "--masses", 2600, 3400, 200, "--parameters", "auto", "--seed", 3]
RULE = bh.FTest(tuple(bh.families.dijet(n) for n in (2, 3, 4)))


@pytest.fixture
def spectrum(tmp_path: Path) -> Path:
    """A falling spectrum of 20,000 events with an excess at 3 TeV."""
    density = bh.families.dijet(3).density
    expected = bh.integral(lambda m: density(m, (1.0, 9.3, 5.9, 0.6)), EDGES)
    signal = 60 * bh.Gaussian(0.04).template(EDGES, 3000.0)
    counts = np.random.default_rng(2).poisson(expected / expected.sum() * 2e4 + signal)
    path = tmp_path / "spectrum.csv"
    rows = [f"{a:g},{b:g},{n:d}" for a, b, n in zip(EDGES[:-1], EDGES[1:], counts, strict=True)]
    path.write_text("\n".join(["low,high,observed", *rows]))
    return path


def test_toys_are_kept_and_give_the_global_p_value(
    dijethunt: Command, spectrum: Path, tmp_path: Path
) -> None:
    folder, out = tmp_path / "toys", tmp_path / "out.json"
    options = [
        "--toys",
        600,
        "--gross-vitells",
        100,
        "--local",
        100,
        "--json",
        out,
        "--plot",
        tmp_path / "toys.png",
    ]
    shown = dijethunt("toys", spectrum, *SCAN, "--output", folder, *options)
    found = bh.ScanResult.from_json(out.read_text())
    groups, signal = [([2600.0, 2800.0, 3000.0, 3200.0, 3400.0], bh.read_csv(spectrum))], bh.Gaussian(0.04)
    scan = bh.scan(groups, RULE, signal)
    inputs = {"seed": 3}
    expected = bh.global_p(scan, groups, RULE, signal, n_toys=600, **inputs)
    beside = bh.gross_vitells(scan, groups, RULE, signal, n_toys=100, **inputs)
    assert found.p_global is not None
    assert found.p_global.gross_vitells == beside
    assert found.p_global.as_dict() | {"gross_vitells": None} == expected.as_dict() | {"gross_vitells": None}
    assert found.points == bh.local_p(scan, groups, RULE, signal, n_toys=100, **inputs).points
    assert f"{expected.p:.3g}" in shown.stdout
    assert "Gross-Vitells" in shown.stdout
    assert (tmp_path / "toys.png").stat().st_size > 10_000
    made = (folder / "toys_000000.npz").stat().st_mtime_ns
    dijethunt("toys", spectrum, *SCAN, "--output", folder, "--toys", 1500, "--json", out)
    assert json.loads(out.read_text())["p_global"]["n_toys"] == 1500
    assert (folder / "toys_000000.npz").stat().st_mtime_ns == made


def test_several_widths_are_one_scan(dijethunt: Command, spectrum: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    more = ["--width", 0.08, "--toys", 20, "--gross-vitells", 0, "--json", out]
    dijethunt("toys", spectrum, *SCAN, "--output", tmp_path / "toys", *more)
    points = json.loads(out.read_text())["points"]
    assert [point["signal"] for point in points] == ["width 0.04", "width 0.08"] * 5


def test_a_folder_of_other_toys_is_refused(dijethunt: Command, spectrum: Path, tmp_path: Path) -> None:
    folder = tmp_path / "toys"
    dijethunt("toys", spectrum, *SCAN, "--output", folder, "--toys", 20, "--gross-vitells", 0)
    with pytest.raises(bh.CampaignError, match="give another folder"):
        dijethunt("toys", spectrum, *SCAN, "--range", 2100, 5500, "--output", folder, "--toys", 20)


def test_one_width_twice_is_wrong_use(spectrum: Path, tmp_path: Path) -> None:
    words = ["toys", spectrum, *SCAN, "--width", 0.04, "--output", tmp_path / "toys"]
    shown = CliRunner().invoke(app, [str(word) for word in words])
    assert shown.exit_code == 2
    assert "give each --width once" in " ".join(shown.output.replace("│", " ").split())

"""The commands that work on a spectrum in a file: fit, scan and limit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dijethunt.bumphunt as bh
import numpy as np
import pytest
import uproot
from dijethunt.workflows.cli import app
from typer.testing import CliRunner, Result

Command = Callable[..., Result]
EDGES = bh.dijet_edges(2000, 6000)


@pytest.fixture
def spectrum(tmp_path: Path) -> Path:
    """A falling spectrum of 100,000 events as text, and in a ROOT file beside it."""
    density = bh.families.dijet(3).density
    expected = bh.integral(lambda m: density(m, (1.0, 9.3, 5.9, 0.6)), EDGES)
    counts = np.random.default_rng(2).poisson(expected / expected.sum() * 1e5)
    path = tmp_path / "spectrum.csv"
    rows = [f"{a:g},{b:g},{n:d}" for a, b, n in zip(EDGES[:-1], EDGES[1:], counts, strict=True)]
    path.write_text("\n".join(["low,high,observed", *rows]))
    with uproot.recreate(tmp_path / "spectrum.root") as file:
        file["mjj"] = (counts.astype(float), EDGES)
    return path


def result(folder: Path, name: str = "out.json") -> Any:
    return json.loads((folder / name).read_text())


def refused(*arguments: str | Path | float) -> str:
    """Run a command that is used wrongly and return what it says."""
    shown = CliRunner().invoke(app, [str(a) for a in arguments])
    assert shown.exit_code == 2
    return " ".join(shown.output.replace("│", " ").split())


def test_fit_with_toys_writes_the_goodness_of_fit(dijethunt: Command, spectrum: Path, tmp_path: Path) -> None:
    shown = dijethunt("fit", spectrum, "--toys", 100, "--seed", 4, "--json", tmp_path / "out.json")
    found = result(tmp_path)
    background = bh.families.dijet(3)
    expected = bh.goodness_of_fit(bh.read_csv(spectrum), background, n_toys=100, seed=4)
    assert found["goodness"] == expected.as_dict()
    assert "anderson darling" in shown.stdout


def test_the_same_spectrum_from_a_root_file_gives_the_same_fit(
    dijethunt: Command, spectrum: Path, tmp_path: Path
) -> None:
    dijethunt("fit", spectrum, "--json", tmp_path / "text.json")
    dijethunt("fit", f"{spectrum.with_suffix('.root')}:mjj", "--json", tmp_path / "root.json")
    assert result(tmp_path, "text.json") == result(tmp_path, "root.json")


def test_fit_with_a_signal_and_as_a_hepdata_submission(
    dijethunt: Command, spectrum: Path, tmp_path: Path
) -> None:
    out = ["--json", tmp_path / "out.json", "--hepdata", tmp_path / "hepdata"]
    dijethunt("fit", spectrum, "--family", "ua2:4", "--mass", 3000, "--width", 0.04, *out)
    read = bh.read_csv(spectrum)
    expected = bh.fit(read, bh.families.ua2(4), bh.Gaussian(0.04), 3000.0)
    assert bh.FitResult.from_json((tmp_path / "out.json").read_text()) == expected
    assert bh.read_hepdata(tmp_path / "hepdata").counts.tolist() == read.counts.tolist()


def test_scan_over_widths_with_toys_of_them(dijethunt: Command, spectrum: Path, tmp_path: Path) -> None:
    widths = ["--width", 0.03, "--width", 0.08, "--scale-uncertainty", 0.01]
    out = ["--json", tmp_path / "out.json", "--hepdata", tmp_path / "hepdata", "--plot", tmp_path / "out.png"]
    toys = ["--toys", 600, "--seed", 7]
    shown = dijethunt("scan", spectrum, *widths, "--masses", 2600, 3400, 400, *toys, *out)
    groups, background = [([2600.0, 3000.0, 3400.0], bh.read_csv(spectrum))], bh.families.dijet(3)
    signals = {f"width {one:g}": bh.Gaussian(one) for one in (0.03, 0.08)}
    nuisances = [bh.nuisance.scale(0.01)]
    scan = bh.scan(groups, background, signals, nuisances=nuisances)
    chance = bh.global_p(scan, groups, background, signals, n_toys=600, seed=7, nuisances=nuisances)
    assert result(tmp_path) == bh.ScanResult(scan.points, chance, scan.warnings).as_dict()
    assert f"global p-value {chance.p:.3g}" in shown.stdout
    assert "width 0.08" in shown.stdout
    assert "Signal shape" in (tmp_path / "hepdata" / "local_p_values.yaml").read_text()


def test_scan_with_a_crystal_ball_of_a_file(dijethunt: Command, spectrum: Path, tmp_path: Path) -> None:
    shape = bh.DoubleCrystalBall((bh.CrystalBall(3000.0, 0.98, 0.04, 1.2, 3.0, 2.0, 5.0),))
    (tmp_path / "shape.json").write_text(bh.signal_to_json(shape))
    signal = ["--signal", tmp_path / "shape.json"]
    dijethunt("scan", spectrum, *signal, "--masses", 2600, 3400, 400, "--json", tmp_path / "out.json")
    expected = bh.scan([([2600.0, 3000.0, 3400.0], bh.read_csv(spectrum))], bh.families.dijet(3), shape)
    assert result(tmp_path) == expected.as_dict()


def test_scan_of_windows_uses_the_spectrum_of_each(
    dijethunt: Command, spectrum: Path, tmp_path: Path
) -> None:
    whole = bh.read_csv(spectrum)
    rows = [f"{a:g},{b:g},{n // 2:g}" for a, b, n in zip(EDGES[:-1], EDGES[1:], whole.counts, strict=True)]
    (tmp_path / "other.csv").write_text("\n".join(["low,high,observed", *rows]))
    (tmp_path / "windows.toml").write_text(
        '[[window]]\nspectrum = "spectrum.csv"\nmasses = [2600]\n'
        '[[window]]\nspectrum = "other.csv"\nmasses = [3000, 3200]\n'
    )
    arguments = [tmp_path / "windows.toml", "--width", 0.04, "--json", tmp_path / "out.json"]
    dijethunt("scan", *arguments)
    groups = [([2600.0], whole), ([3000.0, 3200.0], bh.read_csv(tmp_path / "other.csv"))]
    background, signal = bh.families.dijet(3), bh.Gaussian(0.04)
    assert result(tmp_path) == bh.scan(groups, background, signal).as_dict()
    dijethunt("limit", *arguments)
    assert result(tmp_path) == bh.limits(groups, background, signal).as_dict()


def test_rules_for_function_and_range(dijethunt: Command, spectrum: Path, tmp_path: Path) -> None:
    arguments = [
        "--parameters",
        "auto",
        "--alpha",
        0.1,
        "--uncertainty",
        0.15,
        "--range-loop",
        "--width",
        0.04,
    ]
    rule = bh.FTest.published([bh.families.dijet(n) for n in (2, 3, 4)])
    read, signal = bh.read_csv(spectrum), bh.Gaussian(0.04)
    out = ["--json", tmp_path / "out.json"]
    dijethunt("scan", spectrum, *arguments, "--masses", 3000, 3000, 100, "--toys", 10, *out)
    expected = bh.scan([([3000.0], read)], rule, signal, bh.RangeLoop())
    assert result(tmp_path)["points"] == expected.as_dict()["points"]
    dijethunt("limit", spectrum, *arguments, "--mass", 3000, *out)
    limit = bh.limit(read, rule, signal, 3000.0, fit_range=bh.RangeLoop())
    assert result(tmp_path) == limit.as_dict()


def test_limits_over_masses_are_those_of_each(dijethunt: Command, spectrum: Path, tmp_path: Path) -> None:
    arguments = ["--width", 0.04, "--range", 2100, 5500, "--json", tmp_path / "out.json"]
    dijethunt("limit", spectrum, *arguments, "--masses", 2800, 3200, 200)
    many = result(tmp_path)["limits"]
    dijethunt("limit", spectrum, *arguments, "--mass", 3000)
    assert many[1] == result(tmp_path)
    assert [one["mass"] for one in many] == [2800, 3000, 3200]


@pytest.mark.parametrize(
    "arguments",
    [
        ["fit"],
        ["scan", "--width", "0.04", "--masses", "2800", "3200", "200"],
        ["limit", "--width", "0.04", "--masses", "2800", "3200", "200"],
        ["limit", "--width", "0.04", "--mass", "3000"],
    ],
    ids=lambda words: f"{words[0]}{len(words)}",
)
def test_plots_are_drawn(dijethunt: Command, spectrum: Path, tmp_path: Path, arguments: list[str]) -> None:
    command, *rest = arguments
    dijethunt(command, spectrum, *rest, "--plot", tmp_path / "out.png")
    assert (tmp_path / "out.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["scan", "--width", "0.04"], "give the masses to test"),
        (["limit", "--width", "0.04"], "give the masses to test"),
        (["scan", "--masses", "2800", "3200", "200"], "as --width or as --signal"),
        (["limit", "--mass", "3000", "--width", "0.04", "--signal", "x.json"], "as --width or as --signal"),
        (
            ["limit", "--mass", "3000", "--masses", "1", "2", "3", "--width", "0.04"],
            "either --mass or --masses",
        ),
        (["scan", "--masses", "3200", "2800", "200", "--width", "0.04"], "LOW, HIGH above it"),
        (["fit", "--width", "0.04"], "a signal and a --range-loop need one"),
    ],
)
def test_wrong_use_is_named(spectrum: Path, arguments: list[str], message: str) -> None:
    command, *rest = arguments
    assert message in refused(command, spectrum, *rest)


def test_masses_beside_windows_are_refused(tmp_path: Path) -> None:
    assert "says the masses itself" in refused(
        "scan", tmp_path / "windows.toml", "--masses", 1, 2, 3, "--width", 0.04
    )

"""The command that sets limits: toys, nuisance parameters, cross sections, HEPData and pyhf."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dijethunt.bumphunt as bh
import pytest
from dijethunt.workflows.cli import app
from typer.testing import CliRunner, Result

Command = Callable[..., Result]
SIGNAL, BACKGROUND = bh.Gaussian(0.05), bh.families.dijet(3)
WIDTH = ["--width", 0.05]
CURVE = (
    "# injections\ncross_section,efficiency,error\n2,0.004,0.002\n10,0.05,0.01\n40,0.17,0.017\n400,0.2,0.02\n"
)


@pytest.fixture
def file(spectrum: Callable[..., Path]) -> Path:
    return spectrum(3000)


def written(folder: Path, name: str = "out.json") -> Any:
    return json.loads((folder / name).read_text())


def test_limits_with_toys(dijethunt: Command, file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    toys = ["--method", "toys", "--toys", 100, "--seed", 3, "--level", 0.9]
    dijethunt("limit", file, *WIDTH, "--mass", 3000, *toys, "--json", out)
    options: dict[str, Any] = {"method": "toys", "n_toys": 100, "seed": 3, "level": 0.9}
    expected = bh.limit(bh.read_csv(file), BACKGROUND, SIGNAL, 3000, **options)
    assert bh.LimitResult.from_json(out.read_text()) == expected
    assert expected.toys is not None


def test_uncertainties_and_families_of_the_limit(dijethunt: Command, file: Path, tmp_path: Path) -> None:
    sizes = [
        "--luminosity-uncertainty",
        0.016,
        "--efficiency-uncertainty",
        0.3,
        "--scale-uncertainty",
        0.01,
        "--resolution-uncertainty",
        0.035,
    ]
    families = ["--family", "dijet:2", "--family", "ua2:2", "--profile", "--blind"]
    out = tmp_path / "out.json"
    dijethunt("limit", file, *WIDTH, "--mass", 3000, *sizes, *families, "--json", out)
    nuisances = [*bh.nuisance.CMS_EXO_22_026, bh.nuisance.efficiency(0.3)]
    rule = bh.Envelope((bh.families.dijet(2), bh.families.ua2(2)))
    read = bh.read_csv(file)
    expected = bh.limit(read, rule, SIGNAL, 3000, nuisances=nuisances, blind=True)
    found = bh.LimitResult.from_json(out.read_text())
    assert found.observed is None
    assert found.expected == pytest.approx(expected.expected, rel=1e-6)
    assert found.expected[2] > 1.02 * bh.limit(read, rule, SIGNAL, 3000).expected[2]


def test_cross_sections_with_a_number_as_efficiency(dijethunt: Command, file: Path, tmp_path: Path) -> None:
    numbers = ["--luminosity", 10, "--acceptance", 0.5, "--efficiency", 0.2]
    out = ["--json", tmp_path / "out.json", "--plot", tmp_path / "out.png", "--hepdata", tmp_path / "hepdata"]
    shown = dijethunt("limit", file, *WIDTH, "--masses", 2800, 3200, 200, *numbers, *out)
    found = written(tmp_path)
    limits = bh.limits([((2800, 3000, 3200), bh.read_csv(file))], BACKGROUND, SIGNAL)
    expected = [bh.cross_section_limit(one, 10, 0.5, 0.2) for one in limits.limits]
    assert found["limits"] == [one.as_dict() for one in limits.limits]
    assert found["cross_sections"] == [one.as_dict() for one in expected]
    assert f"{expected[2].expected[2].limit:.4g}" in shown.stdout
    table = (tmp_path / "hepdata" / "limits.yaml").read_text()
    assert "units: fb" in table
    assert f"value: {expected[0].expected[2].limit:.6g}" in table
    assert (tmp_path / "out.png").stat().st_size > 10_000


def test_cross_sections_with_a_curve_as_efficiency(dijethunt: Command, file: Path, tmp_path: Path) -> None:
    (tmp_path / "curve.csv").write_text(CURVE)
    numbers = ["--luminosity", 10, "--efficiency", tmp_path / "curve.csv"]
    out = ["--json", tmp_path / "out.json", "--plot", tmp_path / "out.png"]
    dijethunt("limit", file, *WIDTH, "--mass", 3000, *numbers, *out)
    curve = bh.read_efficiency(tmp_path / "curve.csv")
    limit = bh.limit(bh.read_csv(file), BACKGROUND, SIGNAL, 3000)
    [found] = written(tmp_path)["cross_sections"]
    assert found == bh.cross_section_limit(limit, 10, 1, curve).as_dict()
    assert found["observed"]["limit"] > 10
    assert (tmp_path / "out.png").stat().st_size > 10_000


def test_a_workspace_of_pyhf_has_the_same_limit(dijethunt: Command, file: Path, tmp_path: Path) -> None:
    names = ["--pyhf", tmp_path / "pyhf.json", "--json", tmp_path / "out.json"]
    dijethunt("limit", file, *WIDTH, "--mass", 3000, "--scale-uncertainty", 0.01, *names)
    read, nuisances = bh.read_csv(file), [bh.nuisance.scale(0.01)]
    expected = bh.to_pyhf(read, BACKGROUND, SIGNAL, 3000, nuisances=nuisances)
    assert written(tmp_path, "pyhf.json") == json.loads(json.dumps(expected))


def test_categories_share_one_signal(
    dijethunt: Command, spectrum: Callable[..., Path], tmp_path: Path
) -> None:
    spectra = [bh.read_csv(spectrum(n, name)) for n, name in ((3000, "tight.csv"), (20_000, "loose.csv"))]
    path = tmp_path / "windows.toml"
    path.write_text(
        'shares = [0.7, 0.3]\n[[window]]\nspectrum = ["tight.csv", "loose.csv"]\nmasses = [3000]\n'
    )
    for command in ("limit", "scan"):
        dijethunt(command, path, *WIDTH, "--json", tmp_path / f"{command}.json")
    groups, shares = [((3000,), spectra)], (0.7, 0.3)
    limits = bh.limits(groups, BACKGROUND, SIGNAL, shares=shares)
    assert written(tmp_path, "limit.json")["limits"][0]["expected"] == list(limits.limits[0].expected)
    scan = bh.scan(groups, BACKGROUND, SIGNAL, shares=shares)
    assert written(tmp_path, "scan.json") == scan.as_dict()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--masses", 2800, 3200, 200, "--pyhf", "x.json"], "a workspace is of one mass"),
        (
            ["--masses", 2800, 3200, 200, "--luminosity", 1, "--efficiency", "CURVE"],
            "a curve is of the signal",
        ),
        (["--mass", 3000, "--luminosity", 1, "--efficiency", 0], "efficiency 0.0"),
        (["--mass", 3000, "--luminosity", -1], "Invalid value for '--luminosity'"),
        (["--mass", 3000, "--method", "toys", "--toys", 5], "Invalid value for '--toys'"),
        (["--mass", 3000, "--width", 0.06], "takes one width"),
    ],
)
def test_wrong_use_is_named(file: Path, tmp_path: Path, words: list[Any], message: str) -> None:
    (tmp_path / "curve.csv").write_text(CURVE)
    named = [str(tmp_path / "curve.csv") if word == "CURVE" else str(word) for word in words]
    shown = CliRunner().invoke(app, ["limit", str(file), *map(str, WIDTH), *named])
    assert shown.exit_code == 2
    assert message in " ".join(shown.output.replace("│", " ").split())

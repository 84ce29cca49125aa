from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from dijethunt.datasets import store
from dijethunt.workflows import cli
from typer.testing import Result

Command = Callable[..., Result]
SPECTRUM = """low,high,observed
2000,2200,90000
2200,2400,48000
2400,2600,26800
2600,2800,15500
2800,3000,9300
3000,3200,5800
3200,3400,3500
3400,3600,2250
3600,3800,1400
3800,4000,940
"""


@pytest.fixture
def spectrum(tmp_path: Path) -> Path:
    path = tmp_path / "spectrum.csv"
    path.write_text(SPECTRUM)
    return path


def test_fit_writes_the_result_as_it_is(dijethunt: Command, spectrum: Path, tmp_path: Path) -> None:
    result = dijethunt(
        "fit", spectrum, "--parameters", 2, "--range", 2200, 4000, "--json", tmp_path / "fit.json"
    )
    written = json.loads((tmp_path / "fit.json").read_text())
    assert written["names"] == ["p0", "p1", "p2"]
    assert written["ndof"] == 9 - 3
    assert written["valid"]
    assert f"{written['values'][1]:.6g}" in result.stdout


def test_scan_and_limit_agree_on_a_bump(dijethunt: Command, tmp_path: Path, spectrum: Path) -> None:
    spectrum.write_text(SPECTRUM.replace("3000,3200,5800", "3000,3200,6300"))
    dijethunt(
        "scan",
        spectrum,
        "--width",
        0.03,
        "--masses",
        2600,
        3600,
        100,
        "--toys",
        20,
        "--json",
        tmp_path / "s.json",
    )
    scan = json.loads((tmp_path / "s.json").read_text())
    best = max(scan["points"], key=lambda point: point["r"])
    assert best["mass"] == pytest.approx(3100, abs=100)
    assert best["r"] > 4
    assert scan["p_global"]["n_toys"] == 20
    dijethunt("limit", spectrum, "--mass", 3100, "--width", 0.03, "--json", tmp_path / "l.json")
    limit = json.loads((tmp_path / "l.json").read_text())
    assert limit["observed"] > limit["expected"][4]


def test_select_writes_table_and_cutflow(dijethunt: Command, search: Path, tmp_path: Path) -> None:
    table = tmp_path / "table.parquet"
    result = dijethunt(
        "select",
        search / "background.root",
        "-o",
        table,
        "-c",
        search / "small.toml",
        "--set",
        "quantities=['msd']",
    )
    flow = json.loads((tmp_path / "table.cutflow.json").read_text())["background"]
    assert store.count(table) == flow["cuts"][-1]["events"]
    assert store.read(table)["mjj"].min() >= 2100
    assert "j1_tau21" not in store.read(table)
    assert "12000" in result.stdout


def test_taggers_lists_what_is_installed(dijethunt: Command) -> None:
    listed = dijethunt("taggers").stdout
    assert "cwola" in listed
    assert "inclusive" in listed


def test_print_config_shows_overrides_and_defaults(dijethunt: Command, search: Path) -> None:
    shown = dijethunt("run", search / "small.toml", "--set", "scan.toys=7", "--print-config").stdout
    assert json.loads(shown)["scan"]["toys"] == 7
    assert json.loads(shown)["fit"]["family"] == "dijet"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["run", "nowhere.toml"], 2, "cannot read the configuration nowhere.toml"),
        (["run", "--no-such-option"], 2, "No such option"),
        (["simulate", "qcdd", "-n", "3", "-o", "x.root"], 1, "no process 'qcdd'; did you mean 'qcd'?"),
        (["simulate", "xyy", "-n", "3", "-o", "x.root", "--set", "masss=3"], 1, "did you mean 'mass'?"),
        (["fit", "nowhere.csv"], 1, "nowhere.csv"),
    ],
)
def test_errors_end_in_one_line_and_an_exit_code(
    arguments: list[str], code: int, message: str, tmp_path: Path
) -> None:
    program = [sys.executable, "-c", "from dijethunt.workflows.cli import main; main()"]
    done = subprocess.run([*program, *arguments], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_an_error_of_the_system_is_a_message_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device", "store/x")

    monkeypatch.setattr(cli, "app", full)
    with pytest.raises(SystemExit, match="1"):
        cli.main()
    assert "No space left on device: 'store/x'; check the path" in capsys.readouterr().err


def test_help_is_quick_because_it_imports_nothing_heavy(tmp_path: Path) -> None:
    program = (
        "import sys; sys.argv = ['dijethunt', '--help']\n"
        "from dijethunt.workflows.cli import app\n"
        "try: app()\nexcept SystemExit: pass\n"
        "heavy = {'coffea', 'law', 'torch', 'awkward', 'xgboost', 'matplotlib', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, cwd=tmp_path)

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from dijethunt.workflows.drive import RunError
from typer.testing import Result

Command = Callable[..., Result]
LOG = logging.getLogger(__name__)


@pytest.fixture(scope="module")
def finished(search: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the outputs of an uninterrupted run on one process."""
    folder = tmp_path_factory.mktemp("finished")
    subprocess.run(command(search, folder, jobs=1), check=True)
    return folder


def command(search: Path, folder: Path, jobs: int) -> list[str]:
    program = "from dijethunt.workflows.cli import main; main()"
    places = ["--store", str(folder / "store"), "--output", str(folder / "out"), "--jobs", str(jobs)]
    return [sys.executable, "-c", program, "run", str(search / "small.toml"), *places]


def test_a_run_finds_what_was_injected_and_nothing_else(finished: Path) -> None:
    results = json.loads((finished / "out" / "results.json").read_text())
    assert results["samples"]["background"]["cuts"][0] == {"cut": "all", "events": 12_000, "sumw": 12_000.0}
    injected, nothing = results["searches"]["injected"], results["searches"]["nothing"]
    assert injected["injected"] == 150
    assert injected["data"]["events"] == nothing["data"]["events"] + 150
    assert injected["signal"]["events"] + 150 == nothing["signal"]["events"]
    at_3_tev = {point["mass"]: point["r"] for point in injected["taggers"]["cwola"]["scan"]["points"]}[3000.0]
    assert at_3_tev > 5
    assert max(point["r"] for point in nothing["taggers"]["cwola"]["scan"]["points"]) < 3.5
    window = injected["taggers"]["cwola"]["windows"]["B3"]
    assert window["signal_efficiency"] > 0.3
    assert window["fractions"]["low"] == pytest.approx(0.01, abs=0.004)
    assert injected["taggers"]["inclusive"]["windows"]["all"]["selected"] == injected["data"]["events"]


def test_the_page_holds_everything(finished: Path) -> None:
    page = (finished / "out" / "report.html").read_text()
    figures = list((finished / "out" / "figures").iterdir())
    assert page.count("data:image/png;base64,") == len(figures)
    results = json.loads((finished / "out" / "results.json").read_text())
    assert sorted(results["figures"]) == sorted(f"figures/{figure.name}" for figure in figures)
    for text in (
        "A small search",
        "toy",
        "nothing injected",
        "150 signal events injected",
        "jet_id",
        "numpy",
    ):
        assert text in page
    assert "http" not in page.replace("http-equiv", "")


def test_a_second_run_does_nothing_but_say_so(finished: Path, search: Path) -> None:
    before = {
        p: p.stat().st_mtime_ns
        for p in (finished / "store").rglob("*")
        if p.is_file() and p.parent.name != "config"
    }
    done = subprocess.run(command(search, finished, jobs=1), check=True, capture_output=True, text=True)
    assert "nothing to do" in done.stdout
    assert {p: p.stat().st_mtime_ns for p in before} == before


def test_a_killed_run_goes_on_to_the_same_results(finished: Path, search: Path, tmp_path: Path) -> None:
    process = subprocess.Popen(
        command(search, tmp_path, jobs=2), start_new_session=True, stderr=subprocess.DEVNULL
    )
    while not list((tmp_path / "store" / "score").glob("*/*")):
        assert process.poll() is None, "the run ended before scores were written"
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "out" / "results.json").exists()
    subprocess.run(command(search, tmp_path, jobs=2), check=True)
    for name in ("results.json", "report.html"):
        assert (tmp_path / "out" / name).read_bytes() == (finished / "out" / name).read_bytes()


def written(folder: Path) -> int:
    """Count the files that a run has finished."""
    return sum(path.is_file() and ".partial" not in path.name for path in (folder / "store").rglob("*"))


@pytest.mark.slow
@pytest.mark.parametrize("kill", range(20))
def test_killed_at_random_moments_a_run_ends_in_the_same_results(
    finished: Path, search: Path, tmp_path: Path, kill: int
) -> None:
    """Even kills end all processes at once, odd ones a single worker, whose run then ends by itself."""
    rng = np.random.default_rng([20, kill])
    share, delay = rng.uniform(0, 0.9), rng.uniform(0, 0.5)
    process = subprocess.Popen(
        command(search, tmp_path, jobs=2), start_new_session=True, stderr=subprocess.DEVNULL
    )
    while written(tmp_path) <= share * written(finished):
        assert process.poll() is None, "the run ended before it was killed"
        time.sleep(0.02)
    time.sleep(delay)
    before = written(tmp_path)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    if kill % 2 and children:
        os.kill(int(children[-1]), signal.SIGKILL)
    else:
        os.killpg(process.pid, signal.SIGKILL)
    code = process.wait()
    LOG.info("killed with %d of %d files written: exit code %d", before, written(finished), code)
    subprocess.run(command(search, tmp_path, jobs=2), check=True)
    for name in ("results.json", "report.html"):
        assert (tmp_path / "out" / name).read_bytes() == (finished / "out" / name).read_bytes()


def test_a_failure_names_the_task_and_the_file_and_is_mended_by_another_run(
    search: Path, tmp_path: Path, dijethunt: Command
) -> None:
    whole = (search / "background.root").read_bytes()
    (tmp_path / "signal.root").write_bytes((search / "signal.root").read_bytes())
    (tmp_path / "background.root").write_bytes(whole[: len(whole) // 2])
    config = tmp_path / "small.toml"
    config.write_text((search / "small.toml").read_text())
    arguments = ("train", config, "--search", "injected", "--unit", 0, "--store", tmp_path / "store")
    with pytest.raises(RunError, match=r"(?s)what is done is kept.*select background: .*background\.root"):
        dijethunt(*arguments)
    (tmp_path / "background.root").write_bytes(whole)
    assert "train cwola, window B3, fold 0, search injected" in dijethunt(*arguments).stdout

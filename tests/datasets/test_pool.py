"""Work on several processes: everything is done once, failures name the piece, nothing finished is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from dijethunt.datasets.error import DataError
from dijethunt.datasets.pool import Note, PoolError, work_through


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let processes import this file, wherever they are started."""
    monkeypatch.setattr(sys, "path", [str(Path(__file__).parents[2]), *sys.path])


@dataclass(frozen=True)
class Piece:
    number: int
    size: int = 10
    way: str = "square"

    @property
    def title(self) -> str:
        return f"piece {self.number}"


def work(piece: Piece, note: Note) -> int:
    if piece.way == "refuse":
        raise DataError("the number is odd")
    if piece.way == "break":
        raise RuntimeError("broken")
    if piece.way == "die":
        time.sleep(0.3)
        os.kill(os.getpid(), signal.SIGKILL)
    note(piece.size)
    return piece.number**2


def run(pieces: list[Piece], jobs: int, table: Path) -> tuple[dict[int, int], list[list[int]]]:
    results: dict[int, int] = {}
    seen: list[list[int]] = []
    work_through(
        work,
        pieces,
        jobs,
        table,
        lambda done: seen.append(done.tolist()),
        lambda piece, result: results.__setitem__(piece.number, result),
    )
    return results, seen


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_piece_is_done_once(jobs: int, tmp_path: Path) -> None:
    results, seen = run([Piece(number) for number in range(5)], jobs, tmp_path / "table")
    assert results == {0: 0, 1: 1, 2: 4, 3: 9, 4: 16}
    assert seen[-1] == [10] * 5
    assert (np.diff(seen, axis=0) >= 0).all()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_failures_name_the_piece(jobs: int, tmp_path: Path) -> None:
    pieces = [Piece(0), Piece(1, way="refuse")]
    with pytest.raises(PoolError, match="piece 1: the number is odd"):
        run(pieces, jobs, tmp_path / "table")
    with pytest.raises(RuntimeError) as caught:
        run([Piece(0), Piece(1, way="break")], jobs, tmp_path / "table")
    assert caught.value.__notes__ == ["while working on piece 1"]


def test_a_process_that_dies_is_named_and_results_are_kept(tmp_path: Path) -> None:
    results: list[int] = []
    pieces = [Piece(0), Piece(1), Piece(2, way="die"), Piece(3, way="die")]
    with pytest.raises(PoolError, match=r"died while working on piece [23].*run again"):
        work_through(
            work, pieces, 2, tmp_path / "table", lambda _: None, lambda _, result: results.append(result)
        )
    assert sorted(results) == [0, 1]


def test_nothing_to_do(tmp_path: Path) -> None:
    assert run([], 4, tmp_path / "table") == ({}, [])


SCRIPT = """
import signal
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from datasets.test_pool import Piece, work
from dijethunt.datasets.pool import work_through

def finished(piece, result):
    if piece.number == 0:
        print("begun", flush=True)

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background
    pieces = [Piece(number) for number in range(30_000)]
    work_through(work, pieces, 2, Path(sys.argv[2]), lambda _: None, finished)
"""


def test_interrupted_at_any_moment_it_ends(tmp_path: Path) -> None:
    """Pieces that are done at once leave the main process little time in which it only waits."""
    (tmp_path / "work.py").write_text(SCRIPT)
    command = [sys.executable, tmp_path / "work.py", Path(__file__).parents[1], tmp_path / "table"]
    for moment in range(5):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert process.stdout
        assert process.stdout.readline() == "begun\n"
        time.sleep(0.1 * moment)
        process.send_signal(signal.SIGINT)
        _, message = process.communicate(timeout=120)
        assert "KeyboardInterrupt" in message
    assert not (tmp_path / "table").exists()

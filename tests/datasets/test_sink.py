from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from dijethunt.datasets import store
from dijethunt.datasets.sink import created
from dijethunt.datasets.table import FeatureTable

PROGRAM = """
import resource, sys
from dijethunt.datasets import store
from dijethunt.datasets.case_writer import write
from dijethunt.datasets.error import FileError
table = store.read(sys.argv[1])
size = int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
try:
    write(sys.argv[2], table, {})
except FileError as error:
    print(error)
"""


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    with created(tmp_path / "x.h5") as (file, _):
        file["a"] = np.arange(100_000)
    with h5py.File(tmp_path / "x.h5") as file:
        assert file["a"][:].tolist() == list(range(100_000))


@pytest.mark.parametrize("size", [0, 3_000, 100_000])
def test_full_disk_is_an_error_and_leaves_nothing(
    make_table: Callable[..., FeatureTable], tmp_path: Path, size: int
) -> None:
    """A limit on the size of files stands for the disk, in a process of its own: it holds for its log file too."""
    names = [
        f"{jet}_{name}" for jet in ("j1", "j2") for name in ("pt", "eta", "phi", "tau32", "tau43", "n_pf")
    ]
    table, target = tmp_path / "table.parquet", tmp_path / "full" / "x.h5"
    store.write(table, make_table(20_000, 1, **dict.fromkeys(names, np.ones(20_000))), {})
    words = [sys.executable, "-c", PROGRAM, str(table), str(target), str(size)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert "x.h5: File too large; nothing was changed" in done.stdout
    assert not list(target.parent.iterdir())

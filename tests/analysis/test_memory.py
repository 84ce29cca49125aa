"""Memory does not grow with the input."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from dijethunt.datasets import store
from dijethunt.datasets.process import XYY
from dijethunt.datasets.production import simulate

from tests.resampling import resample

LOG = logging.getLogger(__name__)
GIGABYTE = 1024**3 / 1024  # in units of ru_maxrss
PROGRAM = """
import resource, sys
from dijethunt.workflows.cli import main
sys.argv = ["dijethunt", *sys.argv[1:]]
try: main()
except SystemExit as end: assert not end.code
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
@pytest.mark.parametrize("constituents", ["false", "true"])
def test_selecting_a_million_events_stays_below_two_gigabytes(tmp_path: Path, constituents: str) -> None:
    small = simulate(XYY(), 200, 1, tmp_path / "small.root", mpi=False)
    large = resample(small, tmp_path / "large.root", 1_000_000)
    table = tmp_path / "table.parquet"
    options = ["-o", str(table), "--set", f"constituents={constituents}"]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "select", str(large), *options],
        capture_output=True,
        text=True,
        check=True,
    )
    peak = int(done.stdout.split()[-1]) / GIGABYTE
    LOG.info("%d events selected, constituents %s: %.2f GB", store.count(table), constituents, peak)
    assert store.count(table) > 900_000
    assert peak < 2

"""CPU time of the dijet selection beside coffea's bare reading of the same columns."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from time import process_time

import awkward as ak
import pytest
from dijethunt.analysis.processor import DijetProcessor
from dijethunt.analysis.selection import select
from dijethunt.datasets.nanoaod import open_events
from dijethunt.datasets.process import QCD
from dijethunt.datasets.production import simulate

from tests.benchmarks.conftest import record
from tests.resampling import resample

LOG = logging.getLogger(__name__)
EVENTS = 100_000
CHUNK = {False: 100_000, True: 10_000}
JET = ("pt", "eta", "phi", "mass", "msoftdrop", "jetId", "tau1", "tau2", "tau3", "tau4", "nPFCandsAll")
CANDIDATE = ("pt", "eta", "phi", "mass", "puppiWeight")
COLUMNS = {"genWeight", *(f"FatJet_{name}" for name in JET)}
COLUMNS_OF_CANDIDATES = {
    "FatJetPFCands_jetIdx",
    "FatJetPFCands_pFCandsIdx",
    *(f"PFCands_{name}" for name in CANDIDATE),
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Resampled simulated dijet events with their candidates."""
    folder = tmp_path_factory.mktemp("large")
    small = simulate(QCD(), 500, 1, folder / "small.root", mpi=False)
    return resample(small, folder / "large.root", EVENTS)


def read(file: Path, branches: set[str], chunk: int) -> None:
    """Materialise branches of all events through NanoEvents, chunk by chunk."""
    for start in range(0, EVENTS, chunk):
        events = open_events(file, branches, start, start + chunk)
        for name in events.fields:
            ak.materialize(events[name])


def seconds(work: Callable[[], object]) -> float:
    begin = process_time()
    work()
    return process_time() - begin


@pytest.mark.benchmark
@pytest.mark.parametrize(("constituents", "least"), [(False, 30_000), (True, 15_000)])
def test_selection_against_bare_reading(file: Path, constituents: bool, least: float) -> None:
    processor = DijetProcessor(constituents=constituents)
    with_candidates = "_with_candidates" if constituents else ""
    ours = EVENTS / seconds(lambda: select([str(file)], processor))
    columns = COLUMNS | (COLUMNS_OF_CANDIDATES if constituents else set())
    bare = EVENTS / seconds(lambda: read(file, columns, CHUNK[constituents]))
    LOG.info("selection%s: %.0f events per CPU-second; bare coffea %.0f", with_candidates, ours, bare)
    record(f"selection{with_candidates}_vs_bare_reading", ours / bare)
    assert ours > least

"""CPU time of detector and reconstruction beside that of Pythia, for events that are selected."""

from __future__ import annotations

import logging
from time import process_time
from typing import Any

import pytest
from dijethunt.datasets.chain import Chain
from dijethunt.datasets.generator import Collisions, Generator
from dijethunt.datasets.process import QCD
from dijethunt.datasets.recipe import Recipe

from tests.benchmarks.conftest import record

LOG = logging.getLogger(__name__)
EVENTS = 1000


@pytest.mark.benchmark
def test_reconstruction_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """CPU seconds of all that follows generation, over those of generation; smaller is better."""
    pythia = 0.0
    generate = Generator.batch

    def timed(self: Generator, *size: Any) -> Collisions:
        nonlocal pythia
        begin = process_time()
        collisions = generate(self, *size)
        pythia += process_time() - begin
        return collisions

    monkeypatch.setattr(Generator, "batch", timed)
    process = QCD(mjj_min=1950.0)
    chain = Chain(Recipe(process, process.cut, EVENTS, seed=3), 0)
    begin = process_time()
    while chain.selected < EVENTS:
        chain.batch(EVENTS - chain.selected)
    rest = process_time() - begin - pythia
    LOG.info(
        "%.1f ms for a selected event: Pythia %.1f, the rest %.1f",
        *(1e3 * t / EVENTS for t in (pythia + rest, pythia, rest)),
    )
    record("reconstruction_share", rest / pythia)
    assert rest < 0.2 * pythia

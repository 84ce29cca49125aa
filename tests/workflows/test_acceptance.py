"""The main job on five independently simulated samples, with seeds fixed beforehand (40 minutes on 2 cores).

The first is that of `make search`. Interrupted, it goes on where it stopped: stages are kept in the folder that
DIJETHUNT_STORE names, by default `store`, where `make search` keeps its own.

Measured: inclusive Asimov Z 1.85, 1.85, 1.85, 1.82, 1.90; CWoLa Z at 3 TeV 6.31, 6.26, 5.23, 5.83, 7.67; with nothing injected, p over
the scan 0.03, 0.49, 0.01, 0.57, 0.38.
"""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from statistics import median
from typing import Any

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.analysis import mock
from dijethunt.datasets.store import read
from dijethunt.workflows.drive import Driver
from dijethunt.workflows.toml import load

pytestmark = pytest.mark.slow
log = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]
SEEDS = (None, 101, 102, 103, 104)  # None: as configured
MASS = 3000.0


@pytest.fixture(scope="module")
def results() -> list[dict[str, Any]]:
    """The results of five searches that share nothing."""
    store = Path(os.environ.get("DIJETHUNT_STORE", ROOT / "store"))
    found = []
    for seed in SEEDS:
        driver = Driver(load(ROOT / "workflows" / "search.toml", reseeded(seed)), store)
        report = driver.report()
        if not report.complete():
            driver.build([report], os.cpu_count() or 1)
        found.append(json.loads(report.place().read_text()) | {"data": report.outputs().data})
    return found


def reseeded(seed: int | None) -> list[str]:
    if seed is None:
        return []
    return [
        f"samples.qcd.simulation.seed={seed}",
        f"samples.xyy.simulation.seed={seed + 100}",
        f"seed={seed}",
    ]


def at_mass(results: dict[str, Any], search: str, tagger: str) -> float:
    points = results["searches"][search]["taggers"][tagger]["scan"]["points"]
    return {point["mass"]: point["r"] for point in points}[MASS]


def test_samples_are_as_large_as_promised(results: list[dict[str, Any]]) -> None:
    assert all(found["samples"]["qcd"]["events"] >= 75_000 for found in results)


def test_the_inclusive_search_could_not_see_the_signal(results: list[dict[str, Any]]) -> None:
    expected = []
    for found in results:
        nothing = found["searches"]["nothing"]["taggers"]["inclusive"]
        fit, shape = nothing["windows"]["all"]["fits"][0]["fit"], nothing["signal"]
        spectrum = bh.Spectrum(fit["edges"], fit["observed"])
        signal = bh.Gaussian(shape["width"], shape["mean"])
        mjj = read(found["data"]["nothing"] / mock.SIGNAL, ["mjj"])["mjj"]
        truth = np.histogram(mjj, spectrum.edges)[0] / len(mjj)
        strength = found["searches"]["injected"]["injected"]
        background = bh.families.dijet(3)
        z = bh.asimov_significance(spectrum, background, signal, MASS, strength=strength, truth=truth)
        expected.append(z)
    log.info("inclusive, Asimov Z: %s", [f"{z:.2f}" for z in expected])
    log.info(
        "inclusive, observed Z: %s", [f"{at_mass(found, 'injected', 'inclusive'):.2f}" for found in results]
    )
    assert max(expected) < 2


def test_cwola_sees_it(results: list[dict[str, Any]]) -> None:
    z = [at_mass(found, "injected", "cwola") for found in results]
    log.info("CWoLa, Z at 3 TeV: %s, median %.2f", [f"{value:.2f}" for value in z], median(z))
    assert median(z) > 4


def test_cwola_sees_nothing_where_nothing_is(results: list[dict[str, Any]]) -> None:
    chances = [found["searches"]["nothing"]["taggers"]["cwola"]["scan"]["p_global"] for found in results]
    log.info("nothing injected, p over the scan by toys: %s", [f"{chance['p']:.3f}" for chance in chances])
    log.info(
        "nothing injected, Z at 3 TeV: %s", [f"{at_mass(found, 'nothing', 'cwola'):.2f}" for found in results]
    )
    assert all(chance["n_failed"] == 0 for chance in chances)
    assert sum(chance["p"] > 0.01 for chance in chances) >= 4

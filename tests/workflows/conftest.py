"""A small search on files: falling background, a narrow signal with two-pronged jets, one mass window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import awkward as ak
import dijethunt.bumphunt as bh
import numpy as np
import pytest
import uproot
from dijethunt.workflows.cli import app
from typer.testing import CliRunner, Result

CONFIG = """
title = "A small search"
label = "toy"
seed = 3

[samples.background]
kind = "background"
files = ["background.root"]

[samples.signal]
kind = "signal"
files = ["signal.root"]

[selection]
mjj_min = 2100.0

[searches.injected]
data = ["background"]
signal = "signal"
mass = 3000.0
events = 150

[searches.nothing]
data = ["background"]
signal = "signal"
mass = 3000.0

[taggers.cwola]

[taggers.inclusive]
efficiency = 1.0

[folds]
outer = 3
members = 2

[fit]
range = [2132.0, 6000.0]

[scan]
range = [2200.0, 4100.0]
toys = 50
"""


@pytest.fixture(scope="session")
def search(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``small.toml`` and the files that it names; to be read, not written."""
    folder = tmp_path_factory.mktemp("search")
    rng = np.random.default_rng(5)
    mjj = 2050 * (1 - rng.uniform(size=12_000)) ** (-1 / 6)
    write_dijets(
        folder / "background.root", mjj, rng.exponential(60, (12_000, 2)), rng.beta(6, 3, (12_000, 2)), rng
    )
    mjj, msd = rng.normal(3000, 130, 1200), rng.normal([170, 80], [15, 8], (1200, 2))
    write_dijets(folder / "signal.root", mjj, msd, rng.beta(3, 7, (1200, 2)), rng)
    (folder / "small.toml").write_text(CONFIG)
    return folder


@pytest.fixture
def dijethunt() -> Callable[..., Result]:
    """Run the command in this process; errors are raised."""

    def invoke(*arguments: str | Path) -> Result:
        return CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)

    return invoke


@pytest.fixture
def spectrum(tmp_path: Path) -> Callable[..., Path]:
    """Write a falling spectrum of so many events in standard bins from 2 to 6 TeV as text."""

    def write(n_events: float, name: str = "spectrum.csv") -> Path:
        edges, density = bh.dijet_edges(2000, 6000), bh.families.dijet(3).density
        expected = bh.integral(lambda m: density(m, (1.0, 9.3, 5.9, 0.6)), edges)
        counts = np.random.default_rng(2).poisson(expected / expected.sum() * n_events)
        rows = [f"{a:g},{b:g},{n:d}" for a, b, n in zip(edges[:-1], edges[1:], counts, strict=True)]
        path = tmp_path / name
        path.write_text("\n".join(["low,high,observed", *rows]))
        return path

    return write


def write_dijets(
    path: Path, mjj: np.ndarray, msd: np.ndarray, tau21: np.ndarray, rng: np.random.Generator
) -> None:
    """Write events of two back-to-back central jets with given masses (n,), (n, 2) and tau21 (n, 2)."""
    n = len(mjj)
    phi = rng.uniform(-np.pi, 0, n)
    tau1 = rng.uniform(0.1, 0.3, (n, 2))
    ratios = rng.uniform(0.5, 0.9, (n, 2, 2))
    jets = {
        "pt": np.repeat(mjj[:, None] / 2, 2, axis=1),
        "eta": np.zeros((n, 2)),
        "phi": np.stack([phi, phi + np.pi], axis=1),
        "mass": np.full((n, 2), 1.0),
        "msoftdrop": msd,
        "tau1": tau1,
        "tau2": tau1 * tau21,
        "tau3": tau1 * tau21 * ratios[..., 0],
        "tau4": tau1 * tau21 * ratios[..., 0] * ratios[..., 1],
        "jetId": np.full((n, 2), 6, dtype=np.int32),
        "nConstituents": rng.poisson(60, (n, 2)).astype(np.int32),
    }
    events = {
        "run": np.ones(n, np.uint32),
        "luminosityBlock": np.ones(n, np.uint32),
        "event": np.arange(n, dtype=np.uint64),
        "genWeight": np.ones(n, np.float32),
        "FatJet": ak.zip({name: ak.from_regular(values) for name, values in jets.items()}),
    }
    with uproot.recreate(path) as file:
        tree = file.mktree(
            "Events", {k: v.dtype if isinstance(v, np.ndarray) else v.type for k, v in events.items()}
        )
        tree.extend(events)

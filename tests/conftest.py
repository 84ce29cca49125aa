"""Fixtures that need neither a simulation nor real data."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot
from dijethunt.datasets.table import FeatureTable


@pytest.fixture
def real_data() -> Path:
    """The folder of real CMS files named by DIJETHUNT_REAL_DATA."""
    folder = os.environ.get("DIJETHUNT_REAL_DATA")
    if not folder:
        pytest.skip("DIJETHUNT_REAL_DATA is not set: no real CMS files to read")
    return Path(folder)


@pytest.fixture
def make_table() -> Callable[..., FeatureTable]:
    """Make a feature table with smooth distributions: make_table(n, seed, sample=..., **columns)."""
    return _table


@pytest.fixture
def make_nanoaod(tmp_path: Path) -> Callable[..., Path]:
    """Write a small PFNano-like file: make_nanoaod(name, n, seed, drop=[...], change={branch: function})."""

    def make(name: str = "events.root", n: int = 50, seed: int = 1, **options: Any) -> Path:
        return write_nanoaod(tmp_path / name, n, seed, **options)

    return make


def _table(n: int, seed: int, sample: int = 1, **columns: np.ndarray) -> FeatureTable:
    rng = np.random.default_rng(seed)
    table = {
        "sample": np.full(n, sample, dtype=np.uint64),
        "run": np.full(n, 1, dtype=np.uint32),
        "lumi": np.arange(n, dtype=np.uint32) // 100 + 1,
        "event": np.arange(n, dtype=np.uint64) + 1,
        "weight": np.ones(n),
        "mjj": 2100 + rng.exponential(500, n),
        "deta": rng.uniform(0, 1.3, n),
    }
    for jet in ("j1", "j2"):
        table[f"{jet}_msd"] = rng.exponential(60, n).astype(np.float32)
        table[f"{jet}_tau21"] = rng.uniform(0.1, 1, n).astype(np.float32)
    return FeatureTable(table | columns)


def write_nanoaod(
    path: Path,
    n: int,
    seed: int,
    *,
    drop: tuple[str, ...] = (),
    change: Mapping[str, Callable[[Any], Any]] | None = None,
    first_event: int = 1,
    cross_section: float | None = None,
) -> Path:
    """Write ``n`` random events; ``drop`` leaves branches out, ``change`` replaces flat values of a branch."""
    rng = np.random.default_rng(seed)
    collections = _collections(rng, n)
    scalars = {
        "run": np.ones(n, np.uint32),
        "luminosityBlock": np.arange(n, dtype=np.uint32) // 1000 + 1,
        "event": np.arange(first_event, first_event + n, dtype=np.uint64),
        "genWeight": np.ones(n, np.float32),
    }
    for branch, function in (change or {}).items():
        collection, _, field = branch.partition("_")
        target, key = (collections[collection][1], field) if field else (scalars, branch)
        target[key] = function(target[key])
    tree = {name: values for name, values in scalars.items() if name not in drop}
    for name, (number, fields) in collections.items():
        kept = {f: ak.unflatten(v, number) for f, v in fields.items() if f"{name}_{f}" not in drop}
        if name not in drop:
            tree[name] = ak.zip(kept)
    with uproot.recreate(path) as file:
        file.mktree("Events", {name: _type(values) for name, values in tree.items()}).extend(tree)
        if "Runs" not in drop:
            runs = {
                "run": np.array([1], np.uint32),
                "genEventCount": np.array([4 * n], np.int64),
                "genEventSumw": np.array([4.0 * n]),
                **({} if cross_section is None else {"crossSection": np.array([cross_section])}),
            }
            file.mktree("Runs", {name: values.dtype for name, values in runs.items()}).extend(runs)
    return path


def _type(values: Any) -> Any:
    return values.dtype if isinstance(values, np.ndarray) else values.type


def _collections(rng: np.random.Generator, n: int) -> dict[str, tuple[np.ndarray, dict[str, np.ndarray]]]:
    number = rng.integers(0, 5, n)
    total = int(number.sum())
    pt = 200 + rng.exponential(400, total)
    tau = np.cumprod(rng.uniform(0.3, 0.95, (4, total)), axis=0) * 0.5
    jets = {
        "pt": pt,
        "eta": rng.normal(0, 1.2, total),
        "phi": rng.uniform(-np.pi, np.pi, total),
        "mass": 0.1 * pt,
        "msoftdrop": np.where(rng.uniform(size=total) < 0.1, -1.0, rng.exponential(60, total)),
        **{f"tau{i + 1}": tau[i] for i in range(4)},
        "jetId": rng.choice([0, 2, 6], total, p=[0.1, 0.1, 0.8]).astype(np.int32),
    }
    jets = {k: v if v.dtype == np.int32 else v.astype(np.float32) for k, v in jets.items()}
    per_jet = rng.integers(1, 130, total)
    jets["nConstituents"] = per_jet.astype(np.int32)
    owner = np.repeat(np.arange(total), per_jet)
    event = np.repeat(np.repeat(np.arange(n), number), per_jet)
    per_event = np.bincount(event, minlength=n)
    local_jet = owner - np.repeat(np.cumsum(number) - number, number)[owner]
    shuffled = np.lexsort((rng.uniform(size=len(event)), event))  # candidates are stored in another order
    position = np.empty(len(event), int)
    position[shuffled] = np.arange(len(event))
    start = np.cumsum(per_event) - per_event
    links = {"jetIdx": local_jet.astype(np.int32), "pFCandsIdx": (position - start[event]).astype(np.int32)}
    momenta = {
        "pt": rng.exponential(10, len(event)) + 0.5,
        "eta": jets["eta"][owner] + rng.normal(0, 0.2, len(event)),
        "phi": jets["phi"][owner] + rng.normal(0, 0.2, len(event)),
        "mass": np.full(len(event), 0.14),
        "puppiWeight": rng.choice([0.0, 0.5, 1.0], len(event), p=[0.1, 0.1, 0.8]),
    }
    candidates = {name: values[shuffled].astype(np.float32) for name, values in momenta.items()}
    return {"FatJet": (number, jets), "FatJetPFCands": (per_event, links), "PFCands": (per_event, candidates)}

"""Fixtures that need neither a simulation nor real data."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import awkward as ak
import h5py
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


@pytest.fixture
def make_events(tmp_path: Path) -> Callable[..., Path]:
    """Write events of two good back-to-back jets each: make_events(name, n, scalars={...}, jets={...})."""

    def make(name: str = "events.root", n: int = 4, **options: Any) -> Path:
        return write_events(tmp_path / name, n, **options)

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


def write_events(
    path: Path,
    n: int,
    scalars: Mapping[str, Any] | None = None,
    jets: Mapping[str, Any] | None = None,
    **other: Any,
) -> Path:
    """Write ``n`` events of two jets each.

    ``scalars`` are branches (n,), ``jets`` fields of FatJet, broadcast to (n, 2), ``other`` further collections of
    jagged fields; None in the place of values drops a branch.
    """
    events = {
        "run": np.ones(n, np.uint32),
        "luminosityBlock": np.ones(n, np.uint32),
        "event": np.arange(1, n + 1, dtype=np.uint64),
        "genWeight": np.ones(n, np.float32),
    }
    events |= {name: v if v is None else np.broadcast_to(v, n) for name, v in (scalars or {}).items()}
    fatjets = {
        "pt": [600, 500],
        "eta": [0.5, -0.25],
        "phi": [1.0, -2.0],
        "mass": [120, 80],
        "msoftdrop": [90, 60],
        "rawFactor": 0.1,
        "area": 2.0,
    }
    fields = {
        name: np.broadcast_to(v, (n, 2)).astype(np.float32) for name, v in (fatjets | (jets or {})).items()
    }
    fields["jetId"] = np.full((n, 2), 6, np.int32)
    tree = {name: np.array(values) for name, values in events.items() if values is not None}
    tree["FatJet"] = ak.zip({name: ak.unflatten(v.reshape(-1), np.full(n, 2)) for name, v in fields.items()})
    tree |= {name: ak.zip(content) for name, content in other.items()}
    with uproot.recreate(path) as file:
        file.mktree("Events", {name: _type(values) for name, values in tree.items()}).extend(tree)
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


@pytest.fixture
def make_frame(tmp_path: Path) -> Callable[..., Path]:
    """Write a table as pandas does: make_frame(name, {column: values}, kind="frame")."""

    def make(name: str, columns: Mapping[Any, np.ndarray], **options: Any) -> Path:
        return write_frame(tmp_path / name, columns, **options)

    return make


@pytest.fixture
def make_features(tmp_path: Path) -> Callable[..., Path]:
    """Write dijets as LHC Olympics features: make_features(name, mjj, seed, label=..., **columns)."""

    def make(name: str, mjj: np.ndarray, seed: int = 1, **columns: Any) -> Path:
        return write_frame(tmp_path / name, lhco_features(np.asarray(mjj, float), seed) | columns)

    return make


@pytest.fixture
def make_case(tmp_path: Path) -> Callable[..., Path]:
    """Write a CMS ntuple: make_case(name, n, seed, drop=[...], change={dataset: values})."""

    def make(name: str = "case.h5", n: int = 20, seed: int = 1, **options: Any) -> Path:
        return write_case(tmp_path / name, n, seed, **options)

    return make


def write_frame(path: Path, columns: Mapping[Any, np.ndarray], kind: str = "frame") -> Path:
    """Write columns as ``DataFrame.to_hdf(path, key="df", format="fixed")`` of pandas 2 and 3 does.

    The layout is that of ``BlockManagerFixed`` in ``pandas/io/pytables.py``: a group with the names of columns and
    rows (``axis0``, ``axis1``) and one block of values, rows first, for the columns of each type.
    """
    blocks: dict[str, list[Any]] = {}
    for name, values in columns.items():
        blocks.setdefault(values.dtype.str, []).append(name)
    with h5py.File(path, "w") as file:
        group = file.create_group("df")
        group.attrs["pandas_type"] = np.bytes_(kind)
        group.attrs["nblocks"] = np.int64(len(blocks))
        group["axis0"] = _names(columns)
        group["axis1"] = np.arange(len(next(iter(columns.values()))))
        for i, names in enumerate(blocks.values()):
            group[f"block{i}_items"] = _names(names)
            values = np.stack([columns[name] for name in names], axis=-1)
            group.create_dataset(f"block{i}_values", data=values, compression="gzip")
    return path


def _names(names: Iterable[Any]) -> np.ndarray:
    return np.array([name.encode() if isinstance(name, str) else name for name in names])


def lhco_features(mjj: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """Decay resonances of mass ``mjj`` (n,) into two jets of 50 to 150 GeV, central and with a little boost."""
    rng = np.random.default_rng(seed)
    n = len(mjj)
    masses = rng.uniform(50, 150, (2, n))
    energy = (
        (mjj**2 + masses[0] ** 2 - masses[1] ** 2) / (2 * mjj),
        (mjj**2 + masses[1] ** 2 - masses[0] ** 2) / (2 * mjj),
    )
    momentum = np.sqrt(energy[0] ** 2 - masses[0] ** 2)
    cosine, phi, rapidity = rng.uniform(-0.4, 0.4, n), rng.uniform(-np.pi, np.pi, n), rng.normal(0, 0.3, n)
    columns = {}
    for jet, sign, e, m in zip(("j1", "j2"), (1, -1), energy, masses, strict=True):
        transverse = sign * momentum * np.sqrt(1 - cosine**2)
        along = sign * momentum * cosine * np.cosh(rapidity) + e * np.sinh(rapidity)
        tau = np.cumprod(rng.uniform(0.3, 0.95, (3, n)), axis=0) * 100
        columns |= {f"px{jet}": transverse * np.cos(phi), f"py{jet}": transverse * np.sin(phi)}
        columns |= {f"pz{jet}": along, f"m{jet}": m, **{f"tau{i + 1}{jet}": tau[i] for i in range(3)}}
    return columns


def write_case(
    path: Path,
    n: int,
    seed: int,
    *,
    drop: tuple[str, ...] = (),
    change: Mapping[str, Any] | None = None,
) -> Path:
    """Write datasets as the table in the README of H5_maker in github.com/case-team/CASEUtils lists them."""
    rng = np.random.default_rng(seed)
    pt, eta, phi = rng.uniform(400, 1500, (n, 2)), rng.normal(0, 0.5, (n, 2)), rng.uniform(-3, 3, (n, 2))
    msd = np.sort(rng.uniform(10, 200, (n, 2)), axis=1)[:, ::-1]
    jets = np.stack([pt, eta, phi, msd], axis=-1)
    deta = np.abs(eta[:, 0] - eta[:, 1])
    event = [
        np.arange(n),
        *np.zeros((2, n)),
        rng.uniform(0.5, 2, n),
        np.zeros(n),
        np.full(n, 3),
        np.full(n, 2018),
    ]
    tau = np.cumprod(rng.uniform(0.3, 0.95, (2, 4, n)), axis=1)
    candidates = np.zeros((2, n, 100, 4), np.float16)
    fraction = np.linspace(0.4, 0.1, 4)
    for i in (0, 1):
        momentum = [np.cosh(eta[:, i]), np.cos(phi[:, i]), np.sin(phi[:, i]), np.sinh(eta[:, i])]
        one = pt[:, i, None] * np.stack(momentum, axis=-1)[:, [1, 2, 3, 0]]
        candidates[i, :, :4] = fraction[:, None] * one[:, None]
    content = {
        "event_info": np.stack([*event, np.full(n, 2)], axis=-1).astype(np.float32),
        "jet_kinematics": np.column_stack(
            [rng.uniform(1500, 3000, n), deta, jets.reshape(n, 8), np.zeros((n, 4))]
        ).astype(np.float32),
        **{
            f"jet{i + 1}_extraInfo": np.stack(
                [*tau[i], rng.uniform(0, 1, n), rng.uniform(-1, 1, n), rng.integers(20, 90, n)], axis=-1
            ).astype(np.float32)
            for i in (0, 1)
        },
        **{f"jet{i + 1}_PFCands": candidates[i] for i in (0, 1)},
        "truth_label": rng.integers(-1, 2, (n, 1)).astype(np.int8),
        "sys_weights": np.ones((n, 21), np.float32),
        "preselection_eff": np.array([0.25]),
    }
    with h5py.File(path, "w") as file:
        for name, values in {**content, **(change or {})}.items():
            if name not in drop:
                file[name] = values
    return path

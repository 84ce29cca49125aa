"""Feature tables as flat HDF5 files of the CMS anomaly searches, for their tools and for exchange."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from . import case
from .atomic import atomic_path
from .column import JETS, TRUTH
from .error import ColumnError
from .hdf5 import Array
from .sink import created
from .table import FeatureTable

CONSTITUENTS = "constituents"
TAUS = ("tau1", "tau2", "tau3", "tau4")
RATIOS = ("tau21", "tau32", "tau43")
NEEDED = ("pt", "eta", "phi", "msd", "n_pf")
OPTIONAL = {"lsf3": "lsf3", "subjet_btagDeepB": "btag_subjet", "nPFCandsAll": "n_pf"}
"""Fields of the extra information beside N-subjettiness, with their columns."""

CHUNK = 1024
ABSENT = -1.0
"""What the layout holds in the place of LSF3 and DeepB that are not known."""


def write(
    path: Path | str,
    tables: FeatureTable | Iterable[FeatureTable],
    provenance: Mapping[str, Any],
    efficiency: Callable[[], float | None] = lambda: None,
) -> None:
    """Write a table, or pieces of one as they come; the file appears only when it is complete.

    The table must have the soft-drop mass, the number of candidates, and tau_1 to tau_4 or their ratios of both jets;
    with the ratios alone tau_1 is set to 1. Candidates, LSF3 and the DeepB score of the subjets are written when it
    has them. ``efficiency`` is asked, when all is written, for the fraction of the generated events that is there. Every
    column but the candidates is also kept as it is, so that reading the file gives the same table.
    """
    pieces = [tables] if isinstance(tables, FeatureTable) else tables
    stated = ""
    with atomic_path(path) as temporary, created(temporary) as (file, sink):
        for piece in pieces:
            _need(path, piece)
            stated = _stated(piece)
            for name, values in _datasets(piece).items():
                _append(file, name, values)
            sink.check()
        if not stated:
            raise ColumnError(f"cannot write {path}: not even an empty table was given")
        for name in case.EXTRA:
            file[name].attrs[case.STATED] = stated
        if fraction := efficiency():
            file[case.EFFICIENCY] = np.array([fraction])
        file.attrs[case.PROVENANCE] = json.dumps(provenance, sort_keys=True)


def _need(path: Path | str, table: FeatureTable) -> None:
    taus = TAUS if all(f"j1_{name}" in table for name in TAUS) else RATIOS
    missing = [f"{jet}_{name}" for jet in JETS for name in (*NEEDED, *taus) if f"{jet}_{name}" not in table]
    if missing:
        raise ColumnError(
            f"cannot write {path}: the layout needs {', '.join(missing)}; ask for the quantities msd, n_pf, and tau1 to "
            "tau4 or tau21, tau32 and tau43"
        )


def _stated(table: FeatureTable) -> str:
    taus = TAUS if all(f"j1_{name}" in table for name in TAUS) else ()
    columns = {name: name for name in taus} | OPTIONAL
    return " ".join(field for field, column in columns.items() if f"j1_{column}" in table)


def _datasets(table: FeatureTable) -> dict[str, Array]:
    content = {case.INFO: _info(table), case.KINEMATICS: _kinematics(table)}
    for jet, extra, candidates in zip(JETS, case.EXTRA, case.CANDIDATES, strict=True):
        content[extra] = _extra(table, jet)
        if f"{jet}_{CONSTITUENTS}" in table:
            content[candidates] = _with_energy(table[f"{jet}_{CONSTITUENTS}"])
    if TRUTH in table:
        content[case.TRUTH] = table[TRUTH][:, None].astype(np.int8)
    kept = (name for name in table.columns if not name.endswith(CONSTITUENTS) and name != TRUTH)
    return content | {case.OURS + name: table[name] for name in kept}


def _info(table: FeatureTable) -> NDArray[np.float32]:
    info = np.zeros((len(table), 8), dtype=np.float32)
    info[:, 0] = table["event"]
    info[:, case.WEIGHT] = table["weight"]
    info[:, case.RUN] = table["run"]
    return info


def _kinematics(table: FeatureTable) -> NDArray[np.float32]:
    jets = table.jets("pt", "eta", "phi", "msd").reshape(len(table), 8)
    third = np.zeros((len(table), 4))
    columns = np.concatenate([table.events("mjj", "deta"), jets, third], axis=1)
    return np.asarray(columns, dtype=np.float32)


def _extra(table: FeatureTable, jet: str) -> NDArray[np.float32]:
    if all(f"{jet}_{name}" in table for name in TAUS):
        taus = [table[f"{jet}_{name}"] for name in TAUS]
    else:
        taus = list(np.cumprod([np.ones(len(table)), *(table[f"{jet}_{name}"] for name in RATIOS)], axis=0))
    others = [
        table[name] if (name := f"{jet}_{column}") in table else np.full(len(table), ABSENT)
        for column in OPTIONAL.values()
    ]
    return np.stack([*taus, *others], axis=-1).astype(np.float32)


def _with_energy(momentum: Array) -> NDArray[np.float32]:
    """Add the energy of massless candidates to px, py, pz."""
    energy = np.linalg.norm(momentum.astype(np.float64), axis=-1, keepdims=True)
    return np.concatenate([momentum, energy], axis=-1).astype(np.float32)


def _append(file: h5py.File, name: str, values: Array) -> None:
    if name not in file:
        options = {"compression": "gzip", "compression_opts": 4, "shuffle": True} if values.ndim > 2 else {}
        chunks = (CHUNK, *values.shape[1:])
        file.create_dataset(name, data=values, maxshape=(None, *values.shape[1:]), chunks=chunks, **options)
        return
    dataset = file[name]
    dataset.resize(len(dataset) + len(values), axis=0)
    dataset[len(dataset) - len(values) :] = values

"""The flat HDF5 files of the CMS anomaly searches: reading them, and writing feature tables for their tools.

Rows are events. ``event_info`` holds the event number, missing pT, its azimuth, the generator weight, whether a
lepton was generated in a decay, the run, the year, and the number of jets; ``jet_kinematics`` m_jj, the distance in
eta, and pT, eta, phi and soft-drop mass of j1, j2 and a third jet; ``jet1_extraInfo`` tau_1 to tau_4, LSF3, the largest
DeepB of the subjets, and the number of candidates; ``jet1_PFCands`` px, py, pz, E of 100 candidates, filled up with
zeros; the same for jet2. ``truth_label`` is above 0 for signal, ``preselection_eff`` the fraction of generated events
that is in the file (https://github.com/case-team/CASEUtils). j1 is the jet of larger soft-drop mass, and m_jj is
that of jets of their soft-drop masses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from .column import JETS
from .error import FileError
from .fold import IDENTITY
from .hdf5 import find, require_filters, rows, same_length
from .nanoaod import Generated
from .record import Ntuple, Record, numbered

Array = NDArray[Any]

LAYOUT = "CMS ntuple"
INFO, KINEMATICS, TRUTH, EFFICIENCY = "event_info", "jet_kinematics", "truth_label", "preselection_eff"
EXTRA = ("jet1_extraInfo", "jet2_extraInfo")
CANDIDATES = ("jet1_PFCands", "jet2_PFCands")
WEIGHT, RUN, INFO_WIDTH = 3, 5, 7
MJJ, DETA, FIRST_JET = 0, 1, 2
JET_FIELDS = ("pt", "eta", "phi", "msoftdrop")
EXTRA_FIELDS = ("tau1", "tau2", "tau3", "tau4", "lsf3", "subjet_btagDeepB", "nPFCandsAll")
STATED = "stated"
"""Attribute of the extra information: the fields that hold values, where not all of them do."""

CANDIDATES_MAX = 100
PROVENANCE = "dijethunt"
"""Attribute of the file that says how it was made, if we made it."""

OURS = "dijethunt_"
"""Begins the names of datasets that hold a column of a feature table as it was."""

CHUNK, CHUNK_WITH_CONSTITUENTS = 100_000, 10_000
_COLUMNS = (*IDENTITY, "weight", "mjj", "deta")


def inspect(path: Path | str, file: h5py.File) -> Ntuple | None:
    """Describe a file; None when it has none of the datasets of this layout."""
    if INFO not in file and KINEMATICS not in file:
        return None
    datasets = [
        find(path, file, INFO, INFO_WIDTH),
        find(path, file, KINEMATICS, FIRST_JET + 2 * len(JET_FIELDS)),
        *(find(path, file, name, len(EXTRA_FIELDS)) for name in EXTRA),
    ]
    constituents = all(name in file for name in CANDIDATES)
    if constituents:
        datasets += [find(path, file, name, 1, 3) for name in CANDIDATES]
    datasets += [file[name] for name in file if name == TRUTH or name.startswith(OURS)]
    for dataset in datasets:
        require_filters(path, dataset)
    entries = same_length(path, datasets)
    return Ntuple(
        path=str(path),
        layout=LAYOUT,
        entries=entries,
        size=Path(path).stat().st_size,
        chunk=CHUNK_WITH_CONSTITUENTS if constituents else CHUNK,
        fields=frozenset(JET_FIELDS) | _stated(file),
        labelled=TRUTH in file,
        constituents=constituents,
        quantities=frozenset(_stored(file)),
        generated=_generated(path, file, entries),
        label=str(json.loads(file.attrs.get(PROVENANCE, "{}")).get("label", "")),
    )


def read(path: Path | str, file: h5py.File, position: int, start: int, stop: int, candidates: bool) -> Record:
    """Read events [start, stop) of a file that ``inspect`` described; ``position`` is its place in the sample.

    ``candidates`` says whether they are wanted. The event numbers of this layout are rounded to single precision, so that the row takes their place.
    """
    info, kinematics = (rows(path, file[name], start, stop) for name in (INFO, KINEMATICS))
    jets = _jet_fields(path, file, kinematics, start, stop)
    columns = {name: rows(path, file[OURS + name], start, stop) for name in _COLUMNS if OURS + name in file}
    identity = numbered(position, start, stop) | {"run": info[:, RUN].astype(np.uint32)}
    identity |= {name: columns[name] for name in IDENTITY if name in columns}
    return Record(
        identity=identity,
        weight=columns.get("weight", info[:, WEIGHT].astype(np.float64)),
        jets=jets,
        found=np.all(jets["pt"] > 0, axis=1),
        label=_label(path, file, start, stop),
        constituents=_candidates(path, file, start, stop) if candidates else None,
        mjj=columns.get("mjj", kinematics[:, MJJ].astype(np.float64)),
        deta=columns.get("deta", kinematics[:, DETA].astype(np.float64)),
        quantities=_quantities(path, file, start, stop),
    )


def _label(path: Path | str, file: h5py.File, start: int, stop: int) -> Array | None:
    return rows(path, file[TRUTH], start, stop).reshape(stop - start) if TRUTH in file else None


def _candidates(path: Path | str, file: h5py.File, start: int, stop: int) -> Array | None:
    if any(name not in file for name in CANDIDATES):
        return None
    momenta = [rows(path, file[name], start, stop)[:, :, :3] for name in CANDIDATES]
    return _sorted(np.stack(momenta, axis=1).astype(np.float32))


def _quantities(path: Path | str, file: h5py.File, start: int, stop: int) -> dict[str, Array]:
    return {
        name: np.stack([rows(path, file[f"{OURS}{jet}_{name}"], start, stop) for jet in JETS], axis=1)
        for name in _stored(file)
    }


def _jet_fields(
    path: Path | str, file: h5py.File, kinematics: Array, start: int, stop: int
) -> Mapping[str, Array]:
    width = len(JET_FIELDS)
    both = kinematics[:, FIRST_JET : FIRST_JET + 2 * width].reshape(len(kinematics), 2, width)
    extra = np.stack([rows(path, file[name], start, stop) for name in EXTRA], axis=1)
    stated = _stated(file)
    fields = {name: both[:, :, i].astype(np.float64) for i, name in enumerate(JET_FIELDS)}
    return fields | {name: extra[:, :, i] for i, name in enumerate(EXTRA_FIELDS) if name in stated}


def _stated(file: h5py.File) -> frozenset[str]:
    """Return the fields that hold values in the extra information of the jets."""
    stated = file[EXTRA[0]].attrs.get(STATED)
    return frozenset(EXTRA_FIELDS if stated is None else str(stated).split())


def _stored(file: h5py.File) -> list[str]:
    """Return the quantities that are there as columns of a feature table."""
    return sorted(
        name.removeprefix(f"{OURS}j1_")
        for name in file
        if name.startswith(f"{OURS}j1_") and name.replace("j1_", "j2_", 1) in file
    )


def _generated(path: Path | str, file: h5py.File, entries: int) -> Generated | None:
    if EFFICIENCY not in file:
        return None
    efficiency = float(np.ravel(file[EFFICIENCY][()])[0])
    if not 0 < efficiency <= 1:
        raise FileError(f"{path}: {EFFICIENCY} is {efficiency}; it must be above 0 and at most 1")
    sumw = float(file[INFO][:, WEIGHT].sum(dtype=np.float64))
    return Generated(round(entries / efficiency), sumw / efficiency)


def _sorted(constituents: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sort candidates (n, 2, k, 3) by falling pT and cut or fill them up to 100."""
    pt = np.hypot(constituents[..., 0], constituents[..., 1])
    order = np.argsort(-pt, axis=2, kind="stable")[:, :, :CANDIDATES_MAX]
    found = np.take_along_axis(constituents, order[..., None], axis=2)
    missing = CANDIDATES_MAX - found.shape[2]
    return np.pad(found, ((0, 0), (0, 0), (0, missing), (0, 0)))

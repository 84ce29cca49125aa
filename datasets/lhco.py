"""The files of the LHC Olympics 2020 (arXiv:2101.08320): high-level features, and particles.

Both are pandas tables, one event per row, in GeV. A file of features has the momenta px, py, pz, the mass and
tau_1 to tau_3 of the two anti-kT jets (R = 1) of highest pT. A file of particles has pT, eta and phi of 700
massless particles, filled up with zeros. ``label``, or a last column, is 0 for background and 1 for signal; the
black boxes have none. There is no soft drop: the soft-drop mass of these events is the plain jet mass, as in the
publications that use them.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from .column import JETS
from .error import FileError
from .frame import Frame, find_frame
from .record import Ntuple, Record, numbered

Array = NDArray[np.float64]

FEATURES, PARTICLES = "LHCO features", "LHCO particles"
MOMENTUM = ("px", "py", "pz", "m")
TAUS = ("tau1", "tau2", "tau3")
LABEL = "label"
COLUMNS = tuple(f"{name}{jet}" for jet in JETS for name in (*MOMENTUM, *TAUS))
"""The columns of a file of features, in the order in which the published files have them."""

KINEMATICS = frozenset(("pt", "eta", "phi", "mass", "msoftdrop"))
CHUNK, CHUNK_OF_PARTICLES = 100_000, 1_000


def inspect(path: Path | str, file: h5py.File) -> Ntuple | None:
    """Describe a file of features or particles; None when it is neither."""
    frame = find_frame(path, file)
    if frame is None:
        return None
    size = Path(path).stat().st_size
    if _counted(frame) > len(COLUMNS) + 1:
        fields = KINEMATICS | {"tau1", "tau2", "tau3", "tau4", "nPFCandsAll"}
        labelled = _counted(frame) % 3 == 1
        return Ntuple(
            str(path), PARTICLES, frame.entries, size, CHUNK_OF_PARTICLES, fields, labelled, constituents=True
        )
    names = _columns(frame)
    frame.need(names[: len(COLUMNS)])
    return Ntuple(
        str(path),
        FEATURES,
        frame.entries,
        size,
        CHUNK,
        KINEMATICS | set(TAUS),
        labelled=len(names) > len(COLUMNS),
    )


def read(path: Path | str, file: h5py.File, position: int, start: int, stop: int, candidates: bool) -> Record:
    """Read events [start, stop) of a file that ``inspect`` described; ``position`` is its place in the sample.

    ``candidates`` says whether the particles of the jets are wanted.
    """
    frame = find_frame(path, file)
    if frame is None:
        raise FileError(f"{path}: no table; give a file of the LHC Olympics")
    if _counted(frame) > len(COLUMNS) + 1:
        record = _read_particles(file, frame, position, start, stop)
        return record if candidates else replace(record, constituents=None)
    return _read_features(file, frame, position, start, stop)


def _counted(frame: Frame) -> int:
    """Return how many columns a table has that are called by numbers alone; 0 when it has names."""
    return len(frame.names) if all(name.isdigit() for name in frame.names) else 0


def _columns(frame: Frame) -> tuple[str, ...]:
    """Return what the columns of a file of features are called there, in our order, the label last."""
    if _counted(frame):
        return tuple(str(i) for i in range(_counted(frame)))
    return (*COLUMNS, LABEL) if LABEL in frame.names else COLUMNS


def _read_features(file: h5py.File, frame: Frame, position: int, start: int, stop: int) -> Record:
    names = _columns(frame)
    values = frame.read(file, names, start, stop)
    jets = values[:, : len(COLUMNS)].reshape(len(values), 2, -1)
    px, py, pz, mass = (jets[:, :, i] for i in range(len(MOMENTUM)))
    fields = kinematics(px, py, pz, np.maximum(mass, 0.0))  # massless jets can be slightly negative
    fields |= {name: jets[:, :, len(MOMENTUM) + i] for i, name in enumerate(TAUS)}
    label = values[:, len(COLUMNS)] if len(names) > len(COLUMNS) else None
    found = np.all(fields["pt"] > 0, axis=1)
    identity = numbered(position, start, stop)
    return Record(identity, np.ones(len(values)), fields, found, label)


def kinematics(px: Array, py: Array, pz: Array, mass: Array) -> dict[str, Array]:
    """Turn momenta in GeV into the fields of jets; a jet without transverse momentum is none, with zeros."""
    pt = np.hypot(px, py)
    eta = np.arcsinh(np.divide(pz, pt, out=np.zeros_like(pt), where=pt > 0))
    return {"pt": pt, "eta": eta, "phi": np.arctan2(py, px), "mass": mass, "msoftdrop": mass}


def _read_particles(file: h5py.File, frame: Frame, position: int, start: int, stop: int) -> Record:
    from .fatjet import cluster  # noqa: PLC0415  needs fastjet

    names = [str(i) for i in range(_counted(frame))]
    values = frame.read(file, names, start, stop)
    label = values[:, -1] if len(names) % 3 == 1 else None
    particles = values[:, : len(names) - len(names) % 3].reshape(len(values), -1, 3)
    _refuse_negative(frame, particles[:, :, 0], start)
    pairs = cluster(*np.moveaxis(particles, -1, 0))
    fields: dict[str, Any] = pairs.fields()
    fields["msoftdrop"] = fields["mass"]
    identity = numbered(position, start, stop)
    return Record(identity, np.ones(len(values)), fields, pairs.found, label, pairs.constituents)


def _refuse_negative(frame: Frame, pt: Array, start: int) -> None:
    bad = np.flatnonzero((pt < 0).any(axis=1))
    if len(bad):
        raise FileError(
            f"{frame.path}: {frame.group} has a negative transverse momentum in row {start + bad[0]}; columns must be "
            "pT, eta, phi of particle after particle"
        )

"""Trained models on disk: a folder with ``tagger.json`` and ``arrays.npz``, and no pickle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from ..datasets.atomic import atomic_path, read_json, write_json
from ..datasets.error import FileError
from ..datasets.provenance import versions
from ..datasets.table import Array, FeatureTable
from ..datasets.window import Window
from . import registry
from .base import Run, Sample, Tagger
from .crossfit import CrossFit, CrossFitModel
from .error import ModelFileError

METADATA, ARRAYS = "tagger.json", "arrays.npz"


KINDS = ("data", "validation", "background", "signal", "priors", "deta_sideband")
"""Tables of a `Sample` that a record of a training describes."""


@dataclass(frozen=True, kw_only=True)
class Training:
    """How a model was made: ``samples`` gives digest and size of each table, ``seconds`` the wall time.

    ``fold`` and ``member`` are None for a model that was not cross-fitted or holds all units. ``device`` is where networks
    are trained; trees are always trained on the processor.
    """

    seed: int
    window: Window | None = None
    fold: int | None = None
    member: int | None = None
    device: str = "cpu"
    seconds: float | None = None
    samples: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, sample: Sample, run: Run, **others: Any) -> Training:
        """Describe a training with ``sample`` and ``run``; ``others`` are further fields."""
        tables = {name: getattr(sample, name) for name in KINDS}
        described = {name: identity(table) for name, table in tables.items() if table is not None}
        record = {"seed": run.seed, "device": run.place, "window": sample.window, "samples": described}
        return cls(**{**record, **others})


def identity(table: FeatureTable) -> dict[str, Any]:
    """Return the digest and the number of events of a table."""
    return {"digest": table.digest(), "events": len(table)}


def save(path: Path | str, tagger: Tagger, training: Training) -> None:
    """Save a trained tagger to the folder ``path``; equal models give equal ``arrays.npz`` byte by byte."""
    _write(path, tagger.state(), {"kind": "tagger", **_description(tagger, training)})


def load(path: Path | str) -> Tagger:
    """Load a tagger saved by `save`; its class is found through the registry.

    ``ModelFileError`` when the folder holds something else or is damaged.
    """
    metadata, arrays = read(path, "tagger")
    return registry.make(metadata["name"], metadata["parameters"]).restore(arrays)


def save_crossfit(path: Path | str, model: CrossFitModel, training: Training) -> None:
    """Save all folds and members of a cross-fitted model to the folder ``path``."""
    plan = model.crossfit
    division = {"folds": plan.folds, "members": plan.members, "root_seed": plan.seed}
    description = _description(plan.tagger, training)
    _write(path, model.state(), {"kind": "crossfit", **description, **division})


def load_crossfit(path: Path | str) -> CrossFitModel:
    """Load a model saved by `save_crossfit`; ``ModelFileError`` as for `load`."""
    metadata, arrays = read(path, "crossfit")
    tagger = registry.make(metadata["name"], metadata["parameters"])
    plan = CrossFit(tagger, seed=metadata["root_seed"], folds=metadata["folds"], members=metadata["members"])
    return plan.restore(arrays)


def read(path: Path | str, kind: str) -> tuple[dict[str, Any], dict[str, Array]]:
    """Read metadata and arrays of a model of a ``kind``, "tagger" or "crossfit"."""
    folder = Path(path)
    metadata: dict[str, Any] = read_json(folder / METADATA)
    if metadata.get("kind") != kind:
        raise ModelFileError(
            f"{folder} holds a {metadata.get('kind')!r}, not a {kind!r}; load it as what it is"
        )
    try:
        if _digest(folder / ARRAYS) != metadata["arrays"]:
            raise ModelFileError(f"{folder / ARRAYS} does not belong to {METADATA}; train the model again")
        with np.load(folder / ARRAYS, allow_pickle=False) as stored:
            return metadata, dict(stored)
    except OSError as error:
        raise ModelFileError(f"cannot read {folder / ARRAYS}: {error}; train the model again") from error


def _write(path: Path | str, state: Mapping[str, Array], metadata: Mapping[str, Any]) -> None:
    folder = Path(path)
    if folder.is_file():
        raise FileError(f"cannot write the model to {folder}: it is a file; give a folder")
    with atomic_path(folder / ARRAYS) as temporary:
        np.savez(temporary, allow_pickle=False, **{name: state[name] for name in sorted(state)})
    write_json(folder / METADATA, {**metadata, "arrays": _digest(folder / ARRAYS)})


def _description(tagger: Tagger, training: Training) -> dict[str, Any]:
    return {
        "name": tagger.name,
        "parameters": tagger.parameters,
        "inputs": sorted(tagger.inputs),
        "versions": versions(),
        "training": asdict(training),
    }


def _digest(path: Path) -> str:
    return blake2b(path.read_bytes(), digest_size=16).hexdigest()

"""What is known of a finished part of a simulated sample: events, sums of weights, and the state of its file."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot
from numpy.typing import NDArray

from .jagged import counts, flat, owners
from .jet import KINEMATICS, Jets
from .pfnano import EVENTS, read_provenance, read_records
from .process_contract import Cut
from .recipe import Recipe
from .reconstruction import passing


@dataclass(frozen=True)
class Part:
    """Counts and sums of weights of one part, and the size (bytes) and hash (BLAKE2b) of its file.

    ``generated`` events came out of the generator, ``stored`` are in the file, ``selected`` pass the cut; ``sumw`` is
    the sum of weights of the generated ones, ``sumw_selected`` and ``sumw2_selected`` are those of weights and squared
    weights of the selected ones. ``cross_section`` and its error (pb) are the generator's, ``identity`` is that of
    the settings. ``cpu_seconds`` is the time of the processor, ``generation_seconds`` what of it went into the generator;
    None when unknown.
    """

    selected: int
    stored: int
    generated: int
    sumw: float
    sumw_selected: float
    sumw2_selected: float
    cross_section: float
    cross_section_error: float
    bytes: int
    blake2b: str
    identity: str = ""
    cpu_seconds: float | None = None
    generation_seconds: float | None = None

    def plain(self) -> dict[str, Any]:
        """Return the record as JSON-ready data."""
        return asdict(self)


def measure(
    path: Path, recipe: Recipe, part: int, cpu: float | None = None, generation: float | None = None
) -> Part:
    """Take down what a finished file holds; ``FileError`` when it cannot be read."""
    (record,) = read_records(path)
    weight, selected = _weights(path, recipe.cut)
    number = recipe.size(part)
    chosen = np.full(number, weight[0]) if (weight == weight[0]).all() else weight[selected]
    return Part(
        selected=number,
        stored=len(weight),
        generated=record.events,
        sumw=record.sumw,
        sumw_selected=float(chosen.sum()),
        sumw2_selected=float((chosen**2).sum()),
        cross_section=record.cross_section,
        cross_section_error=record.cross_section_error,
        bytes=path.stat().st_size,
        blake2b=digest(path),
        identity=read_provenance(path)["identity"],
        cpu_seconds=cpu,
        generation_seconds=generation,
    )


def digest(path: Path) -> str:
    """Hash the content of a file."""
    with path.open("rb") as file:
        return file_digest(file, "blake2b").hexdigest()[:32]


def _weights(path: Path, cut: Cut) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the weights of the stored events (n,), and which events pass the cut; rounding moves next to none."""
    names = [f"FatJet_{name}" for name in KINEMATICS]
    with uproot.open(path) as file:
        content = file[EVENTS].arrays([*names, "genWeight"])
    number, none = counts(content["FatJet_pt"]), np.zeros(0, dtype=np.int64)
    pt, eta, phi, mass = (flat(content[branch]).astype(np.float64) for branch in names)
    size = np.zeros(len(pt), dtype=np.int64)
    jets = Jets(len(number), owners(number), pt, eta, phi, mass, none, size)
    return ak.to_numpy(content["genWeight"]).astype(np.float64), passing(jets, cut)

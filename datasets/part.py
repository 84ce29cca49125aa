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

from .pfnano import EVENTS, read_records
from .process_contract import ETA_MAX, Cut, DijetCut
from .recipe import Recipe

MOMENTUM = ("pt", "eta", "phi", "mass")


@dataclass(frozen=True)
class Part:
    """Counts and sums of weights of one part, and the size (bytes) and hash (BLAKE2b) of its file.

    ``generated`` events came out of the generator, ``stored`` are in the file, ``selected`` pass the cut; ``sumw`` is
    the sum of weights of the generated ones, ``sumw_selected`` and ``sumw2_selected`` are those of weights and squared
    weights of the selected ones. ``cross_section`` and its error (pb) are the generator's. ``cpu_seconds`` is the
    time of the processor, ``generation_seconds`` what of it went into the generator; None when unknown.
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
        cpu_seconds=cpu,
        generation_seconds=generation,
    )


def digest(path: Path) -> str:
    """Hash the content of a file."""
    with path.open("rb") as file:
        return file_digest(file, "blake2b").hexdigest()[:32]


def _weights(path: Path, cut: Cut) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the weights of the stored events (n,), and which events pass the cut; rounding moves next to none."""
    with uproot.open(path) as file:
        names = {f"FatJet_{name}": name for name in MOMENTUM}
        content = file[EVENTS].arrays([*names, "genWeight"])
    jets = {name: _leading(content[branch]) for branch, name in names.items()}
    return ak.to_numpy(content["genWeight"]).astype(np.float64), passes(jets, cut)


def _leading(values: Any) -> NDArray[np.float64]:
    """Return the values (n, 2) of the two leading jets; 0 stands for a jet that is not there."""
    padded = ak.fill_none(ak.pad_none(values, 2, clip=True), 0.0)
    return np.asarray(ak.to_numpy(ak.to_regular(padded)), dtype=np.float64).reshape(-1, 2)


def passes(jets: dict[str, NDArray[np.float64]], cut: Cut) -> NDArray[np.bool_]:
    """Tell which events (n,) pass a cut, from pt, eta, phi and mass (n, 2) of their two leading jets.

    >>> jets = {"pt": np.full((1, 2), 600.0), "eta": np.zeros((1, 2)), "mass": np.zeros((1, 2))}
    >>> jets["phi"] = np.array([[0.0, np.pi]])
    >>> [bool(passes(jets, DijetCut(mjj))[0]) for mjj in (1100.0, 1300.0)]
    [True, False]
    """
    pt, eta = jets["pt"], jets["eta"]
    if not isinstance(cut, DijetCut):
        good = (pt > cut.pt_min) & (pt < cut.pt_max) & (np.abs(eta) < cut.eta_max)
        return np.asarray(good.any(axis=1))
    deta = np.abs(eta[:, 0] - eta[:, 1])
    good = (_mass(jets) > cut.mjj_min) & (pt.min(axis=1) > cut.pt_min) & (np.abs(eta) < ETA_MAX).all(axis=1)
    good &= (deta >= cut.deta_min) & (pt.max(axis=1) > cut.leading_pt_min)
    return np.asarray(good if cut.deta_max is None else good & (deta < cut.deta_max))


def _mass(jets: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the invariant mass (n,) of two jets."""
    pt, eta, phi, mass = (jets[name] for name in MOMENTUM)
    momentum = np.stack([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)])
    energy = np.sqrt((momentum**2).sum(axis=0) + mass**2)
    square = energy.sum(axis=1) ** 2 - (momentum.sum(axis=2) ** 2).sum(axis=0)
    return np.asarray(np.sqrt(np.maximum(square, 0.0)))

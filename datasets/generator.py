"""Generating proton-proton collisions at 13 TeV with Pythia 8 and the CP5 tune (arXiv:1903.12179)."""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import awkward as ak
import numpy as np
import pythia8mc
from numpy.typing import NDArray

from .error import DataError
from .hook import make_hook
from .jagged import Index, counts, flat, owners
from .process_contract import ENERGY, Process
from .weight import Tally, kept_cross_section

Array = NDArray[np.float64]

QUIET = "Print:quiet = on"
PICOBARN = 1e9  # per millibarn, the unit of Pythia
HARD_ONLY = ("PartonLevel:all = off", "PhaseSpace:bias2Selection = off")
HARD_PROCESSES, HARD_BATCH = 100_000, 10_000  # a second; 0.2% of the cross section

CP5 = (
    "Tune:ee = 7",
    "Tune:pp = 14",
    "PDF:pSet = 20",
    "MultipartonInteractions:ecmPow = 0.03344",
    "MultipartonInteractions:bProfile = 2",
    "MultipartonInteractions:pT0Ref = 1.41",
    "MultipartonInteractions:coreRadius = 0.7634",
    "MultipartonInteractions:coreFraction = 0.63",
    "MultipartonInteractions:alphaSvalue = 0.118",
    "MultipartonInteractions:alphaSorder = 2",
    "ColourReconnection:range = 5.176",
    "SigmaTotal:zeroAXB = off",
    "SpaceShower:alphaSorder = 2",
    "SpaceShower:alphaSvalue = 0.118",
    "SigmaProcess:alphaSvalue = 0.118",
    "SigmaProcess:alphaSorder = 2",
    "TimeShower:alphaSorder = 2",
    "TimeShower:alphaSvalue = 0.118",
)
FLIGHT = (  # what lives long enough decays in flight up to the calorimeters; distances in mm
    "ParticleDecays:limitCylinder = on",
    "ParticleDecays:xyMax = 1290.",
    "ParticleDecays:zMax = 3170.",
)


class GeneratorError(DataError):
    """Settings that Pythia does not accept, with its own message."""


@dataclass(frozen=True)
class Particles:
    """Stable particles laid out flat: event (p,), PDG id, momentum in GeV, place of production in mm."""

    events: int
    event: Index
    pdg_id: NDArray[np.int32]
    px: Array
    py: Array
    pz: Array
    energy: Array
    x: Array
    y: Array
    z: Array

    def where(self, mask: NDArray[np.bool_]) -> Particles:
        """Keep the particles that ``mask`` (p,) marks."""
        columns = {name: value[mask] for name, value in vars(self).items() if name != "events"}
        return Particles(self.events, **columns)


@dataclass(frozen=True)
class Collisions:
    """A batch of collisions: stable particles, per event (n,) the hard process as in NanoAOD, Pythia's records (n,)."""

    particles: Particles
    hard: dict[str, NDArray[Any]]
    records: Any


class Generator:
    """Pythia, set up for a process.

    ``seed`` decides every event; ``mpi`` switches multiparton interactions, without which events are three times
    as fast and their jets have too few particles. ``GeneratorError`` when Pythia refuses the settings.
    """

    def __init__(self, process: Process, seed: int, *, mpi: bool = True) -> None:
        self._process = process
        self._seed = seed
        self._kept = Tally()
        self._hook = make_hook(process.veto, np.random.default_rng([seed, 1]), process.weighting)
        self._pythia = start((*common(seed, mpi=mpi), *process.settings()), self._hook)

    def batch(self, size: int) -> Collisions:
        """Generate the next collisions; the few that Pythia cannot finish are left out."""
        batch = self._pythia.nextBatch(size)
        hard = {**_hard(batch.info), **self._process.truth(batch.prt)}
        self._kept.add(hard["weight"])
        return Collisions(stable(batch.prt), hard, batch.prt)

    def cross_section(self) -> tuple[float, float]:
        """Return the cross section and its statistical error (pb) from the events generated so far.

        A veto is accounted for: it is the cross section of the events that come out. Times the sum of weights of some
        of them, over that of all, it is the cross section of these.
        """
        tried = getattr(self._hook, "tried", None)
        if self._process.weighting is None or tried is None:
            return _sigma(self._pythia)
        return kept_cross_section(self._total, tried, self._kept)

    @cached_property
    def _total(self) -> tuple[float, float]:
        """The cross section and its error (pb) of all that is tried, by hard processes without weights."""
        seed = f"Random:seed = {derived(self._seed)}"
        settings = (*common(self._seed, mpi=False), *self._process.settings(), *HARD_ONLY, seed)
        pythia = start(settings, None)
        for _ in range(HARD_PROCESSES // HARD_BATCH):
            pythia.nextBatch(HARD_BATCH)
        return _sigma(pythia)


def _sigma(pythia: Any) -> tuple[float, float]:
    """Return the cross section and its error (pb) as Pythia counts it: wrong for weighted events with a veto."""
    information = pythia.infoPython()
    return information.sigmaGen() * PICOBARN, information.sigmaErr() * PICOBARN


def derived(seed: int) -> int:
    """Return another seed for Pythia that follows from this one."""
    return 1 + int(np.random.SeedSequence([seed, 2]).generate_state(1)[0]) % 900_000_000


def common(seed: int, *, mpi: bool) -> tuple[str, ...]:
    """Return the settings that all processes share."""
    return (
        f"Beams:eCM = {ENERGY:g}",
        "Random:setSeed = on",
        f"Random:seed = {seed}",
        f"PartonLevel:MPI = {'on' if mpi else 'off'}",
        *CP5,
        *FLIGHT,
    )


def start(settings: tuple[str, ...], hook: Any) -> Any:
    """Start Pythia; ``GeneratorError`` tells in its own words what it refuses. Keep ``hook`` alive with it."""
    pythia, _, _ = _initialise((QUIET, *settings), hook)
    if pythia is None:
        _, refused, message = _initialise(settings, hook)
        what = f"the setting {refused[0]!r}" if refused else "to start with these settings"
        raise GeneratorError(f"Pythia refuses {what}: {message}; correct the parameters of the process")
    return pythia


def refusal(settings: Sequence[str]) -> tuple[int, str] | None:
    """Let Pythia read settings; returns the place of the first that it refuses, and its message."""
    with _pythia_says() as said:
        pythia = pythia8mc.Pythia("", False)
        for place, setting in enumerate(settings):
            if not pythia.readString(setting):
                return place, _errors(said())
    return None


def _initialise(settings: tuple[str, ...], hook: Any) -> tuple[Any, list[str], str]:
    """Start Pythia; returns it, or None with the settings it does not know and what it says."""
    with _pythia_says() as said:
        pythia = pythia8mc.Pythia("", False)
        refused = [setting for setting in settings if not pythia.readString(setting)]
        if hook is not None:
            pythia.setUserHooksPtr(hook)
        started = not refused and pythia.init()
        return (pythia if started else None), refused, _errors(said())


def _errors(text: str) -> str:
    """Pick what Pythia says about errors out of what it says."""
    lines = text.splitlines()
    first = next((i for i, line in enumerate(lines) if "PYTHIA Error" in line or "PYTHIA Abort" in line), 0)
    return " ".join(" ".join(lines[first:]).split())


@contextmanager
def _pythia_says() -> Iterator[Any]:
    """Catch what Pythia writes to the standard output of the process, where Python cannot redirect it."""
    sys.stdout.flush()
    kept = os.dup(1)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 1)

        def said() -> str:
            ctypes.CDLL(None).fflush(None)
            file.seek(0)
            return file.read().decode(errors="replace")

        try:
            yield said
        finally:
            ctypes.CDLL(None).fflush(None)
            os.dup2(kept, 1)
            os.close(kept)


def stable(records: Any) -> Particles:
    """Lay out the stable particles of Pythia's event records."""
    number = counts(records)
    final = np.flatnonzero(flat(records.status) > 0)
    place = ak.flatten(records.vProd, axis=1)[final]
    columns = {name: flat(records.p[p])[final] for name, p in _MOMENTUM.items()}
    columns |= {name: ak.to_numpy(ak.fill_none(place[p], 0.0)) for name, p in _PLACE.items()}
    return Particles(len(number), owners(number)[final], flat(records.id)[final], **columns)


_MOMENTUM = {"px": "px", "py": "py", "pz": "pz", "energy": "e"}
_PLACE = {"x": "px", "y": "py", "z": "pz"}


def _hard(information: Any) -> dict[str, NDArray[Any]]:
    values = {name: ak.to_numpy(information[field]) for name, field in _HARD.items()}
    values["scalePDF"] = np.sqrt(values["scalePDF"])
    values["binvar"] = np.sqrt(values["binvar"])
    values["weight"] = ak.to_numpy(information.weights[:, 0])
    return values


_HARD = {
    "id1": "id1",
    "id2": "id2",
    "x1": "x1",
    "x2": "x2",
    "xpdf1": "pdf1",
    "xpdf2": "pdf2",
    "scalePDF": "Q2Fac",
    "binvar": "pT2Hat",
}

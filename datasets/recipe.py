"""The recipe of a simulated sample: all that decides its events, and how they are divided into parts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from .detector import Detector
from .error import DataError
from .process_contract import Cut, Process
from .provenance import configuration_hash, provenance, versions

PYTHIA_SEEDS = 900_000_000
RADII = (0.2, 1.5)
PILEUP_MAX = 300.0
FORMAT = 3
NOT_FOR_PHYSICS = "not for physics: no multiparton interactions"


class ProductionError(DataError):
    """A production that cannot be run as asked for."""


@dataclass(frozen=True)
class Recipe:
    """All that decides the events of a sample.

    ``events`` is the number of events that pass ``cut`` exactly; slightly looser ones are stored too. ``mpi``
    switches multiparton interactions. ``events_per_part`` divides the sample. Jets have this ``radius``; ``pileup``
    is the mean number of collisions in the same bunch crossing.
    """

    process: Process
    cut: Cut
    events: int
    seed: int
    mpi: bool = True
    events_per_part: int = 2500
    detector: Detector = field(default_factory=Detector)
    radius: float = 0.8
    pileup: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a cut that is looser than the generation, and numbers that make no sense."""
        if not self.process.cut.contains(self.cut):
            raise ProductionError(
                f"process {self.process.name} is generated for {self.process.cut}, which does not cover {self.cut}; "
                "loosen mjj_min or deta_max of the process"
            )
        if self.events < 1 or self.events_per_part < 1:
            raise ProductionError(
                f"cannot produce {self.events} events in parts of {self.events_per_part}; give 1 or more of both"
            )
        for name, low, high in (("radius", *RADII), ("pileup", 0.0, PILEUP_MAX), ("seed", 0, float("inf"))):
            if not low <= getattr(self, name) <= high:
                raise ProductionError(f"{name} = {getattr(self, name)}; allowed: {low:g} to {high:g}")

    @property
    def parts(self) -> int:
        """The number of parts."""
        return -(-self.events // self.events_per_part)

    def size(self, part: int) -> int:
        """Return how many selected events a part holds: all the same, but for the last."""
        return min(self.events_per_part, self.events - part * self.events_per_part)

    def settings(self, part: int | None = None) -> dict[str, Any]:
        """Return as plain data what decides the events of the sample, or of one part of it.

        A part does not know the size of the sample: it stays valid when the sample grows.
        """
        process = {"name": self.process.name, **asdict(self.process)}
        veto = None if self.process.veto is None else asdict(self.process.veto)
        pythia = {"settings": self.process.settings(), "veto": veto}
        settings = {**asdict(self), "process": process, "pythia": pythia, "format": FORMAT}
        return settings if part is None else {**settings, "events": self.size(part), "part": part}

    def rng(self, part: int) -> np.random.Generator:
        """Return the random numbers of the detector in a part."""
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(part,)))

    def pythia_seed(self, part: int) -> int:
        """Return the seed of Pythia in a part; the parts of a sample never share one.

        Pythia has few seeds: drawn at random, two of ten thousand parts would repeat one in every twentieth sample.
        """
        first = int(np.random.SeedSequence(self.seed).generate_state(1)[0])
        return 1 + (first + part) % PYTHIA_SEEDS


def origin(settings: dict[str, Any]) -> dict[str, Any]:
    """Describe how a sample or a part with these settings is made, for its file."""
    label = {} if settings["mpi"] else {"label": NOT_FOR_PHYSICS}
    made = provenance(settings, {"sample": settings["seed"]}, {})
    return {**label, "identity": identity(settings), "settings": settings, **made}


def identity(settings: dict[str, Any]) -> str:
    """Hash settings and the versions of the programs that turn them into events."""
    used = {name: versions().get(name) for name in ("fastjet", "pythia8mc")}
    return configuration_hash({"settings": settings, "versions": used})

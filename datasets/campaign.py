"""Campaigns: many simulated samples that are made together, and the recipe of each.

The seed of a sample follows from the seed of the campaign and the name of the sample, so that adding or leaving out
samples changes no other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from hashlib import blake2b
from math import ceil, isfinite
from typing import Any

from .error import DataError, UnknownNameError, unknown
from .process_contract import Process
from .recipe import Recipe

KINDS = ("background", "signal")
DATA = "data"
ROLES = (DATA, "sideband", "independent")
"""What a background is for: to be mixed to data, to calibrate on, to train on."""

RESERVED = ("campaign.json", "catalogue.toml", "summary.json", "progress")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


class CampaignError(DataError):
    """A campaign that cannot be run."""


@dataclass(frozen=True)
class Entry:
    """One sample of a campaign: so many selected ``events`` of a process.

    The cross section is multiplied with ``k_factor``. ``seed`` None: it follows from that of the campaign. ``group`` is
    the name of the table that the sample comes from.
    """

    name: str
    kind: str
    process: Process
    events: int
    k_factor: float = 1.0
    label: str = ""
    role: str = DATA
    seed: int | None = None
    group: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be a sample."""
        if not _NAME.fullmatch(self.name) or self.name in RESERVED:
            raise CampaignError(
                f"sample {self.name!r}: use letters, digits, '_', '.' and '-' in a name, and not "
                f"{', '.join(RESERVED)}"
            )
        for key, known in (("kind", KINDS), ("role", ROLES)):
            if getattr(self, key) not in known:
                raise CampaignError(f"sample {self.name!r}: {unknown(key, getattr(self, key), known)}")
        if not (isfinite(self.k_factor) and self.k_factor > 0):
            raise CampaignError(f"sample {self.name!r}: k_factor = {self.k_factor}; give a positive number")


@dataclass(frozen=True)
class Campaign:
    """Samples that are made together.

    ``luminosity`` (fb-1) is what unweighted backgrounds are meant to suffice for; None when that is no aim. ``mpi``,
    ``pileup``, ``radius`` and ``events_per_part`` are those of ``Recipe``.
    """

    name: str
    entries: tuple[Entry, ...]
    title: str = ""
    description: str = ""
    luminosity: float | None = None
    seed: int = 1
    mpi: bool = True
    pileup: float = 0.0
    radius: float = 0.8
    events_per_part: int = 2500

    def __post_init__(self) -> None:
        """Refuse a campaign that could not be finished, or whose samples are not independent."""
        if not self.entries:
            raise CampaignError(f"campaign {self.name}: no sample; add a table [samples.NAME]")
        if self.luminosity is not None and not (isfinite(self.luminosity) and self.luminosity > 0):
            raise CampaignError(
                f"campaign {self.name}: luminosity = {self.luminosity}; give a positive number"
            )
        names = [entry.name for entry in self.entries]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise CampaignError(f"campaign {self.name}: samples share a name: {', '.join(twice)}; rename one")
        self._refuse_equal_seeds()

    def recipes(self) -> dict[str, Recipe]:
        """Return how each sample is made, by name."""
        return {entry.name: self._recipe(entry) for entry in self.entries}

    def scaled(self, fraction: float) -> Campaign:
        """Return a smaller campaign of the first parts of each sample, whole ones, at least one.

        The parts are those of the whole campaign.
        """
        if not 0 < fraction <= 1:
            raise CampaignError(f"fraction = {fraction:g}; give a number above 0 and up to 1")
        entries = tuple(replace(entry, events=self._share(entry, fraction)) for entry in self.entries)
        return replace(self, entries=entries)

    def only(self, names: Iterable[str]) -> Campaign:
        """Return a campaign of the samples, or groups of samples, with these names."""
        wanted = set(names)
        known = {name for entry in self.entries for name in (entry.name, entry.group)}
        for name in sorted(wanted - known):
            raise UnknownNameError(f"campaign {self.name}: {unknown('sample', name, known)}")
        return replace(self, entries=tuple(e for e in self.entries if {e.name, e.group} & wanted))

    def plain(self) -> dict[str, Any]:
        """Return the campaign as JSON-ready data, with the seed of every sample."""
        recipes = self.recipes()
        entries = {
            entry.name: {
                **asdict(entry),
                "process": {"name": entry.process.name, **asdict(entry.process)},
                "seed": recipes[entry.name].seed,
            }
            for entry in self.entries
        }
        settings = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "entries"}
        content: dict[str, Any] = json.loads(json.dumps({**settings, "samples": entries}))
        return content

    def _recipe(self, entry: Entry) -> Recipe:
        seed = derived(self.seed, entry.name) if entry.seed is None else entry.seed
        try:
            return Recipe(
                entry.process,
                entry.process.cut,
                entry.events,
                seed,
                self.mpi,
                self.events_per_part,
                radius=self.radius,
                pileup=self.pileup,
            )
        except DataError as error:
            raise CampaignError(f"campaign {self.name}, sample {entry.name!r}: {error}") from error

    def _share(self, entry: Entry, fraction: float) -> int:
        parts = max(ceil(self._recipe(entry).parts * fraction - 1e-9), 1)
        return min(entry.events, parts * self.events_per_part)

    def _refuse_equal_seeds(self) -> None:
        seen: dict[tuple[str, int], str] = {}
        for name, recipe in self.recipes().items():
            other = seen.setdefault((recipe.process.name, recipe.seed), name)
            if other != name:
                raise CampaignError(
                    f"campaign {self.name}: samples {other!r} and {name!r} are both {recipe.process.name} with seed "
                    f"{recipe.seed} and would share events; leave 'seed' out or give another"
                )


def derived(seed: int, name: str) -> int:
    """Return the seed of a sample.

    >>> derived(1, "qcd") == derived(1, "qcd") != derived(1, "ttbar")
    True
    """
    return int.from_bytes(blake2b(f"{seed}/{name}".encode(), digest_size=6).digest(), "little")

"""NanoAOD and PFNano files: looking into them, checking what they hold, opening them as NanoEvents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import uproot
from coffea.nanoevents import NanoAODSchema, NanoEventsFactory

from .error import FileError

TREE = "Events"
IDENTITY_BRANCHES = ("run", "luminosityBlock", "event")
GENERATOR_WEIGHT = "genWeight"
CROSS_SECTION = "crossSection"


class PlainSchema(NanoAODSchema):  # type: ignore[misc]
    """NanoAOD collections as they are stored, without cross references between them.

    Cross references of coffea's schema trust counters that not every generation of PFNano has (nConstituents)
    and that are wrong in others; the candidates of a jet are joined by their stored indices instead.
    """

    warn_missing_crossrefs = False
    all_cross_references: ClassVar[dict[str, str]] = {}
    mixins: ClassVar[dict[str, str]] = {}
    nested_items: ClassVar[dict[str, list[str]]] = {}
    nested_index_items: ClassVar[dict[str, tuple[str, str]]] = {}
    special_items: ClassVar[dict[str, Any]] = {}
    full_like_items: ClassVar[dict[str, Any]] = {}
    rename_items: ClassVar[dict[str, str]] = {}
    alias_items: ClassVar[dict[str, str]] = {}


@dataclass(frozen=True)
class Generated:
    """What was generated before any selection: events, sum of weights, cross section in pb when recorded."""

    events: int
    sumw: float
    cross_section: float | None = None

    def __add__(self, other: Generated) -> Generated:
        """Join two productions of one process; the cross section is averaged by number of events."""
        return Generated(self.events + other.events, self.sumw + other.sumw, _average(self, other))


@dataclass(frozen=True)
class NanoFile:
    """A readable NanoAOD file: its path, number of events, branches of ``Events``, generator record."""

    path: str
    entries: int
    size: int
    uuid: bytes
    branches: frozenset[str]
    generated: Generated | None = None


@dataclass(frozen=True)
class Need:
    """Branches that something cannot do without.

    ``alternatives`` are sets of branches, any one of which will do, the best first; ``purpose`` says what needs
    them and ``remedy`` what to do when a file has none.
    """

    purpose: str
    alternatives: tuple[frozenset[str], ...]
    remedy: str

    def met(self, branches: frozenset[str]) -> bool:
        """Tell whether a file with these branches will do."""
        return any(wanted <= branches for wanted in self.alternatives)

    def missing(self, branches: frozenset[str]) -> str:
        """Name what a file with these branches lacks, of the alternatives that it comes nearest to."""
        lacking = [wanted - branches for wanted in self.alternatives]
        fewest = min(map(len, lacking))
        return " or ".join(", ".join(sorted(names)) for names in lacking if len(names) == fewest)

    @property
    def branches(self) -> frozenset[str]:
        """Every branch that may be read."""
        return frozenset().union(*self.alternatives)


def inspect(path: Path | str) -> NanoFile:
    """Look into a file without reading events.

    ``FileError`` when it is missing, truncated, not a ROOT file, without an ``Events`` tree or without the AK8
    jets (``FatJet``) that every selection starts from.
    """
    with _readable(path), uproot.open({str(path): None}) as file:
        tree = _tree(path, file)
        return NanoFile(
            path=str(path),
            entries=int(tree.num_entries),
            size=int(file.file.source.num_bytes),
            uuid=file.file.fUUID,
            branches=frozenset(tree.keys(recursive=False)),
            generated=_generated(file),
        )


def check(file: NanoFile, needs: Iterable[Need]) -> None:
    """Refuse a file that lacks branches; ``FileError`` names file, branches, their purpose and the remedy."""
    for need in needs:
        if not need.met(file.branches):
            missing = need.missing(file.branches)
            raise FileError(f"{file.path}: {need.purpose} needs {missing}; {need.remedy}")


def open_events(
    path: Path | str, branches: Iterable[str] | None = None, start: int | None = None, stop: int | None = None
) -> Any:
    """Open events [start, stop) as NanoEvents whose columns are read when first used.

    ``branches`` limits what can be seen, which makes opening a file with thousands of branches quick.
    """
    with _readable(path):
        file = uproot.open({str(path): None})
        _tree(path, file)
    return NanoEventsFactory.from_root(
        file,
        treepath=TREE,
        metadata={"filename": str(path)},
        schemaclass=PlainSchema,
        entry_start=start,
        entry_stop=stop,
        mode="virtual",
        iteritems_options=reading(branches),
    ).events()


def reading(branches: Iterable[str] | None) -> dict[str, Any]:
    """Word the options with which coffea sees only the named branches, their counters and the event numbers."""
    if branches is None:
        return {}
    named = {*branches, *IDENTITY_BRANCHES}
    return {"filter_name": sorted(named | {f"n{name.split('_')[0]}" for name in named if "_" in name})}


def available(events: Any) -> frozenset[str]:
    """Return the names of the branches that NanoEvents hold."""
    names = set()
    for field in events.fields:
        names |= {f"{field}_{name}" for name in events[field].fields} or {field}
    return frozenset(names)


@contextmanager
def _readable(path: Path | str) -> Iterator[None]:
    """Name the file in whatever goes wrong: broken files fail in as many ways as there are bytes in them."""
    try:
        yield
    except FileError:
        raise
    except FileNotFoundError as error:
        raise FileError(f"{path}: no such file; check the path or the catalogue") from error
    except Exception as error:
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise FileError(f"{path}: not a readable ROOT file ({reason}); copy or make it again") from error


def _tree(path: Path | str, file: Any) -> Any:
    if TREE not in file:
        trees = ", ".join(sorted(file.keys(cycle=False))) or "nothing"
        raise FileError(f"{path}: no tree {TREE!r}, only {trees}; give a NanoAOD or PFNano file")
    tree = file[TREE]
    if "nFatJet" not in tree:
        raise FileError(
            f"{path}: no FatJet collection (branch nFatJet) in {TREE!r}; the dijet selection needs AK8 jets, "
            "as in NanoAOD version 5 or later and in PFNano"
        )
    return tree


def _generated(file: Any) -> Generated | None:
    if "Runs" not in file:
        return None
    runs = file["Runs"]
    for tail in ("", "_"):  # the names ended in an underscore up to NanoAOD version 6
        names = [f"genEventCount{tail}", f"genEventSumw{tail}"]
        if set(names) <= set(runs.keys()):
            count, sumw = (runs[name].array(library="np") for name in names)
            return Generated(int(np.sum(count)), float(np.sum(sumw)), _cross_section(runs, count))
    return None


def _cross_section(runs: Any, count: Any) -> float | None:
    if CROSS_SECTION not in runs or not np.sum(count):
        return None
    return float(np.average(runs[CROSS_SECTION].array(library="np"), weights=count))


def _average(first: Generated, second: Generated) -> float | None:
    if first.cross_section is None or second.cross_section is None:
        return None
    total = first.events + second.events
    if not total:
        return first.cross_section
    return (first.cross_section * first.events + second.cross_section * second.events) / total

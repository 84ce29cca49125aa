"""What a search is, as frozen dataclasses: every key of a configuration with its type and default."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, ClassVar, Literal, Self, TypeVar

from pydantic import ConfigDict, TypeAdapter

from ..analysis.correction import Corrections
from ..selections.jet import JetSelection
from ..selections.region import DijetSelection

Cuts = TypeVar("Cuts", DijetSelection, JetSelection)


class ConfigError(ValueError):
    """A configuration that cannot be used; the message names the key and what is allowed."""


def require_name(name: str) -> None:
    """Refuse a name that cannot be that of a file; ``ConfigError`` says which."""
    if "/" in name or not name.strip("."):
        raise ConfigError(
            f"the name {name!r} cannot be part of that of a file; leave out '/', and give at least a letter"
        )


@dataclass(frozen=True)
class Strict:
    """A section of a configuration: a key that it does not know is an error."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Simulation(Strict):
    """How a sample is simulated: a process, its parameters, and the number of selected events.

    Jets have ``radius``; ``pileup`` is the mean number of other collisions in an event.
    """

    process: str
    events: int
    seed: int
    mpi: bool = True
    events_per_part: int = 2500
    radius: float = 0.8
    pileup: float = 0.0
    parameters: Mapping[str, float | str] = field(default_factory=dict)

    def make(self) -> Any:
        """Return the `Process` with its parameters."""
        from ..datasets.process import make_process  # noqa: PLC0415

        return make_process(self.process, **self.parameters)

    def recipe(self) -> Any:
        """Return the `Recipe` of the production."""
        from ..datasets.recipe import Recipe  # noqa: PLC0415

        process = self.make()
        return Recipe(
            process,
            process.cut,
            self.events,
            self.seed,
            self.mpi,
            self.events_per_part,
            radius=self.radius,
            pileup=self.pileup,
        )


@dataclass(frozen=True)
class Sample(Strict):
    """Where events come from: files (globs and lists allowed) or a simulation; cross section in pb, luminosity in fb-1.

    ``selection`` has the keys of the section of that name that are others for this sample.
    """

    kind: Literal["data", "background", "signal", "mixed", "auto"]
    files: tuple[str, ...] = ()
    simulation: Simulation | None = None
    cross_section: float | None = None
    luminosity: float | None = None
    label: str = ""
    selection: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Search(Strict):
    """What is searched: samples that make up the data, and a signal injected into them.

    ``events`` is the number of injected events after the selection; or ``cross_section`` (fb, before the
    selection) and ``luminosity`` (fb-1) give their expected number. ``signal`` without either is used for the
    signal shape and for efficiencies alone. ``mass`` (GeV) is the resonance mass of the signal. ``background`` names
    simulated samples, independent of the data, for the taggers that train on background, ``deta_sideband`` samples with
    a large ``|delta eta|`` for those that train there, ``priors`` simulated signals that anomalies are expected to be like.
    """

    data: tuple[str, ...]
    signal: str
    mass: float
    events: int = 0
    cross_section: float | None = None
    luminosity: float | None = None
    background: tuple[str, ...] = ()
    deta_sideband: tuple[str, ...] = ()
    priors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Folds(Strict):
    """Cross-training: ``outer`` folds, each scored by an ensemble of ``members``."""

    outer: int = 5
    members: int = 4


@dataclass(frozen=True)
class Scan(Strict):
    """Which masses are scanned: those whose window and both sidebands lie inside ``range`` (GeV)."""

    range: tuple[float, float]
    toys: int = 1000


@dataclass(frozen=True)
class Fit(Strict):
    """How spectra are fitted: family, number of shape parameters, range and largest width of a bin (GeV).

    ``parameters = "auto"`` is an F-test with ``alpha`` and ``largest_uncertainty``; with ``range_loop`` a rule narrows
    the range at each mass. ``signal`` is the shape that is fitted to the simulated signal.
    """

    range: tuple[float, float]
    family: str = "dijet"
    parameters: int | Literal["auto"] = 3
    bin_width: float = 25.0
    alpha: float = 0.05
    largest_uncertainty: float | None = None
    range_loop: bool = False
    signal: Literal["gaussian", "crystal_ball"] = "gaussian"

    def hunt(self, scan: Scan, seed: int) -> Any:
        """Return the `Hunt` with these fits."""
        from ..analysis.hunt import Hunt  # noqa: PLC0415

        own = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "range"}
        return Hunt(fit_range=self.range, scan_range=scan.range, toys=scan.toys, seed=seed, **own)


@dataclass(frozen=True, kw_only=True)
class Table(Strict):
    """What is kept of each sample: corrections, cuts, quantities of the jets, and whether their candidates are kept.

    With ``jets`` the rows are jets, and these cuts take the place of ``selection``.
    """

    selection: DijetSelection = field(default_factory=DijetSelection)
    jets: JetSelection | None = None
    corrections: Corrections = field(default_factory=Corrections)
    quantities: tuple[str, ...] = ("msd", "tau21", "tau32", "tau43", "n_pf")
    constituents: bool = False

    def processor(self) -> Any:
        """Return the `DijetProcessor` or the `JetProcessor` that makes the table."""
        from ..analysis.jet_processor import JetProcessor  # noqa: PLC0415  needs coffea
        from ..analysis.processor import DijetProcessor  # noqa: PLC0415

        options = self.quantities, self.constituents, self.corrections
        return JetProcessor(self.jets, *options) if self.jets else DijetProcessor(self.selection, *options)

    def anchored(self, folder: Path) -> Self:
        """Return a copy in which relative names of files of the cuts and the corrections start in ``folder``."""

        def certified(cuts: Cuts) -> Cuts:
            return replace(cuts, golden_json=cuts.golden_json and str(folder / cuts.golden_json))

        payload = self.corrections.payload
        return replace(
            self,
            selection=certified(self.selection),
            jets=self.jets and certified(self.jets),
            corrections=replace(self.corrections, payload=payload and str(folder / payload)),
        )


@dataclass(frozen=True, kw_only=True)
class Config(Table):
    """A whole search, ready to run.

    Samples may also come from the file that a key ``catalogue`` names.

    ``taggers`` maps a name to the settings of a tagger: its hyperparameters, and ``tagger`` (type; default the
    name), ``preset``, ``efficiency`` (default that of each mass window) and ``working_point`` (where the cut is fixed).
    """

    title: str
    samples: Mapping[str, Sample]
    searches: Mapping[str, Search]
    taggers: Mapping[str, Mapping[str, Any]]
    scan: Scan
    fit: Fit
    folds: Folds = field(default_factory=Folds)
    seed: int = 1
    label: str = ""

    def selection_of(self, sample: str) -> DijetSelection:
        """Return the cuts of a sample; pydantic's ``ValidationError`` for a key that is none, or a value that cannot be used."""
        given = {**asdict(self.selection), **self.samples[sample].selection}
        return _TABLE.validate_python({"selection": given}).selection

    def processor_of(self, sample: str) -> Any:
        """Return the processor that makes the table of a sample."""
        return replace(self, selection=self.selection_of(sample)).processor()

    def plain(self) -> dict[str, Any]:
        """Return the configuration as JSON-ready data, defaults included."""
        content: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return content


_TABLE = TypeAdapter(Table)

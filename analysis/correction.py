"""Which corrections are made to jets, and which of their uncertainties is shifted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from math import isfinite
from typing import Any, Literal, get_args

from ..datasets.error import unknown
from ..datasets.nanoaod import Need
from ..datasets.provenance import file_hash
from ..selections.groomed import MASS_SOURCES
from .mock_jets import MOCK
from .payload import CorrectionError, Factor, find
from .smearing import PARTNERS

Variation = Literal[
    "nominal",
    "jes_up",
    "jes_down",
    "jer_up",
    "jer_down",
    "jms_up",
    "jms_down",
    "jmr_up",
    "jmr_down",
    "btag_bc_up",
    "btag_bc_down",
    "btag_light_up",
    "btag_light_down",
]
VARIATIONS = get_args(Variation)
PRESETS: Mapping[str, Mapping[str, Any]] = {"mock": MOCK}
"""Settings that go together, by name."""
JER = ("jer_resolution", "jer_scale_factor")
JMR = ("jmr", "msd_resolution")
REQUIRED = {"jes": "jes_uncertainty", "jer": "jer_scale_factor", "jms": "jms", "jmr": "jmr"}
"""What a variation cannot do without."""
TAGGED = ("FatJet", "SubJet")
"""The collections that have a score of b tagging."""
GROOMED_PARTNERS = PARTNERS | {"GenJetAK8_msoftdrop"}


@dataclass(frozen=True)
class Corrections:
    """What is done to jets before the selection; nothing by default.

    ``payload`` is a correctionlib file and the other names are corrections in it: ``jec`` for simulation and
    ``jec_data`` for data (one name, or names with the first and last run of each), the relative
    ``jes_uncertainty`` (total or one source), the relative ``jer_resolution`` with its ``jer_scale_factor``;
    ``jer_matching`` uses jets at generator level. ``jms`` and ``jmr`` are (down, nominal, up) factors on the scale
    and the resolution of the soft-drop mass, whose relative resolution is ``msd_resolution``. ``variation`` says
    which uncertainty is shifted, by one standard deviation.
    """

    payload: str | None = None
    jec: str | None = None
    jec_data: str | Mapping[str, tuple[int, int]] | None = None
    jes_uncertainty: str | None = None
    jer_resolution: str | None = None
    jer_scale_factor: str | None = None
    jer_matching: bool = True
    jms: tuple[float, float, float] | None = None
    jmr: tuple[float, float, float] | None = None
    msd_resolution: float | None = None
    jmr_matching: bool = False
    variation: Variation = "nominal"
    preset: str | None = None

    def __post_init__(self) -> None:
        """Refuse names without a payload, halves of a pair, and a variation of what is not corrected."""
        self._fill_in()
        if self.variation not in VARIATIONS:
            raise CorrectionError(unknown("variation", self.variation, VARIATIONS))
        named = [n for n in ("jec", "jec_data", "jes_uncertainty", *JER) if getattr(self, n)]
        if bool(named) != bool(self.payload):
            what = f"{named[0]} needs payload" if named else "payload needs names of corrections in it"
            raise CorrectionError(f"corrections: {what}; give both, or neither")
        for pair in (JER, JMR):
            given = [name for name in pair if getattr(self, name) is not None]
            if len(given) == 1:
                raise CorrectionError(f"corrections: {given[0]} alone; give {' and '.join(pair)}, or neither")
        for name in ("jms", "jmr"):
            if not all(isfinite(value) and value > 0 for value in getattr(self, name) or ()):
                raise CorrectionError(
                    f"corrections: {name} = {getattr(self, name)}; give positive factors: down, nominal, up"
                )
        needed = REQUIRED.get(self.varied)
        if needed and getattr(self, needed) is None:
            raise CorrectionError(f"corrections: variation {self.variation!r} needs {needed}; give it")

    @property
    def varied(self) -> str:
        """What is shifted: jes, jer, jms, jmr, btag_bc or btag_light; nothing in the nominal case."""
        return self.variation.rpartition("_")[0]

    @property
    def score(self) -> str:
        """The name of the score of b tagging to be used in the place of ``btagDeepB``; empty when it stays.

        >>> Corrections(variation="btag_bc_up").score
        'btagDeepB_bcUp'
        """
        method, _, flavours = self.varied.partition("_")
        return f"btagDeepB_{flavours}{self.direction(self.varied).title()}" if method == "btag" else ""

    def direction(self, uncertainty: str) -> str:
        """Tell whether an uncertainty is taken "up", "down" or "nominal"."""
        return self.variation.rpartition("_")[2] if self.varied == uncertainty else "nominal"

    def of(self, kind: str) -> Corrections:
        """Return what is left for events of a kind: data have no uncertainties and no smearing.

        ``CorrectionError`` when simulation would be corrected and data not, or data and simulation not.
        """
        one, other = ("jec_data", "jec") if kind == "data" else ("jec", "jec_data")
        if getattr(self, other) and not getattr(self, one):
            raise CorrectionError(
                f"corrections: {other} is given, but these are {kind} events; give {one} too, or select them "
                "without corrections"
            )
        if kind != "data":
            return replace(self, jec_data=None)
        return Corrections(self.payload, jec_data=self.jec_data) if self.jec_data else Corrections()

    def identity(self, kind: str) -> dict[str, Any]:
        """Return as plain data what is done to events of a kind, with the content of the payload for its name."""
        own = self.of(kind)
        return asdict(own) | {"payload": file_hash(own.payload) if own.payload else None}

    def needs(self, kind: str) -> tuple[Need, ...]:
        """State the branches that the corrections of a kind read."""
        return self.of(kind)._needs()

    def branches(self) -> frozenset[str]:
        """Return every branch that may be read."""
        return frozenset().union(*(need.branches for need in self._needs()))

    def find(self, name: str) -> Factor:
        """Look up a correction in the payload."""
        return find(str(self.payload), name)

    def _needs(self) -> tuple[Need, ...]:
        needs = [need for name in self._names() for need in self.find(name).needs()]
        if self.payload:
            remedy = "give standard NanoAOD or PFNano files"
            needs.append(Need("correcting jets", (frozenset(["FatJet_pt", "FatJet_mass"]),), remedy))
        if self.jec or self.jec_data:
            remedy = "give complete NanoAOD files, or leave jec out to keep the stored corrections"
            needs.append(Need("undoing stored corrections", (frozenset(["FatJet_rawFactor"]),), remedy))
        if self.jer_resolution and self.jer_matching:
            remedy = "set corrections.jer_matching = false to smear without generator jets"
            needs.append(Need("smearing with generator jets", (PARTNERS,), remedy))
        if self.jms or self.jmr:
            needs.append(Need("correcting soft-drop masses", MASS_SOURCES, "leave jms and jmr out"))
        if self.jmr and self.jmr_matching:
            remedy = "give files simulated by this version, or leave jmr_matching and preset out"
            needs.append(Need("smearing with generator soft-drop masses", (GROOMED_PARTNERS,), remedy))
        if self.score:
            remedy = "give files simulated by this version, or another variation"
            scores = frozenset(f"{collection}_{self.score}" for collection in TAGGED)
            needs.append(Need(f"the variation {self.variation}", (scores,), remedy))
        return tuple(needs)

    def _fill_in(self) -> None:
        """Take from the preset what is left at its default."""
        if self.preset is None:
            return
        if self.preset not in PRESETS:
            raise CorrectionError(unknown("preset", self.preset, PRESETS))
        defaults = {entry.name: entry.default for entry in fields(self)}
        for name, value in PRESETS[self.preset].items():
            if getattr(self, name) == defaults[name]:
                object.__setattr__(self, name, value)

    def _names(self) -> Iterator[str]:
        eras = self.jec_data if isinstance(self.jec_data, Mapping) else (self.jec_data,)
        named = (self.jec, *eras, self.jes_uncertainty, self.jer_resolution, self.jer_scale_factor)
        return (name for name in named if name)

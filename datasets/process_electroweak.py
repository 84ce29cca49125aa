"""The small backgrounds: top quarks, alone and in pairs, and W or Z with a jet, at leading order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from numpy.typing import NDArray

from .leptonic import leptonic
from .particle import HADRONIC
from .process_background import Background
from .process_cascade import BOSONS, Bosons
from .process_resonance import check_choice


@dataclass(frozen=True)
class Electroweak(Background):
    """A background with W and Z, which decay as they do in nature, unless ``bosons`` is ``hadronic``.

    It is complete from ``mjj_min`` (GeV) and ``deta_min``, and up to ``deta_max``.
    """

    mjj_min: float = 2100.0
    deta_max: float | None = 1.3
    bosons: Bosons = "inclusive"
    deta_min: float = 0.0

    hard: ClassVar[tuple[str, ...]]

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        super().__post_init__()
        check_choice(self, "bosons", BOSONS)

    def truth(self, records: Any) -> dict[str, NDArray[Any]]:
        """Count the W and Z that decay to leptons."""
        return {"leptonic": leptonic(records)}

    def settings(self) -> tuple[str, ...]:
        """Return the hard processes above the limit, and how W and Z decay."""
        return (
            *(f"{process} = on" for process in self.hard),
            *self.limits(),
            *(HADRONIC if self.bosons == "hadronic" else ()),
        )


@dataclass(frozen=True)
class TTbar(Electroweak):
    """Pairs of top quarks, complete from ``mjj_min`` (GeV) and up to ``deta_max``."""

    name: ClassVar[str] = "ttbar"
    hard: ClassVar[tuple[str, ...]] = ("Top:gg2ttbar", "Top:qqbar2ttbar")


@dataclass(frozen=True)
class SingleTop(Electroweak):
    """Single top quarks by exchange of a W, complete from ``mjj_min`` (GeV) and up to ``deta_max``; without t W."""

    name: ClassVar[str] = "singletop"
    hard: ClassVar[tuple[str, ...]] = ("Top:qq2tq(t:W)", "Top:ffbar2tqbar(s:W)")


@dataclass(frozen=True)
class VJets(Electroweak):
    """W or Z (with the photon) and a jet, complete from ``mjj_min`` (GeV) and up to ``deta_max``."""

    name: ClassVar[str] = "vjets"
    hard: ClassVar[tuple[str, ...]] = (
        "WeakBosonAndParton:qqbar2gmZg",
        "WeakBosonAndParton:qg2gmZq",
        "WeakBosonAndParton:qqbar2Wg",
        "WeakBosonAndParton:qg2Wq",
    )

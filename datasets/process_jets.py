"""Jets of known origin in a window of pT, for studies of taggers: quarks and gluons, top quarks, W and Z."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .particle import HADRONIC
from .process_cascade import BOSONS, Bosons
from .process_contract import ENERGY, JetCut, JetVeto, Process, ProcessError, Veto
from .process_resonance import check_choice

# Limits of the hard process relative to those of the jets, and the pT of a jet of partons relative to that of the
# jet: together they lose about a percent just inside the window.
HARD_MIN, HARD_MAX, SHOWERED = 0.52, 1.5, 0.85
ETA_MARGIN = 0.3
PT_LOWEST = 100.0
ETA_WIDEST = 2.5


class JetSample(Process):
    """Events of which one of the two leading jets has a pT between ``pt_min`` and ``pt_max`` (GeV), |eta| < ``eta_max``."""

    pt_min: float
    pt_max: float
    eta_max: float

    def __post_init__(self) -> None:
        """Refuse a window without jets."""
        if not PT_LOWEST <= self.pt_min < self.pt_max <= ENERGY / 2:
            raise ProcessError(
                f"pT window of {self.name} is {self.pt_min:g} to {self.pt_max:g} GeV; "
                f"allowed: pt_min from {PT_LOWEST:g}, below pt_max, which is up to {ENERGY / 2:g}"
            )
        if not 0 < self.eta_max <= ETA_WIDEST:
            raise ProcessError(
                f"eta_max of {self.name} is {self.eta_max:g}; allowed: above 0, up to {ETA_WIDEST:g}"
            )

    @property
    def cut(self) -> JetCut:
        """The window of the jets."""
        return JetCut(self.pt_min, self.pt_max, self.eta_max)


class HardJets(JetSample):
    """Jets of a hard process whose pT Pythia can limit."""

    @property
    def veto(self) -> Veto:
        """Drop collisions that have no hard and central jet."""
        return JetVeto(SHOWERED * self.pt_min, self.eta_max + ETA_MARGIN, 0.06 * self.pt_min)

    def limits(self) -> tuple[str, ...]:
        """Return the limits of the hard process as settings."""
        return (
            f"PhaseSpace:pTHatMin = {HARD_MIN * self.pt_min:.6g}",
            f"PhaseSpace:pTHatMax = {HARD_MAX * self.pt_max:.6g}",
        )


@dataclass(frozen=True)
class QCDJets(HardJets):
    """Jets of quarks and gluons with a pT between ``pt_min`` and ``pt_max`` (GeV) and |eta| < ``eta_max``."""

    pt_min: float = 550.0
    pt_max: float = 650.0
    eta_max: float = 2.0

    name: ClassVar[str] = "qcd_jets"

    def settings(self) -> tuple[str, ...]:
        """Return all 2 -> 2 QCD processes within the limits."""
        return ("HardQCD:all = on", *self.limits())


@dataclass(frozen=True)
class TopJets(HardJets):
    """Jets of top quarks, made in pairs, with a pT between ``pt_min`` and ``pt_max`` (GeV) and |eta| < ``eta_max``."""

    pt_min: float = 550.0
    pt_max: float = 650.0
    eta_max: float = 2.0
    bosons: Bosons = "hadronic"

    name: ClassVar[str] = "top_jets"

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        super().__post_init__()
        check_choice(self, "bosons", BOSONS)

    def settings(self) -> tuple[str, ...]:
        """Return pairs of top quarks within the limits, and how W decay."""
        decays = HADRONIC if self.bosons == "hadronic" else ()
        return ("Top:gg2ttbar = on", "Top:qqbar2ttbar = on", *self.limits(), *decays)


@dataclass(frozen=True)
class BosonJets(HardJets):
    """Jets of W and Z, made in pairs, with a pT between ``pt_min`` and ``pt_max`` (GeV) and |eta| < ``eta_max``.

    Pairs, since the other jet of a single W or Z is one of a quark or gluon.
    """

    pt_min: float = 550.0
    pt_max: float = 650.0
    eta_max: float = 2.0
    bosons: Bosons = "hadronic"

    name: ClassVar[str] = "boson_jets"

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        super().__post_init__()
        check_choice(self, "bosons", BOSONS)

    def settings(self) -> tuple[str, ...]:
        """Return pairs of W and Z (without the photon) within the limits, and how they decay."""
        pairs = (f"WeakDoubleBoson:ffbar2{pair} = on" for pair in ("WW", "ZW", "gmZgmZ"))
        decays = HADRONIC if self.bosons == "hadronic" else ()
        return (*pairs, "WeakZ0:gmZmode = 2", *self.limits(), *decays)

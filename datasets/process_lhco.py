"""The set-up of the R&D data of the LHC Olympics 2020 (arXiv:2101.08320): W' -> X Y above QCD, one jet above 1.2 TeV.

Its jets have R = 1.0: a property of the production, not of the process. The data were made with the default tune of
Pythia 8 and another detector; here tune and detector are those of everything else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from .particle import LIGHTEST, QUARKS, UP_DOWN, W_PRIME, X_CHARGED, Y, decays, resonance, scalar
from .process_contract import ENERGY, ETA_MAX, AngleVeto, DijetCut, JetVeto, Process, ProcessError, Veto
from .process_quark import JETS
from .process_resonance import Resonance, check_choice, check_daughter

# The pT of the hard process and of a jet of partons relative to that of the leading jet: together they lose less than
# a percent.
HARD, SHOWERED = 0.55, 0.8
ETA_MARGIN = 0.3
SECOND = 200.0  # GeV: jets are found above it
LEADING_LOWEST = 400.0


def lhco_cut(leading_pt_min: float) -> DijetCut:
    """Return the selection of the LHC Olympics: one jet above a pT (GeV), and another one."""
    return DijetCut(0.0, None, SECOND, leading_pt_min=leading_pt_min)


def check_leading(process: Process, leading_pt_min: float) -> None:
    """Refuse a pT (GeV) of the leading jet that the cut does not allow."""
    if not LEADING_LOWEST <= leading_pt_min <= 0.4 * ENERGY:
        raise ProcessError(
            f"leading_pt_min of {process.name} is {leading_pt_min:g} GeV; "
            f"allowed: {LEADING_LOWEST:g} to {0.4 * ENERGY:g}"
        )


@dataclass(frozen=True)
class LHCOQCD(Process):
    """Jets by the strong interaction, the leading one above ``leading_pt_min`` (GeV)."""

    leading_pt_min: float = 1200.0

    name: ClassVar[str] = "lhco_qcd"

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        check_leading(self, self.leading_pt_min)

    @property
    def cut(self) -> DijetCut:
        """Complete above the pT of the leading jet, whatever the mass and the angle."""
        return lhco_cut(self.leading_pt_min)

    @property
    def veto(self) -> Veto:
        """Drop collisions that have no hard and central jet."""
        return JetVeto(SHOWERED * self.leading_pt_min, ETA_MAX + ETA_MARGIN, 0.04 * self.leading_pt_min)

    def settings(self) -> tuple[str, ...]:
        """Return all 2 -> 2 QCD processes above the limit."""
        return ("HardQCD:all = on", f"PhaseSpace:pTHatMin = {HARD * self.leading_pt_min:.6g}")


@dataclass(frozen=True)
class LHCOSignal(Resonance):
    """W' -> X Y, each to two light quarks, the leading jet above ``leading_pt_min`` (GeV).

    ``mass``, ``m_x`` and ``m_y`` are in GeV, ``width`` is the natural width of all three relative to their mass.
    ``angle`` is the distribution of cos(theta*) of the decay of W': ``sin2`` for two particles without spin,
    or ``flat``.
    """

    mass: float = 3500.0
    m_x: float = 500.0
    m_y: float = 100.0
    width: float = 0.01
    angle: Literal["sin2", "flat"] = "sin2"
    leading_pt_min: float = 1200.0

    name: ClassVar[str] = "lhco_signal"
    prongs: ClassVar[tuple[int, int]] = (2, 2)

    def __post_init__(self) -> None:
        """Refuse masses that energy conservation or fragmentation does not allow."""
        self.check("W'", {"X": self.m_x, "Y": self.m_y})
        check_daughter("X or Y", min(self.m_x, self.m_y), LIGHTEST, JETS)
        check_choice(self, "angle", ("sin2", "flat"))
        check_leading(self, self.leading_pt_min)

    @property
    def cut(self) -> DijetCut:
        """Kept above the pT of the leading jet, whatever the mass and the angle."""
        return lhco_cut(self.leading_pt_min)

    @property
    def veto(self) -> Veto:
        """Shape the decay angle of W'."""
        return AngleVeto(W_PRIME, 2) if self.angle == "sin2" else None

    def settings(self) -> tuple[str, ...]:
        """Return quark fusion to W', and the decays of W', X and Y; X has the charge of W'."""
        return (
            "NewGaugeBoson:ffbar2Wprime = on",
            *resonance(W_PRIME, self.mass, self.width, max(self.m_x + self.m_y, self.mass / 2)),
            *decays(W_PRIME, [f"{X_CHARGED} {Y}"]),
            *scalar(X_CHARGED, "X", self.m_x, self.width, charged=True),
            *decays(X_CHARGED, UP_DOWN),
            *scalar(Y, "Y", self.m_y, self.width),
            *decays(Y, QUARKS),
        )

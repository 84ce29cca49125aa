"""What is generated: processes as plain numbers, and the Pythia settings that they stand for.

A process is a frozen dataclass of numbers and strings, so that it can be written in a configuration and hashed.
To add one, write such a class and enter it in ``PROCESSES``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import cosh
from types import MappingProxyType
from typing import Any, ClassVar, Literal

from .error import DataError, UnknownNameError, unknown

ETA_MAX = 2.5
ENERGY = 13_000.0

X, Y, Y_PRIME = 5100039, 9000001, 9000002  # X stands in the place of Pythia's graviton, made by gluon fusion
LIGHTEST = 10.0

# The pT of a hard parton relative to that of jets at the edge of the selection, and the mass of two jets of partons
# relative to that of the dijet, from which on events can be selected. Together they lose about half a percent
# just above the smallest mass: far below, jets of initial-state radiation take part.
HARD, SHOWERED = 0.67, 0.9
OPENING = 1.3


class ProcessError(DataError):
    """A process that cannot be generated as asked for."""


@dataclass(frozen=True)
class DijetCut:
    """Events worth keeping: the two leading AK8 jets with |eta| < 2.5.

    ``mjj_min`` (GeV) is the smallest mass of the two, ``deta_max`` their largest |delta eta| (None: no limit),
    ``pt_min`` (GeV) the smallest transverse momentum of each.
    """

    mjj_min: float
    deta_max: float | None = 1.3
    pt_min: float = 300.0

    def contains(self, other: DijetCut) -> bool:
        """Tell whether every event that passes ``other`` passes this cut.

        >>> DijetCut(2000.0).contains(DijetCut(2100.0)), DijetCut(2000.0).contains(DijetCut(2100.0, None))
        (True, False)
        """
        wide = self.deta_max is None or (other.deta_max is not None and other.deta_max <= self.deta_max)
        return wide and self.mjj_min <= other.mjj_min and self.pt_min <= other.pt_min


@dataclass(frozen=True)
class DijetVeto:
    """Drop collisions that cannot become a dijet of ``mjj_min`` (GeV) within ``deta_max`` (None: no limit).

    The shower is stopped at ``scale`` (GeV), where the jets are already there and most of the work is not yet done.
    """

    mjj_min: float
    deta_max: float | None
    scale: float


@dataclass(frozen=True)
class AngleVeto:
    """Make the decay of ``particle`` follow sin(theta*)^``power`` instead of the flat default.

    theta* is the angle between a daughter and the beam in the rest frame of the particle.
    """

    particle: int
    power: int


Veto = DijetVeto | AngleVeto | None


@dataclass(frozen=True)
class Process(ABC):
    """The contract of a process; its fields are the parameters a user may choose."""

    name: ClassVar[str]

    @abstractmethod
    def settings(self) -> tuple[str, ...]:
        """Return the Pythia settings that are special to this process."""

    @property
    @abstractmethod
    def cut(self) -> DijetCut:
        """The loosest selection that the generation covers without a turn-on."""

    @property
    def veto(self) -> Veto:
        """What is dropped before it is generated to the end; nothing by default."""
        return None


@dataclass(frozen=True)
class QCD(Process):
    """Production of jets by the strong interaction.

    ``mjj_min`` (GeV) and ``deta_max`` say from where on the sample is complete after reconstruction; the limit of
    the hard process (``pt_hat_min``) and what is dropped during the shower (``veto``) follow from them.
    """

    mjj_min: float = 2100.0
    deta_max: float | None = 1.3

    name: ClassVar[str] = "qcd"

    def __post_init__(self) -> None:
        """Refuse a range that holds no events or in which Pythia has no hard process."""
        if not 400.0 <= self.mjj_min <= 0.8 * ENERGY:
            raise ProcessError(f"mjj_min of qcd is {self.mjj_min:g} GeV; allowed: 400 to {0.8 * ENERGY:g}")
        if self.deta_max is not None and not 0.5 <= self.deta_max <= 2 * ETA_MAX:
            raise ProcessError(f"deta_max of qcd is {self.deta_max:g}; allowed: 0.5 to 5, or none at all")

    @property
    def cut(self) -> DijetCut:
        """Complete from ``mjj_min`` and up to ``deta_max``."""
        return DijetCut(self.mjj_min, self.deta_max)

    @property
    def veto(self) -> Veto:
        """Drop collisions that cannot pass the cut."""
        deta_max = None if self.deta_max is None else self.deta_max + 0.12
        return DijetVeto(SHOWERED * self.mjj_min, deta_max, 0.024 * self.mjj_min)

    def pt_hat_min(self) -> float:
        """Return the smallest transverse momentum (GeV) of the hard process."""
        opening = 2 * ETA_MAX if self.deta_max is None else max(self.deta_max, OPENING)
        return HARD * max(self.mjj_min / (2 * cosh(opening / 2)), self.cut.pt_min)

    def settings(self) -> tuple[str, ...]:
        """Return all 2 -> 2 QCD processes above the limit."""
        return ("HardQCD:all = on", f"PhaseSpace:pTHatMin = {self.pt_hat_min():.6g}")


@dataclass(frozen=True)
class XYY(Process):
    """X -> Y Y', each to two light quarks: four quarks in two jets.

    ``mass``, ``m_y`` and ``m_y_prime`` are in GeV, ``width`` is the natural width of all three relative to their
    mass. ``angle`` is the distribution of cos(theta*) of the decay of X: ``sin2`` as for the published signals,
    or ``flat``. The cross section that Pythia finds belongs to no model: normalise to the one you want to test.
    """

    mass: float = 3000.0
    m_y: float = 80.0
    m_y_prime: float = 170.0
    width: float = 0.01
    angle: Literal["sin2", "flat"] = "sin2"
    mjj_min: float = 1200.0
    deta_max: float | None = 1.3

    name: ClassVar[str] = "xyy"

    def __post_init__(self) -> None:
        """Refuse masses that energy conservation or fragmentation does not allow."""
        if not 0 < self.mass < ENERGY:
            raise ProcessError(f"X of {self.mass:g} GeV cannot be made; allowed: 0 to {ENERGY:g} GeV")
        if self.m_y + self.m_y_prime >= self.mass:
            raise ProcessError(
                f"X of {self.mass:g} GeV cannot decay to Y of {self.m_y:g} and Y' of {self.m_y_prime:g} GeV; "
                "choose daughters that are lighter than X together"
            )
        if min(self.m_y, self.m_y_prime) < LIGHTEST:
            raise ProcessError(
                f"Y of {min(self.m_y, self.m_y_prime):g} GeV is too light to decay to jets of quarks; "
                f"allowed: {LIGHTEST:g} GeV or more"
            )
        if not 0 < self.width <= 0.2:
            raise ProcessError(f"relative width of xyy is {self.width:g}; allowed: above 0, up to 0.2")
        if self.angle not in ("sin2", "flat"):
            raise ProcessError(f"angle of xyy is {self.angle!r}; allowed: 'sin2', 'flat'")

    @property
    def cut(self) -> DijetCut:
        """Kept from ``mjj_min`` and up to ``deta_max``."""
        return DijetCut(self.mjj_min, self.deta_max)

    @property
    def veto(self) -> Veto:
        """Shape the decay angle of X."""
        return AngleVeto(X, 2) if self.angle == "sin2" else None

    def settings(self) -> tuple[str, ...]:
        """Return gluon fusion to X, and the decays of X, Y and Y'."""
        quarks = ["1 -1", "2 -2", "3 -3", "4 -4"]
        return (
            "ExtraDimensionsG*:gg2G* = on",
            *resonance(X, self.mass, self.width),
            *decays(X, [f"{Y} {Y_PRIME}"]),
            *scalar(Y, "Y", self.m_y, self.width),
            *decays(Y, quarks),
            *scalar(Y_PRIME, "Yprime", self.m_y_prime, self.width),
            *decays(Y_PRIME, quarks),
        )


PROCESSES: Mapping[str, type[Process]] = MappingProxyType({kind.name: kind for kind in (QCD, XYY)})


def make_process(name: str, **parameters: Any) -> Process:
    """Make a process by its name and parameters; ``UnknownNameError`` lists the names of either that exist.

    >>> make_process("xyy", mass=5000.0).mass
    5000.0
    """
    if name not in PROCESSES:
        raise UnknownNameError(unknown("process", name, PROCESSES))
    known = [f.name for f in fields(PROCESSES[name])]
    for key in parameters:
        if key not in known:
            raise UnknownNameError(f"process {name}: {unknown('parameter', key, known)}")
    return PROCESSES[name](**parameters)


def resonance(particle: int, mass: float, width: float) -> list[str]:
    """Give a particle of Pythia another mass (GeV) and a forced relative width; returns settings."""
    reach = max(25 * width * mass, 50.0)
    return [
        f"{particle}:m0 = {mass:g}",
        f"{particle}:mWidth = {width * mass:.6g}",
        f"{particle}:mMin = {max(mass - reach, LIGHTEST):g}",
        f"{particle}:mMax = {mass + reach:g}",
        f"{particle}:doForceWidth = on",
    ]


def scalar(particle: int, label: str, mass: float, width: float) -> list[str]:
    """Define a new spin-0 particle of given mass (GeV) and relative width; returns settings."""
    low, high = mass * max(1 - 10 * width, 0.5), mass * (1 + 10 * width)
    return [
        f"{particle}:new = {label} void 1 0 0 {mass:g} {width * mass:.6g} {low:.6g} {high:.6g} 0.",
        f"{particle}:isResonance = true",
    ]


def decays(particle: int, channels: list[str]) -> list[str]:
    """Replace all decays by these channels (``"1 -1"``), equally frequent and isotropic; returns settings."""
    share = 1 / len(channels)
    add = ["oneChannel", *["addChannel"] * (len(channels) - 1)]
    return [f"{particle}:{a} = 1 {share:.6g} 100 {channel}" for a, channel in zip(add, channels, strict=True)]

"""The contract of a process, and what of its collisions is kept or dropped."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from numpy.typing import NDArray

from .error import DataError

ETA_MAX = 2.5
ENERGY = 13_000.0


class ProcessError(DataError):
    """A process that cannot be generated as asked for."""


@dataclass(frozen=True)
class DijetCut:
    """Events worth keeping: the two leading AK8 jets with |eta| < 2.5.

    ``mjj_min`` (GeV) is the smallest mass of the two, ``deta_min`` and ``deta_max`` (None: no limit) their smallest and
    largest |delta eta|, ``pt_min`` (GeV) the smallest transverse momentum of each and ``leading_pt_min`` (GeV) of one.
    """

    mjj_min: float
    deta_max: float | None = 1.3
    pt_min: float = 300.0
    deta_min: float = 0.0
    leading_pt_min: float = 0.0

    def contains(self, other: Cut) -> bool:
        """Tell whether every event that passes ``other`` passes this cut.

        >>> DijetCut(2000.0).contains(DijetCut(2100.0)), DijetCut(2000.0).contains(DijetCut(2100.0, None))
        (True, False)
        """
        if not isinstance(other, DijetCut):
            return False
        wide = self.deta_max is None or (other.deta_max is not None and other.deta_max <= self.deta_max)
        lower = ("mjj_min", "pt_min", "deta_min", "leading_pt_min")
        return wide and all(getattr(self, name) <= getattr(other, name) for name in lower)


@dataclass(frozen=True)
class JetCut:
    """Events with a jet worth keeping: one of the two leading jets has |eta| < ``eta_max`` and a pT within limits (GeV)."""

    pt_min: float
    pt_max: float
    eta_max: float = 2.0

    def contains(self, other: Cut) -> bool:
        """Tell whether every event that passes ``other`` passes this cut.

        >>> JetCut(150.0, 350.0).contains(JetCut(200.0, 300.0)), JetCut(150.0, 350.0).contains(DijetCut(1000.0))
        (True, False)
        """
        if not isinstance(other, JetCut):
            return False
        inside = self.pt_min <= other.pt_min and other.pt_max <= self.pt_max
        return inside and other.eta_max <= self.eta_max


Cut = DijetCut | JetCut


@dataclass(frozen=True)
class DijetVeto:
    """Drop collisions that cannot become a dijet of ``mjj_min`` (GeV) from ``deta_min`` to ``deta_max``.

    Both jets must be within ``eta_max``; None is no limit. The shower is stopped at ``scale`` (GeV), where the jets
    are already there and most of the work is not yet done.
    """

    mjj_min: float
    deta_max: float | None
    scale: float
    deta_min: float = 0.0
    eta_max: float | None = None


@dataclass(frozen=True)
class AngleVeto:
    """Make the decay of ``particle`` follow sin(theta*)^``power`` instead of the flat default.

    theta* is the angle between a daughter and the beam in the rest frame of the particle.
    """

    particle: int
    power: int

    def acceptance(self, sine2: float) -> float:
        """Return the share of flat decays at sin^2(theta*) that are kept.

        >>> AngleVeto(1, 4).acceptance(0.5)
        0.25
        """
        return float(sine2 ** (self.power / 2))


@dataclass(frozen=True)
class TransverseVeto:
    """Make the decay of ``particle`` follow 1 + cos^2(theta*) instead of the flat default: transverse daughters."""

    particle: int

    def acceptance(self, sine2: float) -> float:
        """Return the share of flat decays at sin^2(theta*) that are kept.

        >>> TransverseVeto(1).acceptance(0.0), TransverseVeto(1).acceptance(1.0)
        (1.0, 0.5)
        """
        return 1 - sine2 / 2


@dataclass(frozen=True)
class JetVeto:
    """Drop collisions without a jet of ``pt_min`` (GeV) within ``eta_max``; the shower is stopped at ``scale`` (GeV)."""

    pt_min: float
    eta_max: float
    scale: float


Veto = DijetVeto | JetVeto | AngleVeto | TransverseVeto | None


@dataclass(frozen=True)
class Weighting:
    """Generate hard processes of large pT more often, by (pT / ``reference``)^``power``, and give events a weight.

    The weight makes up for it; ``reference`` (GeV) is the pT of weight 1.
    """

    power: float
    reference: float = 800.0

    def weight(self, pt: float) -> float:
        """Return the weight of an event with a hard process of this transverse momentum (GeV).

        >>> Weighting(4.0).weight(1600.0)
        0.0625
        """
        return float((self.reference / pt) ** self.power)

    def settings(self) -> tuple[str, ...]:
        """Return what Pythia must be told."""
        return (
            "PhaseSpace:bias2Selection = on",
            f"PhaseSpace:bias2SelectionPow = {self.power:g}",
            f"PhaseSpace:bias2SelectionRef = {self.reference:g}",
        )


@dataclass(frozen=True)
class Process(ABC):
    """The contract of a process; its fields are the parameters a user may choose."""

    name: ClassVar[str]

    @abstractmethod
    def settings(self) -> tuple[str, ...]:
        """Return the Pythia settings that are special to this process."""

    @property
    @abstractmethod
    def cut(self) -> Cut:
        """The loosest selection that the generation covers without a turn-on."""

    @property
    def veto(self) -> Veto:
        """What is dropped before it is generated to the end; nothing by default."""
        return None

    @property
    def weighting(self) -> Weighting | None:
        """How events are weighted, which ``settings`` must tell Pythia; not at all by default."""
        return None

    def truth(self, records: Any) -> dict[str, NDArray[Any]]:  # noqa: ARG002
        """Return what is stored of Pythia's event records (n,) besides the hard process, by name; nothing by default."""
        return {}

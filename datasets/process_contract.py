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


Veto = DijetVeto | AngleVeto | TransverseVeto | None


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

    def truth(self, records: Any) -> dict[str, NDArray[Any]]:  # noqa: ARG002
        """Return what is stored of Pythia's event records (n,) besides the hard process, by name; nothing by default."""
        return {}

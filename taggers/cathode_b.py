"""CATHODE with b tags (arXiv:2412.03747)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .cathode import Cathode


@dataclass(frozen=True, kw_only=True)
class CathodeB(Cathode):
    """CATHODE with the b-tag scores of both jets as further features (arXiv:2412.03747)."""

    name: ClassVar[str] = "cathode_b"

    features: tuple[str, ...] = ("j2_msd", "delta_msd", "tau41", "btag_subjet")

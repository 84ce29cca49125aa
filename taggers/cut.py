"""The references that train on nothing: cuts on soft-drop mass and N-subjettiness (arXiv:2412.03747)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..datasets.column import JETS
from ..datasets.table import FeatureTable
from .untrained import Untrained


@dataclass(frozen=True, kw_only=True)
class ProngCut(Untrained):
    """Both jets have a soft-drop mass above ``msd_min`` (GeV) and an N-subjettiness ratio below ``tau_max``.

    The score is 1 for events that fulfil it and 0 for others. The working point is fixed, so that nothing is
    determined on data.
    """

    working_point: ClassVar[Mapping[str, Any]] = MappingProxyType({"kind": "absolute", "threshold": 0.5})
    ratio: ClassVar[str]

    msd_min: float = 50.0
    tau_max: float

    def __post_init__(self) -> None:
        """Refuse cuts that nothing can pass."""
        super().__post_init__()
        self.require("msd_min", self.msd_min >= 0, "0 GeV or more")
        self.require("tau_max", self.tau_max > 0, "above 0")

    @property
    def inputs(self) -> frozenset[str]:
        """Soft-drop mass and the ratio of both jets."""
        return frozenset(f"{jet}_{name}" for jet in JETS for name in ("msd", self.ratio))

    def score(self, table: FeatureTable) -> NDArray[np.float64]:
        """Return 1 for events whose jets both pass, 0 for others (n,)."""
        msd, ratio = np.moveaxis(table.jets("msd", self.ratio), -1, 0)
        passed = (msd > self.msd_min) & (ratio < self.tau_max)
        return np.asarray(passed.all(axis=1), dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class Cut2Prong(ProngCut):
    """Both jets have two prongs: tau2/tau1 < 0.4."""

    name: ClassVar[str] = "cut_2prong"
    ratio: ClassVar[str] = "tau21"
    tau_max: float = 0.4


@dataclass(frozen=True, kw_only=True)
class Cut3Prong(ProngCut):
    """Both jets have three prongs: tau3/tau2 < 0.65."""

    name: ClassVar[str] = "cut_3prong"
    ratio: ClassVar[str] = "tau32"
    tau_max: float = 0.65

"""CWoLa Hunting with the dense networks of the published search (arXiv:2412.03747)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from ..datasets.column import JETS
from ..datasets.table import FeatureTable
from .finite import require_finite
from .hunting import Hunting
from .jet import Jets
from .network import PUBLISHED_NETWORK, Network
from .restart import Restarts


@dataclass(frozen=True, kw_only=True)
class CWoLaNetwork(Hunting, Restarts, Network):
    """Classification without labels in m_jj windows, one dense network for each of the two jets.

    The jets' ranks are combined by their maximum. The method is explained in `Hunting`, the hyperparameters of
    the networks in `Network`, the choice between several trainings in `Restarts`. Features must be finite.
    """

    name: ClassVar[str] = "cwola_network"
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
        {"published": {"pt_weights": True, **PUBLISHED_NETWORK}}
    )

    def jets(self, table: FeatureTable) -> Jets:
        """Collect what training and scoring need; ``ColumnError`` names a feature that is not finite."""
        require_finite(self.name, table, [f"{jet}_{name}" for jet in JETS for name in self.features])
        return Hunting.jets(self, table)

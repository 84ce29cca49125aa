"""The coffea processor of jet samples: one row per jet, for studies of tagging."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets.fold import IDENTITY
from ..datasets.table import FeatureTable
from ..selections.cutflow import cutflow
from ..selections.jet import JetSelection
from ..selections.quantities import DEFAULT
from ..selections.quantity import Quantity
from .correction import Corrections
from .processor import Piece, TableProcessor, event_columns

RANK = "jet"


class JetProcessor(TableProcessor):
    """Select jets: one row per jet, with its rank in pT as column ``jet``, and its quantities without a prefix.

    The arguments are those of ``TableProcessor``; without a ``selection`` it is the default one. The cutflow counts
    jets, each with the weight of its event.
    """

    rows = "jets"
    identity = (*IDENTITY, RANK)
    selection: JetSelection

    def __init__(
        self,
        selection: JetSelection | None = None,
        quantities: Iterable[str | Quantity] = DEFAULT,
        constituents: bool = False,
        corrections: Corrections | None = None,
    ) -> None:
        super().__init__(selection or JetSelection(), quantities, constituents, corrections)

    def select(self, events: Any, kind: str, sample: str, weight: NDArray[np.float64]) -> Piece:
        """Select jets; see ``TableProcessor.select``."""
        cuts, jets = self.selection.apply(events, kind, sample)
        flow = cutflow(cuts, weight[jets.event])
        jets = jets.where(cuts.all(*cuts.names))
        columns = event_columns(events, jets.event, kind, sample, weight)
        columns[RANK] = jets.rank.astype(np.int8)
        values = self.values(events, jets.position[:, None])
        columns |= {name: v[:, 0] for name, v in values.items()}
        return Piece(FeatureTable(columns), flow)

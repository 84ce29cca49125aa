"""What a tagger may see of a sample: its inputs, the side of the window, and nothing else."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..datasets.column import TRUTH
from ..datasets.table import FeatureTable
from ..datasets.window import OUTSIDE, Window
from .base import Tagger
from .error import BlindnessError, TrainingError
from .finite import require_finite

REGION = "region"


def check_inputs(tagger: Tagger) -> None:
    """Raise ``BlindnessError`` when the inputs of a tagger hold what no tagger may see."""
    if TRUTH in tagger.inputs:
        raise BlindnessError(
            f"tagger {tagger.name} lists {TRUTH!r} among its inputs; no tagger may see it: "
            "labels come from Sample.signal and Sample.background"
        )
    if REGION in tagger.inputs:
        raise BlindnessError(
            f"tagger {tagger.name} lists {REGION!r} among its inputs; it is given in training to taggers whose "
            "traits have window=True, and must not decide scores"
        )


def region_of(table: FeatureTable, tagger: Tagger) -> NDArray[np.int8]:
    """Return the side of the window (n,) of the events that a tagger is trained on; ``TrainingError`` without it."""
    if REGION not in table:
        raise TrainingError(
            f"tagger {tagger.name}: no column {REGION!r} in the table; train it with CrossFit"
        )
    region: NDArray[np.int8] = table[REGION]
    return region


def inputs_of(table: FeatureTable, tagger: Tagger, names: frozenset[str] | None = None) -> FeatureTable:
    """Return the columns that a tagger reads: its inputs, or those of them in ``names``.

    ``TrainingError`` names those that the table lacks, ``ColumnError`` one that is not finite.
    """
    wanted = tagger.inputs if names is None else names
    missing = sorted(name for name in wanted if name not in table)
    if missing:
        raise TrainingError(
            f"tagger {tagger.name} needs columns {missing}, which the table lacks; "
            f"change its features or select them. The table has: {', '.join(sorted(table.columns))}"
        )
    inputs = table.only(wanted)
    require_finite(tagger.name, inputs, sorted(wanted))
    return inputs


def view(
    table: FeatureTable, tagger: Tagger, window: Window | None, names: frozenset[str] | None = None
) -> FeatureTable:
    """Return what a tagger may see of a table in training: its inputs, or those of them in ``names``.

    A tagger with ``traits.window`` gets a column ``region`` (-1, 0, 1) in place of m_jj, and only events in the
    window or its sidebands.
    """
    columns = inputs_of(table, tagger, names)
    if not tagger.traits.window:
        return columns
    if window is None:
        raise TrainingError(f"tagger {tagger.name} is trained per window; give Sample.window")
    sidebands = window.complement() if tagger.traits.sidebands == "complement" else window
    region = sidebands.region(table["mjj"])
    return columns.with_columns(region=region).where(region != OUTSIDE)

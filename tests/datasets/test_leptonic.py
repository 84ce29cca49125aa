"""Leptonic decays of W and Z are counted."""

from __future__ import annotations

import awkward as ak
import numpy as np
from dijethunt.datasets.generator import common, start
from dijethunt.datasets.leptonic import leptonic
from dijethunt.datasets.process import make_process


def test_leptons_of_the_hard_process_count_in_pairs() -> None:
    records = ak.Array(
        {
            "id": [[24, 11, -12, 5], [24, -24, 15, -16, 13, -14, 11], [23, 1, -1], [23, 14, -14]],
            "status": [[-22, 23, 23, 23], [-22, -22, -23, 23, 23, 23, 91], [-22, -23, -23], [-22, 23, 23]],
        }
    )
    np.testing.assert_array_equal(leptonic(records), [1, 2, 0, 1])


def test_showers_and_hadrons_do_not_change_the_count() -> None:
    """A third of the W decay to leptons; of three W, at least one in 0.69 of the events."""
    process = make_process("wkk")
    full = start((*common(3, mpi=False), *process.settings(), "HadronLevel:all = off"), None)
    count = process.truth(full.nextBatch(1000).prt)["leptonic"]
    assert count.max() == 3
    np.testing.assert_allclose(np.mean(count > 0), 1 - 0.676**3, atol=0.05)
    np.testing.assert_allclose(np.mean(count), 3 * 0.324, atol=0.09)


def test_hadronic_bosons_have_no_leptons() -> None:
    process = make_process("ztt", bosons="hadronic")
    full = start((*common(3, mpi=False), *process.settings(), "HadronLevel:all = off"), None)
    assert not process.truth(full.nextBatch(100).prt)["leptonic"].any()


def test_other_processes_store_nothing_else() -> None:
    assert make_process("xyy").truth(None) == {}

from __future__ import annotations

import numpy as np
import pytest
from dijethunt.bumphunt.binning import (
    CMS_DIJET_EDGES,
    BinningError,
    dijet_edges,
    geometric,
    merging,
    subdivided,
)


def test_standard_edges_are_the_published_ones(real_data):
    published = (real_data / "spectra" / "cms_dijet_bin_edges.txt").read_text().split()
    assert tuple(float(edge) for edge in published) == CMS_DIJET_EDGES


def test_subdivision_keeps_the_coarse_edges_and_the_width():
    coarse = dijet_edges(2000, 4000)
    fine = subdivided(coarse, 20)
    assert np.isin(coarse, fine).all()
    assert np.diff(fine).max() <= 20 + 1e-9
    assert np.diff(fine).min() > 10


def test_geometric_bins_have_one_ratio():
    edges = geometric(2000, 6000, 0.01)
    ratios = edges[1:] / edges[:-1]
    assert (edges[0], round(edges[-1], 6)) == (2000, 6000)
    assert np.ptp(ratios) < 1e-9
    assert 1.009 < ratios[0] <= 1.01


@pytest.mark.parametrize(
    ("content", "starts"),
    [
        ([5, 5, 5], [0, 1, 2]),
        ([4, 1, 9, 4], [0, 2]),
        ([1, 1, 1], [0]),
        ([9, 0, 0, 0], [0]),
        ([0, 0, 7, 7], [0, 3]),
    ],
)
def test_merging_joins_neighbours_until_five(content, starts):
    assert merging(content, 5).tolist() == starts
    merged = np.add.reduceat(content, merging(content, 5))
    assert sum(content) == merged.sum()
    assert (merged >= 5).all() or len(merged) == 1


def test_impossible_bins_are_named():
    with pytest.raises(BinningError, match="20000-30000 GeV"):
        dijet_edges(20_000, 30_000)
    with pytest.raises(BinningError, match="0 < low < high"):
        geometric(3000, 2000, 0.01)
    with pytest.raises(BinningError, match="positive"):
        subdivided([1, 2], 0)

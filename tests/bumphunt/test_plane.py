from __future__ import annotations

import dijethunt.bumphunt as bh
import hist
import pytest


def test_planes_are_checked_like_spectra():
    axis = hist.axis.Variable([1000, 1100, 1300])
    second = hist.axis.Regular(3, 0, 30)
    plane = bh.Plane.from_hist(hist.Hist(axis, second).fill([1050, 1200, 1250], [5, 25, 25]))
    assert plane.counts.tolist() == [[1, 0, 0], [0, 0, 2]]
    assert plane.y_edges.tolist() == [0, 10, 20, 30]
    weighted = hist.Hist(axis, second, storage=hist.storage.Weight()).fill([1050], [5], weight=[2.0])
    with pytest.raises(bh.CountsError, match="weighted"):
        bh.Plane.from_hist(weighted)
    with pytest.raises(bh.SpectrumError, match="1 axes"):
        bh.Plane.from_hist(hist.Hist(axis))
    for edges, y_edges, counts, message in (
        ([1, 2], [1, 2], [3], "need two axes"),
        ([1, 2], [2, 1], [[3]], "second axis: bin 0 goes from 2 to 1"),
        ([1, 2], [1, 2, 3], [[3, -1]], "bin 1 of the second axis: bin 0 .* negative"),
        ([1, 2, 3], [1, 2, 3], [[3, 1]], "3 edges need shape"),
    ):
        with pytest.raises(bh.SpectrumError, match=message):
            bh.Plane(edges, y_edges, counts)


def test_a_range_keeps_whole_bins_of_mass():
    plane = bh.Plane([10, 20, 30, 40], [0, 1, 2], [[1, 2], [3, 4], [5, 6]])
    part = plane.restricted(15, None)
    assert part.edges.tolist() == [20, 30, 40]
    assert part.counts.tolist() == [[3, 4], [5, 6]]
    assert [spectrum.total for spectrum in part.slices] == [8, 10]
    with pytest.raises(bh.FitRangeError, match="which covers 10-40 GeV"):
        plane.restricted(50, 60)


def test_a_plane_does_not_change():
    plane = bh.Plane([10, 20], [0, 1], [[1]])
    with pytest.raises(ValueError, match="read-only"):
        plane.counts[0, 0] = 2

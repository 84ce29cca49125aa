from __future__ import annotations

import dijethunt.bumphunt as bh
import hist
import numpy as np
import pytest


@pytest.mark.parametrize(
    ("edges", "counts", "error", "message"),
    [
        ([1, 2, 3], [1, -1], bh.CountsError, r"bin 1 \(2-3 GeV\) holds -1, which is negative"),
        ([1, 2, 3], [np.nan, 1], bh.CountsError, r"bin 0 \(1-2 GeV\) holds nan, which is not finite"),
        ([1, 2, 3], [1, np.inf], bh.CountsError, "not finite"),
        ([1, 2, 3], [1, 0.5], bh.CountsError, "not a whole number"),
        ([1, 3, 2], [1, 1], bh.EdgesError, "bin 1 goes from 3 to 2 GeV; edges must increase"),
        ([1, 1, 2], [1, 1], bh.EdgesError, "bin 0 goes from 1 to 1 GeV"),
        ([1, np.nan, 2], [1, 1], bh.EdgesError, "edge 1 is not finite"),
        ([1, 2, 3], [1, 1, 1], bh.EdgesError, r"3 edges need shape \(2,\)"),
        ([1], [], bh.EdgesError, "at least two edges"),
    ],
)
def test_what_is_no_spectrum_is_refused(edges, counts, error, message):
    with pytest.raises(error, match=message):
        bh.Spectrum(edges, counts)


def test_a_spectrum_does_not_change_with_the_arrays_it_was_made_of():
    counts = np.array([1.0, 2.0])
    spectrum = bh.Spectrum([0, 1, 2], counts)
    counts[0] = 99
    assert spectrum.counts.tolist() == [1, 2]
    with pytest.raises(ValueError, match="read-only"):
        spectrum.counts[0] = 99


def test_values_are_counted_in_half_open_bins():
    spectrum = bh.Spectrum.from_values([0.9, 1.0, 1.5, 2.0, 2.9, 3.0, 7.0], [1, 2, 3])
    assert spectrum.counts.tolist() == [2, 2]
    with pytest.raises(bh.CountsError, match="1 of 2 masses are NaN"):
        bh.Spectrum.from_values([1.5, np.nan], [1, 2])


def test_histograms_are_taken_unless_weighted():
    axis = hist.axis.Variable([1000, 1100, 1300])
    plain = hist.Hist(axis).fill([1050, 1200, 1250, 5000])
    spectrum = bh.Spectrum.from_hist(plain)
    assert spectrum.edges.tolist() == [1000, 1100, 1300]
    assert spectrum.counts.tolist() == [1, 2]
    weighted = hist.Hist(axis, storage=hist.storage.Weight()).fill([1050, 1200], weight=[2.0, 3.0])
    with pytest.raises(bh.CountsError, match="weighted"):
        bh.Spectrum.from_hist(weighted)
    profile = hist.Hist(axis, storage=hist.storage.Mean()).fill([1050, 1200], sample=[2.0, 3.0])
    with pytest.raises(bh.CountsError, match="holds means"):
        bh.Spectrum.from_hist(profile)
    with pytest.raises(bh.SpectrumError, match="2 axes"):
        bh.Spectrum.from_hist(hist.Hist(axis, axis))


def test_restriction_keeps_whole_bins_only():
    spectrum = bh.Spectrum([10, 20, 30, 40, 50], [1, 2, 3, 4])
    assert spectrum.restricted(15, 45).counts.tolist() == [2, 3]
    assert spectrum.restricted(20, None).counts.tolist() == [2, 3, 4]
    assert spectrum.restricted(None, 20).counts.tolist() == [1]
    for outside in [(60, 90), (0, 5), (21, 29), (30, 30), (40, 20)]:
        with pytest.raises(bh.FitRangeError, match="which covers 10-50 GeV in 4 bins"):
            spectrum.restricted(*outside)


def test_rebinning_joins_and_never_splits():
    spectrum = bh.Spectrum([10, 20, 30, 40, 50], [1, 2, 3, 4])
    assert spectrum.rebinned([10, 30, 50]).counts.tolist() == [3, 7]
    assert spectrum.rebinned([20, 40]).counts.tolist() == [5]
    with pytest.raises(bh.EdgesError, match="25 GeV is not an edge"):
        spectrum.rebinned([10, 25])
    with pytest.raises(bh.EdgesError, match="60 GeV is not an edge"):
        spectrum.rebinned([10, 60])

import numpy as np
import pytest
from dijethunt.datasets.error import DataError
from dijethunt.datasets.window import HIGH_SIDEBAND, LOW_SIDEBAND, OUTSIDE, SIGNAL_REGION, Window

WINDOW = Window(2000, 3000, ((1500, 2000), (3000, 4000)), "test")


def test_every_edge_belongs_to_the_interval_above_it():
    edges = [1499.9, 1500, 2000, 3000, 4000]
    assert WINDOW.region(edges).tolist() == [
        OUTSIDE,
        LOW_SIDEBAND,
        SIGNAL_REGION,
        HIGH_SIDEBAND,
        OUTSIDE,
    ]


def test_a_gap_between_signal_region_and_sideband_is_outside():
    window = Window(2000, 3000, ((1500, 1900),))
    assert window.region([1950]).tolist() == [OUTSIDE]


def test_not_a_number_is_outside():
    assert WINDOW.region([np.nan]).tolist() == [OUTSIDE]


def test_span_reaches_from_sideband_to_sideband():
    assert WINDOW.span == (1500, 4000)


def test_empty_interval_is_refused():
    with pytest.raises(DataError, match=r"\[3000, 3000\) GeV is empty"):
        Window(3000, 3000)


def test_sideband_may_not_reach_into_the_signal_region():
    with pytest.raises(DataError, match=r"sideband \[1500, 2100\) GeV overlaps"):
        Window(2000, 3000, ((1500, 2100),))

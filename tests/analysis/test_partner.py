import awkward as ak
import numpy as np
from dijethunt.analysis.partner import partner_mass
from dijethunt.datasets.nanoaod import open_events


def test_partners_are_near_in_angle_and_mass(make_events):
    """The resolution is 10 per cent: a mass of 100 has its partner within 30; pT plays no role."""
    index = np.array([[0, 1], [0, -1], [1, 0], [0, 9]], np.int32)
    generated = {
        "pt": ak.from_regular(np.full((4, 2), 150, np.float32)),
        "eta": ak.values_astype([[0.5, -0.25], [0.5, -0.25], [-0.25, 0.5], [0.95, -0.25]], np.float32),
        "phi": ak.values_astype([[1, -2], [1, -2], [-2, 1], [1, -2]], np.float32),
        "msoftdrop": ak.values_astype([[72, 69], [90, 90], [80, 128], [100, 100]], np.float32),
    }
    events = open_events(make_events(jets={"genJetAK8Idx": index}, GenJetAK8=generated))
    partner = partner_mass(events, np.full(8, 100.0), np.full(8, 0.1)).reshape(-1, 2)
    nan = np.nan
    np.testing.assert_array_equal(partner, [[72, nan], [90, nan], [128, 80], [nan, nan]])
    assert np.isnan(partner_mass(events, np.zeros(8), np.full(8, 0.1))).all()

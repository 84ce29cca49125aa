import awkward as ak
import numpy as np
import pytest
from dijethunt.analysis.smearing import normal, partner_pt, smear, stretch
from dijethunt.datasets.nanoaod import open_events
from scipy.stats import kstest


def identity(n):
    numbers = np.arange(n, dtype=np.uint64)
    return numbers * 0 + 7, numbers * 0 + 1, numbers // 100, numbers


def test_numbers_are_normal_and_independent_within_an_event():
    first, second = normal(identity(20_000), np.full(20_000, 2), "jer").reshape(-1, 2).T
    assert kstest(first, "norm").pvalue > 1e-3
    assert kstest(second, "norm").pvalue > 1e-3
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / np.sqrt(20_000)


def test_numbers_belong_to_the_jet_whatever_the_chunk():
    number = np.random.default_rng(1).integers(0, 5, 500)
    whole = normal(identity(500), number, "jer")
    parts = [
        normal(tuple(column[part] for column in identity(500)), number[part], "jer")
        for part in (slice(0, 123), slice(123, None))
    ]
    np.testing.assert_array_equal(whole, np.concatenate(parts))
    assert not np.isin(normal(identity(500), number, "jmr"), whole).any()


def test_smearing_widens_in_quadrature():
    resolution, scale, n = 0.08, 1.25, 50_000
    factor = smear(np.full(n, resolution), np.full(n, scale), normal(identity(n), np.ones(n, int), "jer"))
    expected = resolution * np.sqrt(scale**2 - 1)
    assert factor.std() == pytest.approx(expected, abs=4 * expected / np.sqrt(2 * n))
    assert factor.mean() == pytest.approx(1, abs=4 * expected / np.sqrt(n))


def test_stretching_widens_jets_with_a_partner():
    rng = np.random.default_rng(2)
    generated = rng.uniform(400, 800, 50_000)
    pt = generated * rng.normal(1, 0.08, len(generated))
    widened = pt * stretch(pt, generated, np.full(len(pt), 1.25))
    assert (widened / generated).std() == pytest.approx((pt / generated).std() * 1.25, rel=1e-9)


def test_no_jet_turns_around():
    assert smear(np.array([3.0]), np.array([2.0]), np.array([-1.0]))[0] == 0.01
    assert stretch(np.array([100.0]), np.array([900.0]), np.array([1.5]))[0] == 0.01


def test_partners_are_near_in_angle_and_pt(make_events):
    """pT 600 and 500 at eta 0.5 and -0.25, phi 1 and -2; the resolution is 10 per cent."""
    index = np.array([[0, 1], [0, -1], [1, 0], [0, 1], [9, 1]], np.int32)
    generated = {
        "pt": ak.values_astype([[590, 360], [421, 500], [500, 590], [590, 349], [590, 510]], np.float32),
        "eta": ak.values_astype([[0.4, -0.25]] * 2 + [[-0.25, 0.89]] + [[0.91, -0.25]] * 2, np.float32),
        "phi": ak.values_astype(
            [[1.0, -2.0]] * 2 + [[-2.0, 1.0]] + [[1.0, -2.0 + 2 * np.pi]] * 2, np.float32
        ),
    }
    file = make_events(n=5, jets={"genJetAK8Idx": index}, GenJetAK8=generated)
    events = open_events(file)
    pt = np.tile([600.0, 500.0], 5)
    partner = partner_pt(events, pt, np.full(10, 0.1)).reshape(-1, 2)
    nan = np.nan
    np.testing.assert_array_equal(partner, [[590, 360], [421, nan], [590, 500], [nan, nan], [nan, 510]])

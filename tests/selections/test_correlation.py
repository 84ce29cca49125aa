from itertools import combinations

import awkward as ak
import numpy as np
import pytest
from dijethunt.datasets.jagged import flat
from dijethunt.datasets.nanoaod import open_events
from dijethunt.selections.constituent import Constituents, collect
from dijethunt.selections.correlation import c2, d2, n2

THREE = [(100, 0.0, 0.0), (50, 0.3, 0.0), (30, 0.0, 0.4)]
"""Distances 0.3, 0.4 and 0.5."""


def triangle(side):
    return [(60, 0.0, 0.0), (60, side, 0.0), (60, side / 2, side * np.sqrt(3) / 2)]


def test_three_candidates_by_hand(make_jets):
    e2 = (100 * 50 * 0.3 + 100 * 30 * 0.4 + 50 * 30 * 0.5) / 180**2
    e3 = 100 * 50 * 30 * 0.3 * 0.4 * 0.5 / 180**3
    two_angles = 100 * 50 * 30 * 0.3 * 0.4 / 180**3
    found = make_jets(THREE, [])
    assert c2(found)[0] == pytest.approx([e3 / e2**2, 0], rel=1e-6)
    assert d2(found)[0] == pytest.approx([e3 / e2**3, 0], rel=1e-6)
    assert n2(found)[0] == pytest.approx([two_angles / e2**2, 0], rel=1e-6)


def test_equal_candidates_in_a_triangle(make_jets):
    """All angles R, all shares 1/3: e2 = R/3, e3 = R^3/27, so C2 = R/3, D2 = 1 and N2 = 1/3 for every R."""
    found = make_jets(triangle(0.3), triangle(0.1))
    assert c2(found)[0] == pytest.approx([0.1, 0.1 / 3], rel=1e-6)
    assert d2(found)[0] == pytest.approx([1, 1], rel=1e-6)
    assert n2(found)[0] == pytest.approx([1 / 3, 1 / 3], rel=1e-6)


@pytest.mark.parametrize("correlation", [c2, d2, n2])
def test_fewer_than_three_candidates_give_zero(make_jets, correlation):
    assert correlation(make_jets(THREE[:1], THREE[:2])).tolist() == [[0, 0]]
    assert correlation(make_jets([], [])).tolist() == [[0, 0]]
    assert correlation(make_jets()).shape == (0, 2)


def test_soft_radiation_at_wide_angle_raises_d2(make_jets):
    """A third prong of share z at distance of order one changes e3 by order z, e2 hardly (arXiv:1409.6298)."""
    prongs = [(100, 0.0, 0.0), (100, 0.05, 0.0)]
    weak, strong = ([*prongs, (pt, 0.0, 0.5)] for pt in (0.2, 0.4))
    sums = [prong_sums(pt / (200 + pt)) for pt in (0.2, 0.4)]
    values = d2(make_jets(weak, strong))[0]
    assert values == pytest.approx([three / e2**3 for e2, three in sums], rel=1e-5)
    assert 1.5 < values[1] / values[0] < 2


def test_real_jets_agree_with_sums_over_candidates(real_data):
    events = open_events(real_data / "nanoaod" / "pfnano.root")
    found = collect(events, np.arange(24).reshape(12, 2))
    for correlation, slow in ((c2, slow_c2), (d2, slow_d2), (n2, slow_n2)):
        values = correlation(found).reshape(-1)
        for jet in (9, 13, 22, 23):  # jets of few candidates
            assert values[jet] == pytest.approx(slow(found.momentum[found.jet == jet]), rel=1e-6)


def test_groomed_n2_is_what_cms_stores(real_data):
    """N2 of the candidates that soft drop leaves agrees with FatJet_n2b1, which is made so in CMS."""
    events = open_events(real_data / "nanoaod" / "pfnano.root")
    jets = np.arange(24).reshape(12, 2)
    stored = flat(events.FatJet.n2b1)
    ratio = (n2(groomed(collect(events, jets))).reshape(-1) / stored)[stored > 0]
    assert len(ratio) == 20
    assert np.median(np.abs(ratio - 1)) < 2e-3
    assert np.abs(ratio - 1).max() < 0.05


def prong_sums(share):
    """Return e2 and e3 of two equal prongs at distance 0.05 with a third one of a share at right angles, at 0.5."""
    hard, far = (1 - share) / 2, np.hypot(0.05, 0.5)
    return hard**2 * 0.05 + hard * share * (0.5 + far), hard**2 * share * 0.05 * 0.5 * far


def groomed(found):
    """Return the candidates that soft drop with beta = 0 and z = 0.1 leaves."""
    kept = found.clustering.sequence.exclusive_jets_softdrop_grooming(
        njets=1, beta=0.0, symmetry_cut=0.1, R0=0.8
    ).constituents
    size = ak.to_numpy(ak.num(kept.px)).reshape(found.size.shape)
    momentum = np.stack([flat(kept[name]) for name in ("E", "px", "py", "pz")], axis=-1)
    pt = np.hypot(momentum[:, 1], momentum[:, 2])
    return Constituents(
        size, momentum, pt, np.arcsinh(momentum[:, 3] / pt), np.arctan2(*momentum[:, [2, 1]].T)
    )


def slow_sums(momentum):
    energy, px, py, pz = momentum.T
    pt, y, phi = np.hypot(px, py), np.arctanh(pz / energy), np.arctan2(py, px)
    share = pt / pt.sum()
    distance = {}
    for i, j in combinations(range(len(pt)), 2):
        dphi = abs(phi[i] - phi[j])
        distance[i, j] = np.hypot(y[i] - y[j], min(dphi, 2 * np.pi - dphi))
    e2 = sum(share[i] * share[j] * r for (i, j), r in distance.items())
    three = two = 0.0
    for i, j, k in combinations(range(len(pt)), 3):
        angles = sorted([distance[i, j], distance[i, k], distance[j, k]])
        three += share[i] * share[j] * share[k] * np.prod(angles)
        two += share[i] * share[j] * share[k] * angles[0] * angles[1]
    return e2, three, two


def slow_c2(momentum):
    e2, three, _ = slow_sums(momentum)
    return three / e2**2


def slow_d2(momentum):
    e2, three, _ = slow_sums(momentum)
    return three / e2**3


def slow_n2(momentum):
    e2, _, two = slow_sums(momentum)
    return two / e2**2

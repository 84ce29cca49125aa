import numpy as np
import pytest
from dijethunt.selections.lund import N_SPLITTINGS, lund, n_lund

TWO = [(100, 0.0, 0.0), (50, 0.3, 0.0)]
THREE = [*TWO, (30, 0.0, 0.4)]


def test_two_prongs_are_one_splitting(make_jets):
    """Delta = 0.3 and kt = 50 x 0.3 = 15 GeV."""
    found = make_jets(TWO, TWO[:1])
    assert n_lund(found).tolist() == [[1, 0]]
    plane = lund(found)
    assert plane[0, 0, 0] == pytest.approx([np.log(1 / 0.3), np.log(15)])
    assert not plane[0, 0, 1:].any()
    assert not plane[0, 1].any()


def test_three_prongs_by_hand(make_jets):
    """The two hardest merge at rapidity artanh(50 sinh 0.3 / (100 + 50 cosh 0.3)) = 0.10033; the third is apart."""
    outer = np.hypot(0.10033, 0.4)
    found = make_jets(THREE, [])
    expected = [[np.log(1 / outer), np.log(30 * outer)], [np.log(1 / 0.3), np.log(15)]]
    assert lund(found)[0, 0, :2] == pytest.approx(np.array(expected), rel=1e-4)
    assert n_lund(found).tolist() == [[2, 0]]


def test_only_the_harder_branch_is_followed(make_jets):
    """Of two prongs that each split again, the splitting of the softer one is not on the primary plane."""
    hard = [(100, 0.0, 0.0), (40, 0.1, 0.0)]
    soft = [(30, 0.0, 0.6), (20, 0.05, 0.6)]
    found = make_jets(hard + soft, [])
    assert n_lund(found)[0, 0] == 2
    assert lund(found)[0, 0, 1] == pytest.approx([np.log(1 / 0.1), np.log(4)])


def test_splittings_come_by_falling_angle_and_are_cut_at_the_size(make_jets, random_jet):
    found = make_jets(random_jet(seed=1), random_jet(seed=2))
    plane, number = lund(found), n_lund(found)
    assert plane.shape == (1, 2, N_SPLITTINGS, 2)
    for jet in range(2):
        n = int(number[0, jet])
        assert 5 < n < 30
        assert (np.diff(plane[0, jet, :n, 0]) > 0).all()
        assert plane[0, jet, n:].tolist() == [[0, 0]] * (N_SPLITTINGS - n)
    np.testing.assert_array_equal(lund(found, size=3), plane[:, :, :3])


def test_splittings_without_angle_are_left_out(make_jets):
    found = make_jets([(100, 0.5, 1.0), (50, 0.5, 1.0)], [(100, 0.0, 0.0), (50, 0.0, 0.0), (10, 0.2, 0.0)])
    assert n_lund(found).tolist() == [[0, 1]]
    assert np.isfinite(lund(found)).all()
    assert lund(found)[0, 1, 0] == pytest.approx([np.log(5), np.log(2)])


def test_the_plane_does_not_depend_on_where_the_jet_is(make_jets, random_jet):
    jet = random_jet(seed=3)
    moved = [(pt, eta - 0.9, (phi + 4.5 + np.pi) % (2 * np.pi) - np.pi) for pt, eta, phi in jet]
    here, there = lund(make_jets(jet, moved))[0]
    np.testing.assert_allclose(here, there, rtol=1e-6, atol=1e-6)

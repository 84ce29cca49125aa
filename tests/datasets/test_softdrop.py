"""Soft drop by walking down trees, compared with FastJet's own and with jets whose groomed mass is known."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest
from dijethunt.datasets.jagged import owners
from dijethunt.datasets.jet import kinematics, sequence
from dijethunt.datasets.softdrop import CAMBRIDGE_AACHEN, SYMMETRY_CUT, Branches, Groomed, groom, tree


def momenta(particles: list[tuple[float, float, float]]) -> np.ndarray:
    """Return E, px, py, pz (4, n) of massless particles (pt, eta, phi)."""
    pt, eta, phi = np.array(particles, dtype=np.float64).T
    return np.stack([pt * np.cosh(eta), pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)])


def summed(momentum: np.ndarray, branches: Branches) -> np.ndarray:
    owner = owners(branches.size)
    return np.stack([np.bincount(owner, part[branches.members]) for part in momentum])


def groomed(momentum: np.ndarray, size: np.ndarray) -> Groomed:
    return groom(tree(sequence(momentum, size, CAMBRIDGE_AACHEN), momentum, size))


def shower(jets: int = 300, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Make jets of up to 60 particles with steeply falling momenta; some have one or two."""
    rng = np.random.default_rng(seed)
    size = rng.integers(1, 60, jets)
    size[:10], size[10:20] = 1, 2
    number = int(size.sum())
    pt = np.minimum(0.5 * rng.random(number) ** -1.2, 300.0)
    eta, phi = rng.normal(0.0, 0.3, (2, number))
    return momenta(list(zip(pt, eta, phi, strict=True))), size


def test_equal_to_the_soft_drop_of_fastjet() -> None:
    momentum, size = shower()
    clustered = sequence(momentum, size, CAMBRIDGE_AACHEN)
    expected = clustered.exclusive_jets_softdrop_grooming(
        njets=1, beta=0.0, symmetry_cut=SYMMETRY_CUT, R0=0.8
    )
    found = groom(tree(clustered, momentum, size))
    pt, _, _, mass = kinematics(summed(momentum, found.whole))
    np.testing.assert_allclose(pt, ak.to_numpy(expected.ptsoftdrop), rtol=1e-9)
    np.testing.assert_allclose(mass, ak.to_numpy(expected.msoftdrop), atol=1e-4)
    np.testing.assert_array_equal(found.whole.size, ak.to_numpy(ak.num(expected.constituents)))
    pairs = kinematics(summed(momentum, found.subjets))[0].reshape(-1, 2)
    share = pairs[:, 1] / pairs.sum(axis=1)
    split = found.subjets.jet[::2]
    np.testing.assert_allclose(share, ak.to_numpy(expected.symmetrysoftdrop)[split], rtol=1e-9)
    assert 200 < len(split) < 300


def test_subjets_are_all_of_the_groomed_jet() -> None:
    momentum, size = shower()
    found = groomed(momentum, size)
    whole = np.split(found.whole.members, np.cumsum(found.whole.size)[:-1])
    parts = np.split(found.subjets.members, np.cumsum(found.subjets.size)[:-1])
    for jet, one, two in zip(found.subjets.jet[::2], parts[::2], parts[1::2], strict=True):
        assert sorted([*one, *two]) == sorted(whole[jet])


def test_two_prongs_and_soft_radiation() -> None:
    """Prongs of 500 and 300 GeV, 0.4 apart, each of two particles; 20 GeV at wide angle are dropped."""
    hard = [(400.0, 0.2, 0.0), (100.0, 0.2, 0.01), (250.0, -0.2, 0.0), (50.0, -0.2, 0.01)]
    momentum = momenta([(20.0, 0.0, 0.7), *hard])
    found = groomed(momentum, np.array([5]))
    assert set(found.whole.members) == {1, 2, 3, 4}
    assert found.subjets.size.tolist() == [2, 2]
    assert set(found.subjets.members[:2]) == {1, 2}
    mass = kinematics(summed(momentum, found.whole))[3][0]
    assert mass == pytest.approx(np.sqrt(2 * 500 * 300 * (np.cosh(0.4) - 1)), rel=1e-3)


@pytest.mark.parametrize(
    "particles", [[(100.0, 0.0, 0.0)], [(100.0, 0.0, 0.0), (5.0, 0.3, 0.0), (3.0, -0.3, 0.0)]]
)
def test_jets_of_one_prong_have_no_subjets(particles: list[tuple[float, float, float]]) -> None:
    found = groomed(momenta(particles), np.array([len(particles)]))
    assert found.whole.members.tolist() == [0]
    assert len(found.subjets.jet) == len(found.subjets.members) == 0


def test_jets_do_not_depend_on_their_neighbours() -> None:
    momentum, size = shower(20)
    together = groomed(momentum, size)
    last = momentum[:, size[:-1].sum() :]
    alone = groomed(last, size[-1:])
    np.testing.assert_array_equal(
        alone.whole.members + size[:-1].sum(), together.whole.members[-alone.whole.size[0] :]
    )

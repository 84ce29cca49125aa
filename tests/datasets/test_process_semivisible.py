"""Semi-visible jets: the dark sector that is asked for is the one that Pythia makes."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest
from dijethunt.datasets.detector import Detector, simulate_detector
from dijethunt.datasets.generator import Generator, common, start
from dijethunt.datasets.jagged import starts
from dijethunt.datasets.process import ProcessError, SemiVisible, make_process
from dijethunt.datasets.process_semivisible import PSEUDOSCALARS, VECTORS, by_mass
from dijethunt.datasets.reconstruction import dijet, find_jets

MESONS = (*PSEUDOSCALARS, *VECTORS)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"r_inv": 1.2}, "r_inv of svj is 1.2; allowed: 0 to 1"),
        ({"m_dark": 5.0}, "a dark meson of 5 GeV is too light .*; allowed: 10 GeV or more"),
        ({"m_dark": 300.0}, "dark mesons of 300 GeV do not make a shower; allowed: up to 200 GeV"),
        ({"mass": 15.0}, "Z' of 15 GeV cannot decay to a dark quark of 10 and another of 10 GeV"),
        ({"width": -0.1}, "relative width of svj"),
    ],
)
def test_impossible_dark_sector_is_refused(parameters: dict[str, float], message: str) -> None:
    with pytest.raises(ProcessError, match=message):
        make_process("svj", **parameters)


def records(process: SemiVisible, n: int = 60) -> ak.Array:
    """Event records in which the dark sector has decayed, without showers of quarks."""
    settings = (*process.settings(), "PartonLevel:ISR = off", "ParticleDecays:FSRinDecays = off")
    return start((*common(3, mpi=False), *settings), None).nextBatch(n).prt


@pytest.mark.parametrize(("r_inv", "m_dark"), [(0.0, 20.0), (0.3, 20.0), (0.75, 50.0), (1.0, 10.0)])
def test_mesons_have_their_mass_and_decay_unseen_as_often_as_asked_for(r_inv: float, m_dark: float) -> None:
    events = records(SemiVisible(m_dark=m_dark, r_inv=r_inv))
    meson = np.isin(np.abs(ak.to_numpy(ak.flatten(events.id))), MESONS)
    meson = ak.unflatten(meson, ak.num(events.id)) & (events.status < 0)
    masses = ak.to_numpy(ak.flatten(events.m[meson]))
    first = np.abs(ak.to_numpy(ak.flatten(events.id[events.daughter1[meson]])))
    unseen = np.isin(first, (51, 53))
    assert len(masses) > 500
    np.testing.assert_allclose(masses, m_dark, rtol=0.01)
    assert np.mean(unseen) == pytest.approx(r_inv, abs=4 * np.sqrt(r_inv * (1 - r_inv) / len(unseen)))


def test_vector_mesons_are_three_times_as_frequent() -> None:
    kind = np.abs(ak.to_numpy(ak.flatten(records(SemiVisible()).id)))
    vectors = np.isin(kind, VECTORS).sum()
    assert vectors / (vectors + np.isin(kind, PSEUDOSCALARS).sum()) == pytest.approx(0.75, abs=0.05)


def test_unseen_mesons_take_energy_away() -> None:
    """What is seen in the transverse plane is unbalanced when mesons vanish."""

    def imbalance(r_inv: float) -> float:
        particles = Generator(SemiVisible(r_inv=r_inv), 3, mpi=False).batch(60).particles
        seen = particles.where(~np.isin(np.abs(particles.pdg_id), (12, 14, 16, 51, 53)))
        total = [np.bincount(seen.event, p, minlength=60) for p in (seen.px, seen.py)]
        return float(np.median(np.hypot(*total)))

    assert imbalance(0.0) < 60
    assert imbalance(0.5) > 150


def test_pseudoscalars_prefer_heavy_quarks() -> None:
    shares = by_mass(20.0)
    assert sum(shares.values()) == pytest.approx(1.0)
    assert shares[5] > 0.85
    assert by_mass(10.0)[5] < shares[5]  # less phase space


def test_dark_force_is_that_of_the_published_search() -> None:
    assert SemiVisible(m_dark=20.0).confinement == pytest.approx(35.15, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize(("r_inv", "median"), [(0.0, 2600.0), (0.3, 1690.0), (0.5, 1240.0), (0.75, 850.0)])
def test_dijet_mass_falls_with_the_unseen_share(r_inv: float, median: float) -> None:
    detector, rng = Detector(), np.random.default_rng(3)
    particles = Generator(SemiVisible(r_inv=r_inv), 5, mpi=False).batch(1500).particles
    _, jets = find_jets(simulate_detector(particles, detector, rng), detector, rng)
    number = np.bincount(jets.event, minlength=jets.events)
    first = starts(number)[number >= 2]
    mjj, deta = dijet(jets, first, first + 1)
    central = mjj[deta < 1.3]
    found, above = float(np.median(central)), np.sum(central > 1200) / 1500
    print(f"r_inv {r_inv}: median m_jj {found:.0f} GeV, above 1200 GeV {above:.3f}")  # noqa: T201
    assert found == pytest.approx(median, rel=0.06)

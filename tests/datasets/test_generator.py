"""Pythia as it is set up here: cross sections with vetoes, decay angles, seeds, messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import awkward as ak
import numpy as np
import pytest
from dijethunt.datasets.generator import (
    PICOBARN,
    Collisions,
    Generator,
    GeneratorError,
    common,
    refusal,
    start,
)
from dijethunt.datasets.hook import DijetHook, make_hook
from dijethunt.datasets.process import QCD, XYY, DijetVeto, Process, X, Y

HARD_ONLY = "PartonLevel:all = off"
NO_SHOWER = (
    "PartonLevel:ISR = off",
    "PartonLevel:FSR = off",
    "HadronLevel:all = off",
    "BeamRemnants:primordialKT = off",
)


@dataclass(frozen=True)
class Broken(QCD):
    """A process with settings that Pythia does not take."""

    lines: tuple[str, ...] = ()

    def settings(self) -> tuple[str, ...]:
        return self.lines


def pythia_for(process: Process, *extra: str, hook: Any = None) -> Any:
    """Start Pythia with further settings."""
    return start((*common(7, mpi=False), *process.settings(), *extra), hook)


def cross_section(pythia: Any) -> float:
    return float(pythia.infoPython().sigmaGen() * PICOBARN)


@pytest.fixture(scope="module")
def collisions() -> Collisions:
    return Generator(QCD(), 11, mpi=False).batch(150)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("HardQCD:al = on",), r"'HardQCD:al = on': PYTHIA Error: input string not found"),
        (("HardQCD:all = maybe", "Nonsense"), "Nonsense"),
    ],
)
def test_wrong_setting_is_reported_in_the_words_of_pythia(lines: tuple[str, ...], message: str) -> None:
    with pytest.raises(GeneratorError, match=message):
        Generator(Broken(lines=lines), 1)


def test_nothing_to_generate_is_reported_in_the_words_of_pythia(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(GeneratorError, match="no process switched on"):
        Generator(Broken(), 1)
    assert capfd.readouterr().out == ""


def test_same_seed_gives_the_same_collisions(collisions: Collisions) -> None:
    again, other = Generator(QCD(), 11, mpi=False).batch(150), Generator(QCD(), 12, mpi=False).batch(150)
    for name, value in vars(collisions.particles).items():
        np.testing.assert_array_equal(value, getattr(again.particles, name))
    assert not np.array_equal(collisions.hard["x1"], other.hard["x1"])


def test_energy_and_momentum_are_conserved(collisions: Collisions) -> None:
    particles = collisions.particles
    for name, expected in (("energy", 13_000.0), ("px", 0.0), ("py", 0.0), ("pz", 0.0)):
        total = np.bincount(particles.event, getattr(particles, name), minlength=particles.events)
        np.testing.assert_allclose(total, expected, atol=0.05)


def test_hard_process_is_above_its_limit(collisions: Collisions) -> None:
    assert collisions.hard["binvar"].min() > QCD().pt_hat_min()
    assert collisions.hard["binvar"].min() < 1.3 * QCD().pt_hat_min()


def test_strange_hadrons_decay_in_flight(collisions: Collisions) -> None:
    kind = np.abs(collisions.particles.pdg_id)
    assert np.sum(kind == 310) < 0.35 * np.sum(kind == 130)  # as many are made of both
    assert not np.isin(kind, (111, 221, 411, 421, 511, 521)).any()
    assert np.hypot(collisions.particles.x, collisions.particles.y).max() < 1290.1


def test_multiparton_interactions_make_more_particles(collisions: Collisions) -> None:
    with_mpi = Generator(QCD(), 11, mpi=True).batch(40)
    assert len(with_mpi.particles.px) / 40 > 1.6 * len(collisions.particles.px) / 150


def test_cross_section_counts_the_shower_veto() -> None:
    """The cross section is that of the collisions that come out, not of those that were tried."""
    asked: list[bool] = []

    class Counted(DijetHook):
        def doVetoPT(self, stage: int, event: Any) -> bool:
            asked.append(super().doVetoPT(stage, event))
            return asked[-1]

    veto = QCD().veto
    assert isinstance(veto, DijetVeto)
    hook = Counted(veto)
    hooked = pythia_for(QCD(), "HadronLevel:all = off", hook=hook)
    free = pythia_for(QCD(), HARD_ONLY)
    hooked.nextBatch(300)
    free.nextBatch(20_000)
    kept = 1 - np.mean(asked)
    assert 0.05 < kept < 0.5
    assert cross_section(hooked) == pytest.approx(kept * cross_section(free), rel=0.06)


def test_weights_are_those_that_the_hook_sums() -> None:
    """Without a veto what comes out is what is tried, and the weights of the hook are those of Pythia."""
    process = QCD(bias=4.5)
    hook = DijetHook(DijetVeto(0.0, None, 50.0), process.weighting)
    batch = pythia_for(process, HARD_ONLY, hook=hook).nextBatch(500)
    weights = ak.to_numpy(batch.info.weights[:, 0])
    assert weights.std() > 0.2 * weights.mean()
    assert hook.tried.sumw == pytest.approx(weights.sum(), rel=1e-5)
    assert hook.tried.sumw2 == pytest.approx(np.sum(weights**2), rel=1e-5)


def test_weighted_and_unweighted_cross_sections_agree() -> None:
    """That of the collisions that come out of the veto, where Pythia itself is far off with weights."""
    plain, weighted = Generator(QCD(), 21, mpi=False), Generator(QCD(bias=4.5), 22, mpi=False)
    plain.batch(600)
    weighted.batch(600)
    (expected, error), (found, found_error) = plain.cross_section(), weighted.cross_section()
    assert error / expected < 0.06
    assert found_error / found < 0.10
    assert found == pytest.approx(expected, abs=3 * np.hypot(error, found_error))
    own = cross_section(weighted._pythia)
    assert own > 2 * expected


def test_cross_section_of_weighted_events_is_reproducible() -> None:
    found = []
    for _ in range(2):
        generator = Generator(QCD(bias=4.5), 23, mpi=False)
        generator.batch(20)
        found.append(generator.cross_section())
    assert found[0] == found[1]


def test_first_setting_that_is_refused_is_found() -> None:
    assert refusal(["HardQCD:all = on", "25:m0 = 125"]) is None
    mistake = refusal(["HardQCD:all = on", "25:mm = 125", "Nonsense = 1"])
    assert mistake is not None
    assert mistake[0] == 1
    assert "PYTHIA Error: input property not found" in mistake[1]


@pytest.mark.parametrize(("angle", "expected"), [("sin2", 1 / 5), ("flat", 1 / 3)])
def test_decay_angle_of_the_resonance(angle: str, expected: float) -> None:
    """The mean of cos^2(theta*) is 1/5 for sin^2(theta*) and 1/3 for a flat distribution."""
    process = XYY(angle=angle)  # type: ignore[arg-type]
    hook = make_hook(process.veto, np.random.default_rng(1))
    pythia = pythia_for(process, *NO_SHOWER, hook=hook)
    records = pythia.nextBatch(4000).prt
    x, y = (records[np.abs(records.id) == particle][:, 0].p for particle in (X, Y))
    mass = np.sqrt(x.e**2 - x.pz**2)
    longitudinal = (y.pz * x.e - y.e * x.pz) / mass
    cosine2 = ak.to_numpy(longitudinal**2 / (y.px**2 + y.py**2 + longitudinal**2))
    assert np.mean(cosine2) == pytest.approx(expected, abs=0.012)
    assert np.abs(np.mean(cosine2 > 0.5)) == pytest.approx(0.1161 if angle == "sin2" else 0.2929, abs=0.02)

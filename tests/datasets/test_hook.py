"""Hooks on their own; what they do to cross sections and angles is tested with the generator."""

from __future__ import annotations

import numpy as np
import pytest
from dijethunt.datasets.hook import AngleHook, DijetHook, JetHook, make_hook, parton_jets, sine_squared
from dijethunt.datasets.process import AngleVeto, DijetVeto, X
from dijethunt.datasets.process_contract import JetVeto, TransverseVeto, Weighting
from pythia8mc import Vec4


def parton(pt: float, eta: float, phi: float) -> Vec4:
    return Vec4(pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta), pt * np.cosh(eta))


def test_each_veto_has_its_hook() -> None:
    rng = np.random.default_rng(1)
    assert isinstance(make_hook(DijetVeto(1800.0, 1.4, 50.0), rng), DijetHook)
    assert isinstance(make_hook(JetVeto(500.0, 2.3, 30.0), rng), JetHook)
    assert isinstance(make_hook(AngleVeto(X, 2), rng), AngleHook)
    assert isinstance(make_hook(TransverseVeto(X), rng), AngleHook)
    assert make_hook(None, rng) is None


class Parton:
    """A parton of an event record."""

    def __init__(self, momentum: Vec4, final: bool = True) -> None:
        self._momentum, self._final = momentum, final

    def p(self) -> Vec4:
        return self._momentum

    def isFinal(self) -> bool:
        return self._final


class Record(list[Parton]):
    """An event record; what comes before the hard partons is never looked at."""

    def __init__(self, *partons: Parton) -> None:
        super().__init__([Parton(Vec4(), False)] * 5 + list(partons))

    def size(self) -> int:
        return len(self)


@pytest.mark.parametrize(
    ("partons", "vetoed"),
    [
        ([(1000, 0.5, 0.0), (1000, -0.5, 3.1)], False),
        ([(1000, 0.5, 0.0), (700, -0.5, 3.1)], True),  # 1.9 TeV
        ([(800, 0.8, 0.0), (800, -0.8, 3.1)], True),  # 1.6 apart
        ([(500, 0.4, 0.0), (500, 0.6, 0.3), (1000, -0.5, 3.1)], False),  # two of them make one jet
        ([(500, 0.4, 0.0), (500, 0.6, 1.5), (1000, -0.5, 3.1)], True),  # these do not
    ],
)
def test_showers_are_dropped_by_their_jets(partons: list[tuple[float, float, float]], vetoed: bool) -> None:
    hook = DijetHook(DijetVeto(1950.0, 1.42, 50.0))
    assert hook.scaleVetoPT() == 50.0
    event = Record(
        *(Parton(parton(*values)) for values in partons), Parton(parton(3000, 0.0, 0.0), final=False)
    )
    assert hook.doVetoPT(0, event) is vetoed


@pytest.mark.parametrize(
    ("etas", "vetoed"),
    [
        ((0.0, 1.2), True),  # too near
        ((-0.7, 0.7), False),
        ((0.9, 2.6), False),
        ((1.3, 2.8), True),  # one is too far forward
    ],
)
def test_sideband_keeps_jets_far_apart(etas: tuple[float, float], vetoed: bool) -> None:
    hook = DijetHook(DijetVeto(1000.0, 5.12, 50.0, deta_min=1.28, eta_max=2.7))
    first, second = etas
    event = Record(Parton(parton(1000, first, 0.0)), Parton(parton(1000, second, 3.1)))
    assert hook.doVetoPT(0, event) is vetoed


@pytest.mark.parametrize(
    ("partons", "vetoed"),
    [
        ([(500, 0.5, 0.0), (400, -2.5, 3.1)], False),
        ([(500, 2.4, 0.0), (400, -0.5, 3.1)], True),  # the hard one is too far forward
        ([(300, 0.5, 0.0), (200, 0.4, 0.5), (400, -0.5, 3.1)], False),  # two of them make one jet
    ],
)
def test_jets_are_hard_and_central(partons: list[tuple[float, float, float]], vetoed: bool) -> None:
    hook = JetHook(JetVeto(480.0, 2.3, 30.0))
    event = Record(*(Parton(parton(*values)) for values in partons))
    assert (hook.canVetoPT(), hook.scaleVetoPT()) == (True, 30.0)
    assert hook.doVetoPT(0, event) is vetoed


def test_nothing_is_dropped_after_decays() -> None:
    event = Record(Parton(parton(100, 0.0, 0.0)), Parton(parton(100, 0.0, 3.1)))
    for hook in (JetHook(JetVeto(480.0, 2.3, 30.0)), DijetHook(DijetVeto(1000.0, 1.3, 50.0))):
        assert hook.doVetoPT(3, event) is True
        assert hook.doVetoPT(5, event) is False


def test_weights_of_all_that_is_tried_are_summed() -> None:
    plain, weighted = (DijetHook(DijetVeto(1000.0, 1.3, 50.0), w) for w in (None, Weighting(2.0, 800.0)))
    assert (plain.canVetoProcessLevel(), weighted.canVetoProcessLevel()) == (False, True)

    class Outgoing:
        def pT(self) -> float:
            return 400.0

    for _ in range(3):
        assert weighted.doVetoProcessLevel([None] * 5 + [Outgoing()]) is False
    assert (weighted.tried.sumw, weighted.tried.sumw2) == (12.0, 48.0)


def test_partons_are_clustered_within_the_radius_of_the_jets() -> None:
    partons = [parton(500, 0.0, 0.0), parton(200, 0.5, 0.0), parton(600, 0.0, 3.0), parton(190, 2.0, 1.5)]
    soft = [parton(160, -2.0, -1.5), parton(100, 1.5, -1.5)]
    jets = parton_jets([*partons, *soft])
    assert [round(jet.pt()) for jet in jets] == [700, 600, 190]


def test_sine_is_that_of_the_rest_frame() -> None:
    class Momentum:
        def __init__(self, e: float, px: float, py: float, pz: float, mass: float) -> None:
            values = {"e": e, "px": px, "py": py, "pz": pz, "m": mass}
            for name, value in values.items():
                setattr(self, name, lambda value=value: value)

    gamma, beta, momentum, energy, angle = 2.0, np.sqrt(0.75), 300.0, 500.0, 0.7
    pz = momentum * np.cos(angle)
    boosted = gamma * (pz + beta * energy), gamma * (energy + beta * pz)
    mother = Momentum(gamma * 1000.0, 0.0, 0.0, gamma * beta * 1000.0, 1000.0)
    daughter = Momentum(boosted[1], momentum * np.sin(angle), 0.0, boosted[0], 400.0)
    assert sine_squared(mother, daughter) == pytest.approx(np.sin(angle) ** 2)


@pytest.mark.parametrize(
    ("veto", "mean"),
    [(AngleVeto(X, 2), 1 / 5), (AngleVeto(X, 4), 1 / 7), (TransverseVeto(X), 2 / 5)],
)
def test_flat_angles_become_those_of_the_veto(veto: AngleVeto | TransverseVeto, mean: float) -> None:
    """The mean of cos^2 after keeping flat decays with the probability of the veto, which never exceeds 1."""
    cosine = np.linspace(-1, 1, 20_001)
    kept = np.array([veto.acceptance(1 - c**2) for c in cosine])
    assert np.average(cosine**2, weights=kept) == pytest.approx(mean, abs=1e-3)
    assert kept.max() == 1.0
    assert kept.min() >= 0.0


class Mother:
    """A resonance at rest that decays to a daughter at an angle."""

    def __init__(self, particle: int) -> None:
        self._particle = particle

    def id(self) -> int:
        return self._particle

    def daughter1(self) -> int:
        return 6


def test_only_decays_of_the_named_particle_are_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dijethunt.datasets.hook.sine_squared", lambda mother, daughter: 0.5)
    hook = AngleHook(AngleVeto(X, 4), np.random.default_rng(1))
    asked = [hook.doVetoResonanceDecays([None] * 5 + [Mother(X), None]) for _ in range(4000)]
    assert np.mean(asked) == pytest.approx(0.75, abs=0.03)
    others = [hook.doVetoResonanceDecays([None] * 5 + [Mother(25), None]) for _ in range(10)]
    assert not any(others)

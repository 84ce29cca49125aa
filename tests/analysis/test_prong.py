"""The two sides of an event are found whatever it was made by, and prongs are counted where they are."""

from __future__ import annotations

from typing import Any

import awkward as ak
import numpy as np
import pytest
from dijethunt.analysis.prong import decays, record, sides
from dijethunt.selections.dijet import Dijet

Particle = tuple[float, float, float, int, int, int]  # eta, phi, mass, id, status, mother

RESONANCE: list[Particle] = [  # W_KK -> R W, R -> W W, a W to leptons
    (0.0, 0.0, 3000, 34, 22, -1),
    (0.0, 0.0, 80, 24, 22, 0),
    (0.0, 3.1, 400, 9000003, 22, 0),
    (0.1, 0.1, 0, 1, 23, 1),
    (-0.1, 0.1, 0, -2, 23, 1),
    (0.0, 3.1, 80, 24, 22, 2),
    (0.0, -3.1, 80, -24, 22, 2),
    (0.3, 3.0, 0, 3, 23, 5),
    (0.2, -3.0, 0, -4, 23, 5),
    (0.0, 3.0, 0, 11, 23, 6),
    (0.0, 3.0, 0, -12, 23, 6),
]
TOPS: list[Particle] = [
    (0.0, 0.0, 173, 6, 22, -1),
    (0.0, 3.0, 172, -6, 22, -1),
    (0.0, 0.1, 80, 24, 22, 0),
    (0.1, 0.0, 5, 5, 23, 0),
    (0.0, 0.2, 0, 1, 23, 2),
    (0.0, -0.2, 0, -2, 23, 2),
    (2.0, 3.0, 5, -5, 23, 1),
    (0.0, 3.0, 80, -24, 22, 1),
    (0.1, 3.0, 0, 3, 23, 7),
    (-0.1, 3.0, 0, -4, 23, 7),
]
PARTONS: list[Particle] = [(0.0, 0.0, 0, 21, 23, -1), (0.0, 3.0, 0, 1, 23, -1)]
NOTHING: list[Particle] = []


def made(*events: list[Particle]) -> Any:
    """Make events whose two jets, of 600 and 500 GeV, lie at phi = 0 and 3."""
    names = ("eta", "phi", "mass", "pdgId", "status", "genPartIdxMother")
    flat = np.array([particle for event in events for particle in event], dtype=float).reshape(-1, 6)
    columns = {name: flat[:, i] if i < 3 else flat[:, i].astype(int) for i, name in enumerate(names)}
    columns["pt"] = np.full(len(flat), 100.0)
    number = [len(event) for event in events]
    particles = ak.zip({name: ak.unflatten(v, number) for name, v in columns.items()})
    jets = ak.zip({"eta": [[0.0, 0.0]] * len(events), "phi": [[0.0, 3.0]] * len(events)})
    return ak.zip({"GenPart": particles, "FatJet": jets}, depth_limit=1)


def pair(n: int) -> Dijet:
    """The dijets of all events, j1 at phi = 0."""
    return Dijet(np.arange(n), np.arange(2 * n).reshape(n, 2), np.ones(n), np.ones(n))


def test_daughters_of_a_resonance_are_the_sides() -> None:
    found = decays(made(RESONANCE), pair(1), 0.8)
    assert (found["d1_mass"], found["d2_mass"]) == (400, 80)
    assert (found["d1_id"], found["d2_id"]) == (9000003, 24)
    assert (found["d1_prongs"], found["d2_prongs"]) == (2, 2)  # leptons are no prongs
    assert found["leptons"] == 2
    assert (found["d1_jet"], found["d2_jet"]) == (1, 0)
    assert found["d2_reach"] == pytest.approx(np.hypot(0.1, 0.1))
    assert found["d1_reach"] == pytest.approx(np.hypot(0.2, 2 * np.pi - 6.0))  # across phi = pi


def test_pairs_of_the_hard_process_are_the_sides() -> None:
    found = decays(made(TOPS, PARTONS), pair(2), 0.8)
    assert found["d1_mass"].tolist() == [173, 0]
    assert found["d1_prongs"].tolist() == [3, 1]
    assert found["d2_prongs"].tolist() == [3, 1]
    assert found["d2_reach"][0] == pytest.approx(2.0)  # its bottom quark flew away
    assert found["j1_top"].tolist() == [True, False]
    assert found["j2_top"].tolist() == [False, False]
    assert found["j2_w"].tolist() == [True, False]
    assert found["j1_w_prongs"].tolist() == [2, 0]


def test_events_without_two_sides_have_none() -> None:
    found = decays(made(NOTHING, PARTONS, [*PARTONS, PARTONS[0]]), pair(3), 0.8)
    assert np.isnan(found["d1_mass"]).tolist() == [True, False, True]
    assert found["d1_prongs"].tolist() == [0, 1, 0]
    assert np.isinf(found["d1_reach"]).tolist() == [True, False, True]


def test_events_that_are_not_selected_are_left_out() -> None:
    events = made(RESONANCE, TOPS)
    second = Dijet(np.array([1]), np.array([[2, 3]]), np.ones(1), np.ones(1))
    one, both = decays(events, second, 0.8), decays(events, pair(2), 0.8)
    assert set(one) == set(both)
    for name, values in one.items():
        assert values.tolist() == both[name][1:].tolist(), name


def test_every_particle_below_a_side_belongs_to_it() -> None:
    found = record(made(RESONANCE))
    tops, side = sides(found, 1)
    assert tops.tolist() == [[2, 1]]
    assert side.tolist() == [-1, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0]

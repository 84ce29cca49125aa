"""PUPPI: alpha by hand, weights that are known beforehand, and nothing without pile-up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from dijethunt.datasets.detector import NEUTRAL_HADRON, PHOTON, PION, Flow
from dijethunt.datasets.puppi import alpha, puppi, weighted

LEADING, OTHER, NEUTRAL = "leading", "pile-up", "neutral"


def flow(*rows: tuple[str, float, float, float], event: Any = 0, kind: int = PHOTON) -> Flow:
    """Lay out candidates given by what they are, pT, eta and phi."""
    what = np.array([row[0] for row in rows])
    pt, eta, phi = np.array([row[1:] for row in rows], dtype=np.float64).T
    events = np.sort(np.broadcast_to(np.asarray(event, dtype=np.int64), pt.shape))
    charge = (what != NEUTRAL).astype(np.int8)
    pdg_id = np.where(charge != 0, PION, kind).astype(np.int32)
    nothing = np.zeros(len(pt))
    columns = (events, pt, eta, phi, nothing, pdg_id, charge, nothing, nothing, what == OTHER)
    return Flow(int(events.max()) + 1, *columns)


def crossing(*neutral: tuple[str, float, float, float], kind: int = PHOTON) -> Flow:
    """A hard jet at (0, 0), pile-up tracks around it and beside a few soft tracks, and some neutral candidates."""
    jet = [(LEADING, 50.0 + 10 * i, 0.03 * np.cos(i), 0.03 * np.sin(i)) for i in range(10)]
    ring = [(OTHER, 1.0, 0.37 * np.cos(a), 0.37 * np.sin(a)) for a in np.linspace(0, 6, 4)]
    soft = [(LEADING, 0.5 + 0.1 * i, -2.0 + 0.3 * i, 2.5) for i in range(8)]
    far = [(OTHER, 0.8, -2.0 + 0.05 * i, 2.3) for i in range(40)]
    return flow(*jet, *ring, *soft, *far, *neutral, kind=kind)


def weights(one: Flow, collisions: int = 20) -> Any:
    return puppi(one, np.full(one.events, collisions))


def test_alpha_by_hand() -> None:
    """Two tracks at 0.1 and 0.2; one at 0.5 and one at 0.005 do not count, nor does one of another event."""
    one = flow(
        (NEUTRAL, 3.0, 0.0, 3.1),
        (LEADING, 2.0, 0.1, 3.1),
        (LEADING, 5.0, 0.0, 3.3 - 2 * np.pi),
        (LEADING, 9.0, 0.5, 3.1),
        (LEADING, 9.0, 0.005, 3.1),
        (LEADING, 9.0, 0.05, 3.1),
        event=[0, 0, 0, 0, 0, 1],
    )
    value = alpha(one, one.charge == 0, one.charge != 0)
    np.testing.assert_allclose(value, [np.log((2.0 / 0.1) ** 2 + (5.0 / 0.2) ** 2)])


def test_alpha_of_a_lonely_candidate() -> None:
    one = flow((NEUTRAL, 3.0, 0.0, 0.0), (LEADING, 2.0, 1.0, 0.0))
    assert alpha(one, one.charge == 0, one.charge != 0).tolist() == [-np.inf]
    assert alpha(one, one.charge == 0, one.charge > 1).tolist() == [-np.inf]


def test_neutral_candidates_by_their_surroundings() -> None:
    core, far, beside = (NEUTRAL, 5.0, 0.01, 0.0), (NEUTRAL, 5.0, 1.2, -2.0), (NEUTRAL, 5.0, -1.85, 2.3)
    weight = weights(crossing(core, far, beside)).weight[-3:]
    assert weight[0] == pytest.approx(1.0, abs=0.01)
    assert weight[1] == 0.0
    assert weight[2] < 0.6


def test_tracks_by_their_vertex() -> None:
    one = weights(crossing())
    tracks = one.charge != 0
    np.testing.assert_array_equal(one.weight[tracks], np.where(one.pileup[tracks], 0.0, 1.0))


def test_weight_follows_the_chi_squared_distribution() -> None:
    """One reference below the median (by 2), one on it, one above: rms = root of 2, excess 1 sigma -> 68.3%."""
    near = np.array([0.3, 0.3 * np.exp(-1.0), 0.3 * np.exp(-1.5)])  # alpha rises by 2 and 3
    judged = 0.3 * np.exp(-1.0 - np.sqrt(2.0) / 2.0)
    one = flow(
        (LEADING, 1.0, 0.0, 0.0),
        *[(OTHER, 1.0, 0.0, d) for d in near],
        (NEUTRAL, 10.0, 0.0, -judged),
    )
    assert weights(one).weight[-1] == pytest.approx(0.6827, abs=1e-3)


def test_soft_neutral_candidates_are_cut_by_the_number_of_collisions() -> None:
    """The least weighted pT is 0.2 GeV + 0.015 GeV per vertex, of which there are 0.7 per collision."""
    one = crossing((NEUTRAL, 0.79, 0.01, 0.0))
    assert weights(one, 54).weight[-1] == pytest.approx(1.0, abs=0.01)
    assert weights(one, 58).weight[-1] == 0.0


@pytest.mark.parametrize(("kind", "pt", "kept"), [(PHOTON, 25.0, 1.0), (NEUTRAL_HADRON, 25.0, 0.0)])
def test_hard_photons_stay(kind: int, pt: float, kept: float) -> None:
    assert weights(crossing((NEUTRAL, pt, 1.2, -2.0), kind=kind)).weight[-1] == kept


def test_no_pileup_no_change() -> None:
    one = crossing((NEUTRAL, 0.1, 1.2, -2.0))
    clean = one.where(~one.pileup)
    assert puppi(clean, np.zeros(1, dtype=np.int64)) is clean
    np.testing.assert_array_equal(weighted(clean).pt, clean.pt)


def test_events_are_judged_on_their_own() -> None:
    """The same candidates beside an event without pile-up, and beside one where pile-up left no track."""
    core, far = (NEUTRAL, 5.0, 0.1, 0.0), (NEUTRAL, 5.0, 1.2, -2.0)
    one = crossing(core, far)
    bare = one.where(~one.pileup)
    both = Flow(
        2, **{n: np.concatenate([getattr(bare, n), getattr(one, n)]) for n in vars(one) if n != "events"}
    )
    both = replace(both, event=np.repeat([0, 1], [len(bare.pt), len(one.pt)]))
    for first in (0, 20):
        weight = puppi(both, np.array([first, 20])).weight
        np.testing.assert_array_equal(weight[: len(bare.pt)], 1.0)
        np.testing.assert_allclose(weight[len(bare.pt) :], weights(one).weight, rtol=1e-9)


def test_forward_candidates_are_judged_by_all_their_neighbours() -> None:
    edge = [(OTHER, 1.0, 1.75, 0.3 * i) for i in range(20)]
    crowd = [(NEUTRAL, 60.0, 4.0 + 0.1 * i, 1.0) for i in range(3)]
    lonely = (NEUTRAL, 60.0, -4.0, 1.0)
    weight = weights(flow(*edge, *crowd, lonely)).weight
    assert np.all(weight[20:23] > 0.9)
    assert weight[23] == 0.0


def test_weights_are_applied_to_momenta() -> None:
    one = replace(crossing(), weight=np.linspace(0.0, 1.0, 62), mass=np.ones(62))
    scaled = weighted(one)
    assert len(scaled.pt) == 61
    np.testing.assert_allclose(scaled.pt, (one.pt * one.weight)[1:])
    np.testing.assert_allclose(scaled.mass, one.weight[1:])
    np.testing.assert_array_equal(scaled.weight, one.weight[1:])

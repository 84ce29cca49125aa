"""Heavy hadrons in jets and subjets: in records written by hand, and in top quarks."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest
from dijethunt.datasets.detector import Detector, Flow, simulate_detector
from dijethunt.datasets.flavour import Hadrons, heavy_hadrons, tag
from dijethunt.datasets.generator import Collisions, Generator
from dijethunt.datasets.jet import Jets
from dijethunt.datasets.process import QCD, YHH, Process
from dijethunt.datasets.reconstruction import find_jets
from dijethunt.datasets.substructure import substructure


def record(lines: list[tuple[int, int, float]]) -> ak.Array:
    """Write one event of particles (pdgId, mother, pT) after the line of the whole event."""
    ids, mothers, pts = zip((90, 0, 0.0), *lines, strict=True)
    momentum = {"px": np.zeros(len(ids)), "py": np.array(pts), "pz": np.ones(len(ids))}
    return ak.Array([{"id": i, "mother1": m} for i, m in zip(ids, mothers, strict=True)]), momentum


def found(lines: list[tuple[int, int, float]]) -> list[bool]:
    """Return of each heavy hadron of an event whether it has a b quark."""
    particles, momentum = record(lines)
    fields = {"id": particles.id, "mother1": particles.mother1, "p": ak.zip(momentum)}
    events = ak.unflatten(ak.zip(fields, depth_limit=1), [len(particles)])
    return heavy_hadrons(events).bottom.tolist()


def test_last_hadron_of_each_kind_counts() -> None:
    """b -> B* -> B -> D* -> D: one of b, one of c."""
    chain = [(5, 0, 60.0), (513, 1, 50.0), (511, 2, 50.0), (-413, 3, 20.0), (-421, 4, 18.0), (211, 4, 1.0)]
    assert found(chain) == [True, False]


def test_mixing_and_baryons() -> None:
    assert found([(511, 0, 50.0), (-511, 1, 50.0), (5122, 0, 20.0), (4122, 3, 10.0)]) == [True, True, False]


@pytest.mark.parametrize("pdg_id", [5, 4, 5101, 4203, 521 + 1_000_000, 4900111, 9000111, 311, 3122, 23, 15])
def test_what_is_no_heavy_hadron(pdg_id: int) -> None:
    assert found([(pdg_id, 0, 50.0)]) == []


def test_soft_hadrons_do_not_count() -> None:
    assert found([(521, 0, 4.9), (521, 0, 5.1)]) == [True]


def flow_of_nothing() -> Flow:
    nothing, none = np.zeros(0), np.zeros(0, np.int64)
    return Flow(
        3,
        none,
        nothing,
        nothing,
        nothing,
        nothing,
        np.zeros(0, np.int32),
        np.zeros(0, np.int8),
        nothing,
        nothing,
    )


def jets(event: list[int], eta: list[float]) -> Jets:
    one = np.full(len(eta), 300.0)
    none = np.zeros(0, np.int64)
    return Jets(3, np.array(event), one, np.array(eta), 0 * one, one, none, np.zeros(len(eta), np.int64))


def test_hadrons_belong_to_the_nearest_jet_and_subjet() -> None:
    """Two jets in event 1 and one in event 2, with subjets 0.3 on either side of their axes."""
    fat = jets([1, 1, 2], [0.0, 1.0, 0.0])
    subjets = jets([0, 0, 1, 1], [-0.3, 0.3, 0.7, 1.3])
    eta = np.array([0.1, 0.6, -0.2, 0.05, 2.5, 0.0])
    hadrons = Hadrons(
        np.array([1, 1, 1, 2, 2, 0]), eta, np.zeros(6), np.array([True, True, False, False, True, True])
    )
    jet, subjet = tag(flow_of_nothing(), fat, subjets, hadrons, np.random.default_rng(1))
    assert jet.b.tolist() == [1, 1, 0]
    assert jet.c.tolist() == [1, 0, 1]
    assert jet.kind.tolist() == [5, 5, 4]
    assert subjet.b.tolist() == [0, 1, 1, 0]
    assert subjet.c.tolist() == [1, 0, 0, 0]
    assert set(jet.scores) == {
        "btagDeepB",
        *(f"btagDeepB_{name}" for name in ("bcUp", "bcDown", "lightUp", "lightDown")),
    }
    assert all(len(score) == 3 for score in jet.scores.values())


def share_of_b(process: Process, collisions: Collisions) -> tuple[float, float]:
    """Return how many b hadrons the two leading jets have together, and how many their subjets have of them."""
    flow = simulate_detector(collisions.particles, Detector(), np.random.default_rng(1))
    flow, found = find_jets(flow, Detector(), np.random.default_rng(1))
    subjets = substructure(flow, found).subjets
    jet, subjet = tag(flow, found, subjets, heavy_hadrons(collisions.records), np.random.default_rng(1))
    assert np.all(subjet.b <= jet.b[subjets.event])
    assert np.all(np.bincount(subjets.event, subjet.b, minlength=len(jet.b)) <= jet.b)
    return float(jet.b.sum() / flow.events), float(subjet.b.sum() / jet.b.sum())


def test_top_quarks_have_b_hadrons() -> None:
    """Four top quarks make four, most of them in jets; in QCD one event in ten has a pair."""
    number, inside = share_of_b(YHH(), Generator(YHH(), 3, mpi=False).batch(60))
    assert 3.0 < number < 4.3
    assert inside > 0.6
    assert share_of_b(QCD(), Generator(QCD(), 3, mpi=False).batch(60))[0] < 0.6

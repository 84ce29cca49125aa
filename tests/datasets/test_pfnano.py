"""Files of simulated events: what NanoAOD readers find in them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot
from coffea.nanoevents import NanoEventsFactory, PFNanoAODSchema
from dijethunt.datasets.error import FileError
from dijethunt.datasets.nanoaod import inspect
from dijethunt.datasets.pfnano import (
    RunRecord,
    numbered,
    read_chunks,
    read_provenance,
    read_records,
    write,
)
from dijethunt.datasets.process import XYY
from dijethunt.datasets.production import simulate_part
from dijethunt.datasets.recipe import NOT_FOR_PHYSICS, Recipe
from dijethunt.selections.groomed import subjet_mass

RECIPE = Recipe(XYY(mjj_min=2000.0), XYY(mjj_min=2000.0).cut, events=120, seed=3, mpi=False)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate_part(RECIPE, 0, tmp_path_factory.mktemp("pfnano") / "part.root")


def nano(path: Path, mode: str) -> Any:
    return NanoEventsFactory.from_root({str(path): "Events"}, schemaclass=PFNanoAODSchema, mode=mode).events()


@pytest.mark.parametrize("mode", ["eager", "virtual"])
def test_candidates_of_the_leading_jets_sum_to_them(sample: Path, mode: str) -> None:
    jets = nano(sample, mode).FatJet[:, :2]
    candidates = jets.constituents.pf
    whole = ak.flatten(jets.nConstituents == jets.nPFCandsAll)
    fields = {name: candidates[name] for name in ("pt", "eta", "phi", "mass")}
    vectors = ak.zip(fields, with_name="PtEtaPhiMLorentzVector", behavior=jets.behavior)
    total = vectors.sum(axis=-1)
    assert ak.mean(whole) > 0.9
    for name, tolerance in (("pt", 0.001), ("mass", 0.01)):
        ratio = ak.to_numpy(ak.flatten(getattr(total, name) / jets[name]))[ak.to_numpy(whole)]
        np.testing.assert_allclose(np.percentile(ratio, [5, 50, 95]), 1.0, atol=tolerance)


def test_candidates_are_ordered_limited_and_linked(sample: Path) -> None:
    with uproot.open(sample) as file:
        events = file["Events"].arrays()
    rank = ak.local_index(events.FatJet_pt)
    stored = ak.where(rank < 2, np.minimum(events.FatJet_nPFCandsAll, 100), 0)
    assert ak.all(events.FatJet_nConstituents == stored)
    assert ak.any(events.FatJet_nConstituents[rank >= 2] == 0)
    assert ak.max(events.FatJet_nPFCandsAll) > 80
    assert ak.all(ak.sum(events.FatJet_nConstituents, axis=1) == events.nFatJetPFCands)
    assert ak.all(events.FatJetPFCands_pFCandsIdx == ak.local_index(events.PFCands_pt))
    jet, pt = events.FatJetPFCands_jetIdx, events.PFCands_pt
    same = jet[:, 1:] == jet[:, :-1]
    assert ak.all((pt[:, 1:] <= pt[:, :-1])[same])
    assert ak.all((jet == 0) | (jet == 1))


def test_jets_look_like_those_of_nanoaod(sample: Path) -> None:
    jets = nano(sample, "eager").FatJet
    assert ak.all(jets.jetId == 6)
    assert ak.all(jets.rawFactor == 0)
    assert ak.all(jets.msoftdrop <= jets.mass * 1.001)
    tau = [jets[f"tau{number}"] for number in (1, 2, 3, 4)]  # as an attribute, tau2 is the mass squared
    assert all(ak.all(wide >= narrow) for wide, narrow in pairwise(tau))
    assert ak.all(jets.pt[:, :-1] >= jets.pt[:, 1:])
    assert ak.min(jets.pt) > 200


def test_selection_on_the_file_finds_the_events_asked_for(sample: Path) -> None:
    jets = nano(sample, "eager").FatJet
    first, second = (ak.values_astype(jets[:, i], np.float64) for i in (0, 1))
    passes = ((first + second).mass > 2000) & (np.abs(first.eta - second.eta) < 1.3)
    assert ak.sum(passes & (second.pt > 300)) == RECIPE.events
    assert len(jets) >= RECIPE.events


def test_soft_drop_mass_is_that_of_the_subjets(sample: Path) -> None:
    events = nano(sample, "eager")
    jets, mass = events.FatJet, ak.flatten(events.FatJet.msoftdrop)
    np.testing.assert_allclose(subjet_mass(events), mass, rtol=2e-3, atol=0.02)
    index = ak.to_numpy(ak.flatten(jets.subJetIdx1))
    assert np.mean(index >= 0) > 0.95
    assert np.all(ak.to_numpy(mass)[index < 0] == 0)
    assert ak.all(ak.num(events.SubJet) == 2 * ak.sum(jets.subJetIdx1 >= 0, axis=1))
    assert ak.all(jets.subJetIdx2 == ak.where(jets.subJetIdx1 >= 0, jets.subJetIdx1 + 1, -1))


def test_generated_jets_are_referred_to(sample: Path) -> None:
    events = nano(sample, "eager")
    leading, index = events.FatJet[:, :2], events.FatJet[:, :2].genJetAK8Idx
    assert ak.mean(index >= 0) > 0.97
    assert ak.all(index < ak.num(events.GenJetAK8))
    target = events.GenJetAK8[ak.mask(index, index >= 0)]
    response = ak.to_numpy(ak.drop_none(ak.flatten(leading.pt / target.pt)))
    assert np.median(response) == pytest.approx(1.0, abs=0.02)
    assert ak.all(events.GenJetAK8.pt[:, :-1] >= events.GenJetAK8.pt[:, 1:])
    assert ak.min(events.GenJetAK8.pt) >= 100


def test_particles_of_the_hard_process(sample: Path) -> None:
    particles = nano(sample, "eager").GenPart
    assert ak.all(ak.num(particles) == 7)
    assert ak.all(ak.sum(particles.genPartIdxMother == -1, axis=1) == 1)
    resonance = particles[particles.genPartIdxMother == -1][:, 0]
    daughters = particles[particles.genPartIdxMother == 0]
    assert set(resonance.pdgId.tolist()) == {5100039}
    total = daughters[:, 0] + daughters[:, 1]
    np.testing.assert_allclose(total.mass, resonance.mass, rtol=2e-3)
    assert ak.all(particles[daughters[:, 0].genPartIdxMother].pdgId[:, 0] == 5100039)


def test_flavour_and_scores(sample: Path) -> None:
    events = nano(sample, "eager")
    for jets in (events.FatJet, events.SubJet):
        for score in ("btagDeepB", *(f"btagDeepB_{v}" for v in ("bcUp", "bcDown", "lightUp", "lightDown"))):
            assert ak.all((jets[score] >= 0) & (jets[score] <= 1))
        assert ak.max(jets.nBHadrons) >= 1
        heavy = (jets.nBHadrons > 0) | (jets.nCHadrons > 0)
        assert 0.05 < ak.mean(heavy) < 0.6
        assert ak.mean(jets.btagDeepB[jets.nBHadrons > 0]) > 2 * ak.mean(jets.btagDeepB[~heavy])
    jets = events.FatJet
    expected = ak.where(jets.nBHadrons > 0, 5, ak.where(jets.nCHadrons > 0, 4, 0))
    assert ak.all(jets.hadronFlavour == expected)
    assert 0 < ak.mean(jets.lsf3 > 0) < 0.3
    assert ak.max(jets.lsf3) <= 1.001
    assert ak.all(events.Pileup.nPU == 0)
    assert ak.all(events.PFCands.puppiWeight == 1)


def test_chunk_without_entries_can_be_written(sample: Path, tmp_path: Path) -> None:
    """Types of branches do not depend on whether a chunk has subjets, particles or events at all."""
    chunk = next(iter(read_chunks(sample)))
    empty = {name: value[:0] for name, value in chunk.items()}
    bare = dict(chunk)
    for name in ("SubJet", "GenJetAK8", "GenPart", "PFCands", "FatJetPFCands"):
        bare[name] = chunk[name][ak.local_index(chunk[name], axis=1) < 0]
    write(tmp_path / "bare.root", [bare, empty, chunk], [], {})
    with uproot.open(sample) as one, uproot.open(tmp_path / "bare.root") as two:
        assert one["Events"].typenames() == two["Events"].typenames()
        assert two["Events"].num_entries == 2 * one["Events"].num_entries
        assert ak.sum(two["Events"]["nSubJet"].array()) == ak.sum(one["Events"]["nSubJet"].array())


def test_generator_record(sample: Path) -> None:
    record = read_records(sample)[0]
    generated = inspect(sample).generated
    assert generated is not None
    assert (generated.events, generated.sumw) == (record.events, record.sumw)
    assert generated.cross_section == pytest.approx(record.cross_section)
    assert record.sumw == record.events
    assert 0.5 < RECIPE.events / record.events < 0.9
    assert 0 < record.cross_section_error < 0.2 * record.cross_section


def test_origin_and_label_travel_with_the_file(sample: Path) -> None:
    origin = read_provenance(sample)
    assert origin["label"] == NOT_FOR_PHYSICS
    assert origin["settings"]["process"]["mass"] == 3000.0
    assert origin["settings"]["seed"] == 3
    assert origin["versions"]["pythia8mc"].startswith("8.317")
    with uproot.open(sample) as file:
        assert file["Events"].title == NOT_FOR_PHYSICS


def test_rewriting_changes_nothing_but_the_numbers(sample: Path, tmp_path: Path) -> None:
    record = RunRecord(10, 10.0, 1.5, 0.1)
    chunks = [*read_chunks(sample), *read_chunks(sample)]
    write(tmp_path / "twice.root", numbered(iter(chunks)), [record, record], {})
    with uproot.open(sample) as one, uproot.open(tmp_path / "twice.root") as two:
        assert one["Events"].keys() == two["Events"].keys()
        before, after = one["Events"].arrays(), two["Events"].arrays()
        assert two["Events"].title == "Events"
    assert after["event"].tolist() == list(range(1, 2 * len(before) + 1))
    for name in set(before.fields) - {"event"}:
        assert ak.array_equal(ak.concatenate([before[name], before[name]]), after[name], dtype_exact=True), (
            name
        )
    assert read_records(tmp_path / "twice.root") == [record, record]


def test_interrupted_writing_leaves_nothing(sample: Path, tmp_path: Path) -> None:
    def chunks() -> Any:
        yield from read_chunks(sample)
        raise RuntimeError("interrupted")

    with pytest.raises(RuntimeError, match="interrupted"):
        write(tmp_path / "part.root", chunks(), [], {})
    assert list(tmp_path.iterdir()) == []


def test_broken_file_is_named(sample: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.root"
    broken.write_bytes(sample.read_bytes()[:2000])
    for read in (read_provenance, read_records, lambda path: list(read_chunks(path))):
        with pytest.raises(FileError, match=r"broken\.root.*make it again"):
            read(broken)

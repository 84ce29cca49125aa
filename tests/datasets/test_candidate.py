import awkward as ak
import numpy as np
import pytest
from dijethunt.datasets.candidate import INDEXED, NAMINGS, candidates, count, has_candidates
from dijethunt.datasets.error import FileError
from dijethunt.datasets.jagged import counts, flat
from dijethunt.datasets.nanoaod import inspect, open_events


def loop(events, wanted):
    """Sum (px, py, pz) of each jet with plain Python loops."""
    sums, jet = {}, 0
    for event in events:
        for local in range(len(event.FatJet)):
            total = np.zeros(3)
            for link in event.FatJetPFCands:
                if link.jetIdx == local:
                    c = event.PFCands[link.pFCandsIdx]
                    pt = float(c.pt) * float(c.puppiWeight)
                    total += [pt * np.cos(c.phi), pt * np.sin(c.phi), pt * np.sinh(c.eta)]
            sums[jet] = total
            jet += 1
    return np.array([sums[j] for j in wanted])


def sums(found, n):
    return np.stack([np.bincount(found.slot, p, minlength=n) for p in found.momentum().T], axis=-1)


def test_join_equals_a_plain_loop(make_nanoaod):
    events = open_events(make_nanoaod(n=12))
    wanted = np.array([3, 0, 11, 7])
    result = sums(candidates(events, wanted), 4)[:, 1:]
    np.testing.assert_allclose(result, loop(events, wanted), rtol=1e-5, atol=1e-4)


def test_join_does_not_use_the_number_of_constituents(make_nanoaod):
    wrong = {"FatJet_nConstituents": lambda values: values * 0 + 3}
    right = open_events(make_nanoaod("right.root", n=12))
    lies = open_events(make_nanoaod("wrong.root", n=12, change=wrong))
    absent = open_events(make_nanoaod("absent.root", n=12, drop=("FatJet_nConstituents",)))
    jets = np.arange(10)
    for events in (lies, absent):
        np.testing.assert_array_equal(candidates(events, jets).pt, candidates(right, jets).pt)


def test_count_is_the_number_of_links(make_nanoaod):
    events = open_events(make_nanoaod(n=30))
    np.testing.assert_array_equal(count(events), flat(events.FatJet.nConstituents))


def test_candidates_of_no_jet_are_left_out(make_nanoaod):
    """Index -1 is what NanoAOD stores for none; whatever such a candidate points to is not read."""

    def spoil(branch):
        def change(values):
            values[::3] = -1 if branch == "jetIdx" else 100_000
            return values

        return {f"FatJetPFCands_{branch}": change}

    whole = open_events(make_nanoaod("whole.root", n=12))
    partly = open_events(make_nanoaod("partly.root", n=12, change=spoil("jetIdx") | spoil("pFCandsIdx")))
    linked = np.arange(len(flat(whole.FatJetPFCands.jetIdx))) % 3 > 0
    jets = np.arange(counts(whole.FatJet).sum())
    all_of_them, left = candidates(whole, jets), candidates(partly, jets)
    np.testing.assert_array_equal(left.pt, all_of_them.pt[linked])
    np.testing.assert_array_equal(left.slot, all_of_them.slot[linked])
    np.testing.assert_array_equal(count(partly), np.bincount(left.slot, minlength=len(jets)))


def test_namings_are_told_apart_by_all_their_branches():
    """Two of them share a collection, in which some files of the other naming have a pT too."""
    indexed = INDEXED.branches | {"FatJetPFCands_pt"}
    assert [naming.branches <= indexed for naming in NAMINGS] == [True, False, False]
    assert len({naming.branches for naming in NAMINGS}) == len(NAMINGS) == 3
    assert all(has_candidates(naming.branches) for naming in NAMINGS)
    assert not any(has_candidates(naming.branches - {f"{naming.source}_mass"}) for naming in NAMINGS)


def test_file_without_candidates(make_nanoaod):
    path = make_nanoaod(drop=("PFCands",))
    assert not has_candidates(inspect(path).branches)
    with pytest.raises(FileError, match=r"events\.root: no particle-flow candidates; .*PFCands_pt"):
        candidates(open_events(path), np.array([0]))


@pytest.mark.parametrize(
    ("branch", "target", "wrong"),
    [
        ("FatJetPFCands_jetIdx", "FatJet", -2),
        ("FatJetPFCands_jetIdx", "FatJet", 100_000),
        ("FatJetPFCands_pFCandsIdx", "PFCands", -1),
        ("FatJetPFCands_pFCandsIdx", "PFCands", 100_000),
    ],
)
def test_index_to_nowhere(make_nanoaod, branch, target, wrong):
    def spoil(values):
        values[5] = wrong
        return values

    events = open_events(make_nanoaod(change={branch: spoil}))
    jets = np.arange(counts(events.FatJet).sum())
    with pytest.raises(FileError, match=f"points to {target} number {wrong} of"):
        candidates(events, jets)


def test_candidates_add_up_to_raw_jets(real_data):
    """In CMS simulation the weighted candidates are the uncorrected jet, to the precision of storage."""
    events = open_events(real_data / "nanoaod" / "pfnano.root")
    n = int(counts(events.FatJet).sum())
    assert n == 24
    total = sums(candidates(events, np.arange(n)), n)
    raw = 1 - events.FatJet.rawFactor
    pt, mass = flat(events.FatJet.pt * raw), flat(events.FatJet.mass * raw)
    hard = pt > 300
    pt_ratio = (np.hypot(total[:, 1], total[:, 2]) / pt)[hard]
    mass_ratio = (np.sqrt(total[:, 0] ** 2 - (total[:, 1:] ** 2).sum(axis=1)) / mass)[hard]
    assert np.median(pt_ratio) == pytest.approx(1, abs=3e-4)
    assert np.percentile(pt_ratio, [16, 84]) == pytest.approx([0.9993, 1.0004], abs=2e-4)
    assert np.median(mass_ratio) == pytest.approx(0.9992, abs=3e-4)
    assert np.abs(pt_ratio - 1).max() < 0.005


def test_without_weights_real_jets_would_be_too_heavy(real_data):
    events = open_events(real_data / "nanoaod" / "pfnano.root")
    flat_weight = ak.ones_like(events.PFCands.puppiWeight)
    events["PFCands"] = ak.with_field(events.PFCands, flat_weight, "puppiWeight")
    n = int(counts(events.FatJet).sum())
    total = sums(candidates(events, np.arange(n)), n)
    raw = 1 - events.FatJet.rawFactor
    pt, mass = flat(events.FatJet.pt * raw), flat(events.FatJet.mass * raw)
    mass_ratio = np.sqrt(total[:, 0] ** 2 - (total[:, 1:] ** 2).sum(axis=1)) / mass
    assert np.median(mass_ratio[pt > 300]) > 1.004

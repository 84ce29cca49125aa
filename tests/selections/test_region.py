import numpy as np
import pytest
from dijethunt.datasets.jagged import flat
from dijethunt.datasets.nanoaod import open_events
from dijethunt.selections.cutflow import Cutflow, cutflow
from dijethunt.selections.error import SelectionError
from dijethunt.selections.region import DijetSelection

CUTS = ["two_jets", "jet_id", "pt", "eta", "deta", "mjj"]


def plain_loop(events, **cut):
    """Count the events after every cut with Python loops."""
    left = dict.fromkeys(CUTS, 0)
    for jets in events.FatJet.to_list():
        identified = [j for j in jets if j["jetId"] & 2]
        hard = [j for j in identified if j["pt"] > 300]
        central = [j for j in hard if abs(j["eta"]) < 2.5]
        pair = sorted(central, key=lambda j: -j["pt"])[:2]
        deta = abs(pair[0]["eta"] - pair[1]["eta"]) if len(pair) == 2 else np.inf
        steps = [len(jets) > 1, len(identified) > 1, len(hard) > 1, len(central) > 1]
        steps += [deta < 1.3, mass(pair) >= cut["mjj_min"] if len(pair) == 2 else False]
        for name, passed in zip(CUTS, np.cumprod(steps), strict=True):
            left[name] += int(passed)
    return left


def mass(pair):
    e = p = 0.0
    for j in pair:
        momentum = j["pt"] * np.array([np.cos(j["phi"]), np.sin(j["phi"]), np.sinh(j["eta"])])
        e, p = e + np.sqrt((momentum**2).sum() + j["mass"] ** 2), p + momentum
    return np.sqrt(e**2 - (p**2).sum())


def test_cuts_equal_a_plain_loop(make_nanoaod):
    events = open_events(make_nanoaod(n=400))
    cuts, _ = DijetSelection(mjj_min=800).apply(events)
    flow = cutflow(cuts, np.ones(400))
    expected = plain_loop(events, mjj_min=800)
    assert flow.names == ("all", *CUTS)
    assert flow.events == (400, *expected.values())
    assert flow.events[-1] > 10
    assert len(set(flow.events)) == len(flow.events)  # every cut removes events


def test_dijets_are_those_of_the_events_that_pass(make_nanoaod):
    events = open_events(make_nanoaod(n=400))
    cuts, pair = DijetSelection(deta_max=None, deta_min=1.4, mjj_min=900, mjj_max=2000).apply(events)
    passed = cuts.all(*cuts.names)
    kept = pair.where(passed[pair.event])
    assert kept.event.tolist() == np.flatnonzero(passed).tolist()
    assert len(kept.event) > 5
    assert kept.deta.min() >= 1.4
    assert 900 <= kept.mjj.min() < kept.mjj.max() < 2000


def test_without_identification_jet_id_is_not_read(make_nanoaod):
    selection = DijetSelection(jet_id=False)
    events = open_events(make_nanoaod(n=100, drop=("FatJet_jetId",)))
    cuts, _ = selection.apply(events)
    assert cuts.names == [name for name in CUTS if name != "jet_id"]
    assert not any("FatJet_jetId" in need.branches for need in selection.needs())
    assert any("FatJet_jetId" in need.branches for need in DijetSelection().needs())


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("branch", ["pt", "eta", "phi", "mass"])
def test_jets_that_are_not_numbers_are_no_jets(make_nanoaod, branch, value):
    """The events come out as if such jets had not been identified."""
    changes = {f"FatJet_{branch}": spoil(value), "FatJet_jetId": spoil(0)}
    spoiled, reference = (
        DijetSelection().apply(open_events(make_nanoaod(f"{name}.root", n=50, change={name: change})))
        for name, change in changes.items()
    )
    assert np.isfinite(spoiled[1].mjj).all()
    np.testing.assert_array_equal(spoiled[1].jets, reference[1].jets)
    assert spoiled[0].all(*CUTS).tolist() == reference[0].all(*CUTS).tolist()


def spoil(value):
    """Overwrite every second value."""

    def change(values):
        values[::2] = value
        return values

    return change


@pytest.mark.parametrize("order", ["mass", "pt"])
def test_first_jet_is_the_larger_one_of_what_is_asked_for(make_nanoaod, order):
    events = open_events(make_nanoaod(n=60))
    _, usual = DijetSelection().apply(events)
    _, pair = DijetSelection(order=order).apply(events)
    first, second = np.asarray(flat(events.FatJet[order]))[pair.jets].T
    assert (first >= second).all()
    assert (pair.jets != usual.jets).any()
    np.testing.assert_array_equal(np.sort(pair.jets), np.sort(usual.jets))


def test_weights_are_summed_after_each_cut(make_nanoaod):
    events = open_events(make_nanoaod(n=100))
    cuts, _ = DijetSelection().apply(events)
    weight = np.random.default_rng(1).normal(size=100)
    flow = cutflow(cuts, weight)
    assert flow.sumw[0] == pytest.approx(weight.sum())
    assert flow.sumw[-1] == pytest.approx(weight[cuts.all(*CUTS)].sum())


def test_cutflows_of_other_cuts_cannot_be_added():
    with pytest.raises(SelectionError, match="cutflows differ in cuts"):
        _ = Cutflow(("all",), (1,), (1.0,)) + Cutflow(("all", "mjj"), (1, 1), (1.0, 1.0))


@pytest.mark.parametrize(
    ("cuts", "message"),
    [
        ({"deta_min": 1.4, "deta_max": 1.3}, r"deta_min = 1\.4 is not below deta_max = 1\.3"),
        ({"mjj_min": 3000, "mjj_max": 3000}, "mjj_min = 3000 is not below mjj_max = 3000"),
        ({"pt_min": -1}, "pt_min = -1; give a number of at least 0"),
        ({"eta_max": float("nan")}, "eta_max = nan"),
        ({"order": "msdd"}, "no order of jets 'msdd'; did you mean 'msd'"),
    ],
)
def test_cuts_that_nothing_can_pass(cuts, message):
    with pytest.raises(SelectionError, match=message):
        DijetSelection(**cuts)


def test_leading_jet_is_cut_when_asked_for(make_nanoaod):
    events = open_events(make_nanoaod(n=400))
    without, _ = DijetSelection().apply(events)
    cuts, pair = DijetSelection(leading_pt_min=700).apply(events)
    passed, pt = cuts.all("leading_pt"), flat(events.FatJet.pt)
    assert "leading_pt" not in without.names
    assert passed[pair.event].tolist() == (pt[pair.jets].max(axis=1) > 700).tolist()
    assert 0 < passed.sum() < len(pair.event)

import numpy as np
import pytest
from dijethunt.datasets.jagged import flat
from dijethunt.datasets.nanoaod import open_events
from dijethunt.selections.cutflow import cutflow
from dijethunt.selections.error import SelectionError
from dijethunt.selections.jet import JetSelection

CUTS = ["jet_id", "leading", "pt", "eta", "msd"]
LIMITS = {"pt_min": 300.0, "pt_max": 900.0, "eta_max": 1.5, "msd_min": 20.0, "msd_max": 150.0}


def kept(events, **cuts):
    """Return (event, rank, pT) of the jets that pass."""
    passed, jets = JetSelection(**cuts).apply(events)
    jets = jets.where(passed.all(*passed.names))
    pt = flat(events.FatJet.pt)[jets.position]
    return [(int(e), int(r), float(p)) for e, r, p in zip(jets.event, jets.rank, pt, strict=True)]


def plain_loop(events):
    """Count the jets after every cut with Python loops, and list those that pass all."""
    left, rows = dict.fromkeys(CUTS, 0), []
    for number, jets in enumerate(events.FatJet.to_list()):
        identified = sorted((j for j in jets if j["jetId"] & 2), key=lambda j: -j["pt"])
        for rank, jet in enumerate(identified):
            steps = [True, rank < 2, 300 <= jet["pt"] < 900, abs(jet["eta"]) < 1.5]
            steps.append(20 <= max(jet["msoftdrop"], 0) < 150)
            for name, passed in zip(CUTS, np.cumprod(steps), strict=True):
                left[name] += int(passed)
            if all(steps):
                rows.append((number, rank, jet["pt"]))
    return left, rows


def test_cuts_and_jets_equal_a_plain_loop(make_nanoaod):
    events = open_events(make_nanoaod(n=400))
    cuts, jets = JetSelection(**LIMITS).apply(events)
    flow = cutflow(cuts, np.ones(len(jets.event)))
    left, rows = plain_loop(events)
    assert flow.names == ("all", *CUTS)
    assert flow.events == (len(flat(events.FatJet.pt)), *left.values())
    assert len(set(flow.events)) == len(flow.events)  # every cut removes jets
    assert kept(events, **LIMITS) == rows
    assert {rank for _, rank, _ in rows} == {0, 1}


@pytest.fixture
def window(make_events):
    """Events whose jets lie about the window of 550 to 650 GeV, some in the wrong order."""
    pt = [[900, 600], [560, 640], [650, 550], [549.5, 649.5], [600, 580]]
    eta = [[0, 1], [0, 0], [0, 0], [0, 0], [-2, 1.99]]
    return open_events(make_events(n=5, jets={"pt": pt, "eta": eta}))


def test_jets_of_a_window_by_hand(window):
    """The lower end belongs to the window and the upper does not; ranks are those of all jets, kept or not."""
    rows = [(0, 1, 600), (1, 0, 640), (1, 1, 560), (2, 1, 550), (3, 0, 649.5), (4, 1, 580)]
    assert kept(window) == rows


def test_only_leading_jets_are_considered(window):
    assert kept(window, leading=1) == [(1, 0, 640), (3, 0, 649.5)]
    assert kept(window, leading=9) == kept(window)


def test_mass_window_by_hand(window):
    """All first jets have a soft-drop mass of 90 GeV, all second ones of 60 GeV."""
    assert kept(window, msd_min=90) == [(1, 1, 560)]
    assert kept(window, msd_min=60, msd_max=90) == [row for row in kept(window) if row != (1, 1, 560)]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("branch", ["pt", "eta", "phi", "mass"])
def test_jets_that_are_not_numbers_are_no_jets(make_nanoaod, branch, value):
    """What is left is as if such jets had not been identified."""
    changes = {f"FatJet_{branch}": spoil(value), "FatJet_jetId": spoil(0)}
    spoiled, reference = (
        kept(open_events(make_nanoaod(f"{name}.root", n=60, change={name: change})), pt_min=200, pt_max=2000)
        for name, change in changes.items()
    )
    assert len(reference) > 10
    assert spoiled == reference


def spoil(value):
    """Overwrite every second value."""

    def change(values):
        values[::2] = value
        return values

    return change


def test_branches_are_needed_only_for_what_is_asked(make_nanoaod):
    selection = JetSelection(pt_min=300, pt_max=900, jet_id=False)
    events = open_events(make_nanoaod(n=100, drop=("FatJet_jetId", "FatJet_msoftdrop")))
    cuts, _ = selection.apply(events)
    assert cuts.names == ["leading", "pt", "eta"]
    assert cuts.all(*cuts.names).any()
    assert not selection.branches() & {"FatJet_jetId", "FatJet_msoftdrop"}
    assert {"FatJet_jetId", "FatJet_msoftdrop"} <= JetSelection(msd_max=100).branches()


def test_quality_of_events_and_the_hem_veto(make_events):
    """Event 0 fails its filter; the second jet of the others points to the modules, which are off from event 2 on."""
    events = open_events(
        make_events(
            n=3,
            scalars={"Flag_goodVertices": [False, True, True], "run": [319000, 319000, 319100]},
            jets={"pt": 600, "eta": [0.5, -2.0], "phi": [1.0, -1.0]},
        )
    )
    selection = JetSelection(eta_max=2.5, filters=("goodVertices",), hem_veto=True)
    cuts, jets = selection.apply(events, "data")
    assert cuts.names == ["filters", "jet_id", "leading", "pt", "eta", "hem"]
    passed = jets.where(cuts.all(*cuts.names))
    assert list(zip(passed.event, passed.rank, strict=True)) == [(1, 0), (1, 1), (2, 0)]


def test_events_without_jets(make_nanoaod):
    assert kept(open_events(make_nanoaod(n=0))) == []


@pytest.mark.parametrize(
    ("cuts", "message"),
    [
        ({"pt_min": 650.0}, r"pt_min = 650.0 is not below pt_max = 650.0; no jet can pass"),
        ({"msd_min": 90.0, "msd_max": 60.0}, "msd_min = 90.0 is not below msd_max = 60.0"),
        ({"leading": 0}, "leading = 0; consider at least 1 jet"),
        ({"eta_max": -1.0}, "eta_max = -1.0; give a number of at least 0"),
        ({"pt_max": np.inf}, "pt_max = inf; give a number"),
        ({"triggers": "default"}, 'triggers = "default" needs a year'),
    ],
)
def test_cuts_that_nothing_passes_are_refused(cuts, message):
    with pytest.raises(SelectionError, match=message):
        JetSelection(**cuts)

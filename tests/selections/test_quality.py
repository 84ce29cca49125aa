import json
from pathlib import Path

import numpy as np
import pytest
from dijethunt.analysis.processor import DijetProcessor
from dijethunt.analysis.selection import select
from dijethunt.datasets.catalogue import Dataset
from dijethunt.datasets.error import DataError, FileError
from dijethunt.datasets.nanoaod import open_events
from dijethunt.selections.cutflow import cutflow
from dijethunt.selections.error import SelectionError
from dijethunt.selections.event_filter import FILTERS
from dijethunt.selections.region import DijetSelection

JET_CUTS = ["two_jets", "jet_id", "pt", "eta", "deta", "mjj"]


@pytest.fixture
def golden(tmp_path):
    path = tmp_path / "golden.json"
    path.write_text(json.dumps({"319077": [[1, 4]], "315267": [[1, 300]]}))
    return str(path)


@pytest.fixture
def file(make_events):
    """Six events of 2018; the last is lost to the veto, the others but two to one cut each."""
    good = np.ones(6, bool)
    scalars = {
        "run": np.array([319077] * 5 + [319078], np.uint32),
        "luminosityBlock": np.array([1, 5, 2, 3, 4, 4], np.uint32),
        "HLT_PFHT1050": np.array([1, 1, 0, 1, 1, 1], bool),
        "HLT_AK8PFJet500": np.array([0, 0, 0, 1, 1, 1], bool),
        **{f"Flag_{name}": good for name in FILTERS[2018]},
        "Flag_HBHENoiseFilter": np.array([1, 1, 1, 0, 1, 1], bool),
    }
    eta, phi = np.tile([-2.0, -1.6], (6, 1)), np.tile([2.0, -1.0], (6, 1))
    phi[0] = [2.0, -0.5]
    return make_events(n=6, scalars=scalars, jets={"eta": eta, "phi": phi})


def everything(golden, **changes):
    asked = {
        "year": 2018,
        "triggers": "default",
        "filters": "default",
        "golden_json": golden,
        "hem_veto": True,
    }
    return DijetSelection(**asked | changes)


def test_cuts_on_quality_come_first_and_the_veto_last(file, golden):
    cuts, pair = everything(golden).apply(open_events(file), "data", "jetht")
    flow = cutflow(cuts, np.ones(6))
    assert flow.names == ("all", "certified", "trigger", "filters", *JET_CUTS, "hem")
    assert flow.events == (6, 4, 3, 2, 2, 2, 2, 2, 2, 2, 1)
    assert len(pair.event) == 6


def test_simulation_has_no_certification(file, golden):
    cuts, _ = everything(golden, hem_fraction=1.0).apply(open_events(file), "signal", "xyy")
    assert cuts.names == ["trigger", "filters", *JET_CUTS, "hem"]
    assert cuts.all("hem").tolist() == [True, False, False, False, False, False]
    none, _ = everything(golden, hem_fraction=0.0).apply(open_events(file), "signal", "xyy")
    assert none.all("hem").all()


def test_nothing_that_is_not_asked_for_is_cut_or_read(file):
    selection = DijetSelection()
    cuts, _ = selection.apply(open_events(file), "data", "jetht")
    assert cuts.names == JET_CUTS
    assert not {name for name in selection.branches() if name.startswith(("HLT_", "Flag_"))}


def test_each_cut_can_be_asked_for_alone(file, golden):
    for asked, name in [
        ({"golden_json": golden}, "certified"),
        ({"triggers": ("PFHT1050",)}, "trigger"),
        ({"filters": ("goodVertices",)}, "filters"),
        ({"hem_veto": True}, "hem"),
    ]:
        cuts, _ = DijetSelection(**asked).apply(open_events(file), "data", "jetht")
        assert set(cuts.names) - set(JET_CUTS) == {name}


def test_the_processor_reads_what_the_cuts_need(file, golden):
    table, flows = select(
        [Dataset("jetht", (str(file),), "data")], DijetProcessor(everything(golden), ["msd"])
    )
    assert table["event"].tolist() == [1]
    assert flows["jetht"].cutflow.names[1:4] == ("certified", "trigger", "filters")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"triggers": ("PFHT9000", "PFJet9")}, r"the trigger needs HLT_PFHT9000 or HLT_PFJet9; name paths"),
        (
            {"filters": ("eeBadScFiltre",)},
            r"the filtering of events needs Flag_eeBadScFiltre; did you mean Flag_eeBadScFilter",
        ),
    ],
)
def test_files_that_lack_all_that_is_named(file, asked, message):
    with pytest.raises(FileError, match=rf"events\.root: {message}"):
        select([file], DijetProcessor(DijetSelection(**asked), ["msd"]))


def test_a_bad_golden_json_names_the_file(file, tmp_path):
    bad = tmp_path / "bad.json"
    bad.write_text("not JSON")
    processor = DijetProcessor(DijetSelection(golden_json=str(bad)), ["msd"])
    with pytest.raises(DataError, match=r"bad\.json is not a golden JSON"):
        select([Dataset("jetht", (str(file),), "data")], processor)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"year": 2015}, "year = 2015; give one of 2016, 2017, 2018, or name"),
        ({"triggers": "default"}, 'triggers = "default" needs a year; give 2016, 2017 or 2018'),
        ({"filters": "default"}, 'filters = "default" needs a year'),
        ({"triggers": "HLT_PFHT1050"}, "triggers = 'HLT_PFHT1050'; give \"default\" or a list of names"),
        ({"filters": ()}, r"filters = \(\); give"),
        ({"hem_veto": True, "year": 2017}, "hem_veto is for 2018, not for 2017"),
        ({"hem_fraction": 1.5}, r"hem_fraction = 1\.5; give a number from 0 to 1"),
    ],
)
def test_requirements_that_make_no_sense(asked, message):
    with pytest.raises(SelectionError, match=message):
        DijetSelection(**asked)


def test_the_content_of_the_golden_json_is_its_identity(golden, tmp_path):
    moved = tmp_path / "moved.json"
    moved.write_text('{"1": [[1, 2]]}')
    other = DijetSelection(golden_json=str(moved)).identity()
    assert other != DijetSelection(golden_json=golden).identity()
    moved.write_bytes(Path(golden).read_bytes())
    assert DijetSelection(golden_json=str(moved)).identity() == DijetSelection(golden_json=golden).identity()


def test_real_data_of_2018(real_data, tmp_path):
    """Run 315267, luminosity blocks as stored: certified or not, triggered by jets or not, all filters passed."""
    file = real_data / "nanoaod" / "nano_dimuon.root"
    events = open_events(file)
    lumi = np.asarray(events.luminosityBlock)
    golden = tmp_path / "golden.json"
    golden.write_text(json.dumps({"315267": [[int(lumi.min()), int(lumi.min())]]}))
    selection = DijetSelection(
        year=2018, triggers="default", filters="default", golden_json=str(golden), hem_veto=True, jet_id=False
    )
    cuts, _ = selection.apply(events, "data", "dimuon")
    assert cuts.all("certified").tolist() == (lumi == lumi.min()).tolist()
    fired = np.asarray(events.HLT.PFHT1050) | np.asarray(events.HLT.AK8PFJet500)
    assert cuts.all("trigger").tolist() == fired.tolist()
    assert cuts.all("filters").tolist() == [
        all(bool(event.Flag[name]) for name in FILTERS[2018]) for event in events
    ]
    assert cuts.all("hem").all()  # before the modules were lost
    named, _ = DijetSelection(triggers=("IsoMu24", "HT300_Beamspot"), jet_id=False).apply(
        events, "data", "dimuon"
    )
    assert int(named.all("trigger").sum()) == 5  # 4 events of the first and another one of the second

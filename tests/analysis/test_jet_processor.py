import json

import numpy as np
import pytest
from dijethunt.analysis.correction import Corrections
from dijethunt.analysis.jet_processor import JetProcessor
from dijethunt.analysis.processor import DijetProcessor
from dijethunt.analysis.selection import cutflow_path, select, write_selection
from dijethunt.datasets.catalogue import Dataset
from dijethunt.datasets.error import FileError
from dijethunt.datasets.fold import sample_id
from dijethunt.datasets.identity import DuplicateError
from dijethunt.datasets.jagged import flat
from dijethunt.datasets.nanoaod import inspect, open_events
from dijethunt.datasets.process import XYY
from dijethunt.datasets.production import simulate
from dijethunt.datasets.store import read, read_provenance
from dijethunt.selections.error import SelectionError
from dijethunt.selections.jet import JetSelection
from dijethunt.selections.quantities import offered
from dijethunt.selections.region import DijetSelection
from dijethunt.workflows.config import ConfigError
from dijethunt.workflows.toml import load, load_table

WIDE = JetSelection(pt_min=300.0, pt_max=5000.0, eta_max=2.5)
EVENT = ["sample", "run", "lumi", "event", "weight", "truth", "jet"]


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    path = tmp_path_factory.mktemp("simulated") / "xyy.root"
    simulate(XYY(mjj_min=2000.0), output=path, events=50, seed=3, mpi=False, events_per_part=50)
    return path


def test_one_row_per_jet_by_hand(make_events):
    pt = [[900, 600], [560, 640], [700, 500]]
    file = make_events(n=3, scalars={"genWeight": [1, 2, 4]}, jets={"pt": pt})
    table, flows = select([file], JetProcessor(quantities=["msd"]))
    assert list(table.columns) == [*EVENT, "pt", "eta", "phi", "mass", "msd"]
    assert table["event"].tolist() == [1, 2, 2]
    assert table["jet"].tolist() == [1, 0, 1]
    assert table["pt"].tolist() == [600, 640, 560]
    assert table["msd"].tolist() == [60, 60, 90]
    assert table["eta"].tolist() == [-0.25, -0.25, 0.5]
    assert table["weight"].tolist() == [1, 2, 2]
    flow = flows["events"].cutflow
    assert flow.names == ("all", "jet_id", "leading", "pt", "eta")
    assert flow.events == (6, 6, 6, 3, 3)  # jets
    assert flow.sumw == (14, 14, 14, 5, 5)


@pytest.mark.parametrize(("kind", "truth"), [("background", {0}), ("signal", {1}), ("data", None)])
def test_truth_and_sample_depend_on_the_kind(make_events, kind, truth):
    table, _ = select([Dataset("top", (str(make_events(n=3)),), kind)], JetProcessor(WIDE, ["msd"]))
    assert set(table["sample"].tolist()) == {int(sample_id("top"))}
    assert (set(table["truth"].tolist()) if "truth" in table else None) == truth


def test_corrections_come_before_ranks_and_cuts(make_events, payload):
    """The uncertainty of the scale is 1% per unit of eta: the order of two jets is turned, and one leaves the window."""
    file = make_events(n=1, jets={"pt": [645, 640], "eta": [0, 1.99]})
    shifted = Corrections(payload=str(payload), jes_uncertainty="MC_Flavor", variation="jes_up")
    pairs = []
    for corrections in (Corrections(), shifted):
        table, _ = select([file], JetProcessor(quantities=[], corrections=corrections))
        pairs.append((table["jet"].tolist(), table["pt"].tolist()))
    assert pairs[0] == ([0, 1], [645, 640])
    assert pairs[1] == ([1], [645])
    wide = JetProcessor(WIDE, quantities=[], corrections=shifted)
    assert select([file], wide)[0]["pt"] == pytest.approx([640 * 1.0199, 645])


@pytest.mark.parametrize("source", ["simulated", "real"])
def test_jets_are_those_of_the_dijets(source, request):
    """Every quantity there is, computed for single jets, is what it is for pairs."""
    path = request.getfixturevalue("simulated") if source == "simulated" else None
    path = path or request.getfixturevalue("real_data") / "nanoaod" / "pfnano.root"
    names = offered(inspect(path).branches)
    assert {"lund", "image_nae", "d2", "tau41"} <= set(names)
    pairs, _ = select([path], DijetProcessor(DijetSelection(deta_max=None, order="pt"), names, True))
    jets, _ = select([path], JetProcessor(WIDE, names, True))
    rows = {(int(e), int(r)): i for i, (e, r) in enumerate(zip(jets["event"], jets["jet"], strict=True))}
    assert len(pairs) >= 10
    for rank, prefix in enumerate(("j1", "j2")):
        same = jets.where(np.array([rows[int(event), rank] for event in pairs["event"]]))
        for name in (*names, "constituents"):
            np.testing.assert_allclose(same[name], pairs[f"{prefix}_{name}"], rtol=1e-5, atol=1e-6)
    assert jets["constituents"].shape[1:] == (100, 3)


def test_simulated_jets_of_a_window(simulated):
    """Compare with the stored jets; candidates add up to their jets."""
    cuts = JetSelection(pt_min=800.0, pt_max=1400.0, msd_min=20.0)
    table, flows = select([simulated], JetProcessor(cuts, ["msd", "n_pf"], constituents=True))
    stored = open_events(simulated)
    pt, eta, msd = (flat(stored.FatJet[name][:, :2]) for name in ("pt", "eta", "msoftdrop"))
    expected = (pt >= 800) & (pt < 1400) & (np.abs(eta) < 2) & (msd >= 20)
    assert table["pt"].tolist() == pt[expected].tolist()
    assert len(table) == flows["xyy"].cutflow.events[-1] > 20
    complete = table["n_pf"] <= 100
    total = np.hypot(*table["constituents"].astype(float).sum(axis=1)[:, :2].T)
    np.testing.assert_allclose(total[complete], table["pt"][complete], rtol=5e-3)


def test_both_jets_of_an_event_are_in_one_fold(simulated):
    table, _ = select([simulated], JetProcessor(WIDE, ["msd"]))
    fold = table.fold(5, "train")
    both = np.flatnonzero((table["jet"][1:] == 1) & (table["jet"][:-1] == 0))
    assert len(both) > 30
    assert (fold[both] == fold[both + 1]).all()
    assert len(set(fold.tolist())) == 5


def test_stored_table_with_units_and_record(make_nanoaod, tmp_path):
    files = [make_nanoaod("a.root", n=60, seed=1), make_nanoaod("b.root", n=60, seed=2, first_event=100)]
    processor, path = JetProcessor(WIDE, constituents=True), tmp_path / "jets.parquet"
    for jobs in (2, 1):
        write_selection(path, files, processor, jobs=jobs)
        assert read(path).digest() == select(files, processor)[0].digest()
    record = json.loads(cutflow_path(path).read_text())["a"]
    assert record["counts"] == "jets"
    assert record["cuts"][-1]["events"] == len(read(path))
    assert record["acceptance"] == pytest.approx(len(read(path)) / 480)
    other = tmp_path / "other.parquet"
    write_selection(other, files, JetProcessor(JetSelection(pt_min=301.0, pt_max=5000.0, eta_max=2.5)))
    assert len({read_provenance(p)["configuration"] for p in (path, other)}) == 2


def test_the_same_events_twice(make_nanoaod):
    files = [make_nanoaod(name, n=60, seed=1) for name in ("a.root", "b.root")]
    with pytest.raises(DuplicateError, match="occur more than once"):
        select(files, JetProcessor(WIDE))


@pytest.mark.parametrize(
    ("drop", "options", "message"),
    [
        ("FatJet_jetId", {}, "tight jet identification needs FatJet_jetId; set jet_id = false"),
        (
            "FatJet_msoftdrop",
            {"selection": JetSelection(msd_min=50)},
            "a cut on soft-drop mass needs FatJet_mso",
        ),
        ("PFCands", {"constituents": True}, "reading constituents needs PFCands_eta"),
    ],
)
def test_missing_branches_are_found_before_reading(make_nanoaod, drop, options, message):
    with pytest.raises(FileError, match=rf"events\.root: {message}"):
        select([make_nanoaod(n=20, drop=(drop,))], JetProcessor(**{"quantities": ["tau21"], **options}))


def test_flat_files_are_neither_read_nor_written(make_case, make_nanoaod, tmp_path):
    with pytest.raises(
        FileError, match=r"case\.h5: .* holds dijets, not single jets; give NanoAOD or PFNano"
    ):
        select([Dataset("case", (str(make_case()),), "signal")], JetProcessor())
    with pytest.raises(
        SelectionError, match=r"jets\.h5: the HDF5 layout holds dijets; write jets to .parquet"
    ):
        write_selection(tmp_path / "jets.h5", [make_nanoaod()], JetProcessor())


def test_real_top_quarks(real_data):
    """Counted with plain uproot: 116 jets, 115 identified, 21 of the leading two above 300 GeV."""
    path = real_data / "nanoaod" / "nano_tt_v12.root"
    table, flows = select([path], JetProcessor(WIDE))
    assert flows["nano_tt_v12"].cutflow.events[:2] == (116, 115)
    events = open_events(path)
    good = [sorted((j["pt"] for j in e if j["jetId"] & 2), reverse=True)[:2] for e in events.FatJet.to_list()]
    expected = [pt for pair in good for pt in pair if pt >= 300]
    assert table["pt"].tolist() == expected
    assert len(expected) == 21


def configured(folder, text):
    path = folder / "jets.toml"
    path.write_text(text)
    return path


def test_a_section_jets_makes_a_table_of_jets(tmp_path):
    path = configured(
        tmp_path,
        'quantities = ["msd"]\n[jets]\npt_min = 150.0\npt_max = 350.0\ngolden_json = "golden.json"\n',
    )
    processor = load_table(path, ["jets.leading=1"]).processor()
    assert isinstance(processor, JetProcessor)
    golden = str(tmp_path / "golden.json")
    assert processor.selection == JetSelection(pt_min=150.0, pt_max=350.0, leading=1, golden_json=golden)
    assert [q.name for q in processor.quantities] == ["pt", "eta", "phi", "mass", "msd"]
    assert isinstance(load_table(None).processor(), DijetProcessor)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[jets]\n[selection]\ndeta_max = 1.3\nmjj_min = 1460.0",
            r"jets\.toml: selection.deta_max, selection.mjj_min: not with \[jets\]",
        ),
        ("[jets]\npt_mn = 1.0", r"jets\.toml: no key 'pt_mn'; did you mean 'pt_min'\?"),
        ("[jets]\npt_min = 700.0", r"jets\.toml: jets: .*pt_min = 700.0 is not below pt_max = 650.0"),
    ],
)
def test_mistakes_in_the_section_are_named(tmp_path, text, message):
    with pytest.raises(ConfigError, match=message):
        load_table(configured(tmp_path, text))


def test_a_search_needs_dijets(tmp_path):
    with pytest.raises(ConfigError, match=r"jets\.toml: jets: a search needs dijets; remove \[jets\]"):
        load(configured(tmp_path, 'title = "t"\n[jets]\n'))

import json

import numpy as np
import pytest
import uproot
from dijethunt.analysis.processor import DijetProcessor
from dijethunt.analysis.selection import cutflow_path, select, write_selection
from dijethunt.datasets.catalogue import CatalogueError, Dataset
from dijethunt.datasets.error import FileError
from dijethunt.datasets.identity import DuplicateError
from dijethunt.datasets.store import read, read_provenance
from dijethunt.selections.error import SelectionError
from dijethunt.selections.quantity import quantity
from dijethunt.selections.region import DijetSelection

CUTS = ("all", "two_jets", "jet_id", "pt", "eta", "deta", "mjj")
LOOSE = DijetProcessor(quantities=["msd", "tau21", "tau32", "tau43"])


@pytest.fixture
def samples(make_nanoaod):
    background = [make_nanoaod(f"b{i}.root", n=80, seed=i, first_event=1 + 80 * i) for i in range(3)]
    signal = make_nanoaod("s.root", n=50, seed=9)
    return [
        Dataset("qcd", tuple(map(str, background)), "background", cross_section=6.6, luminosity=26.81),
        Dataset("xyy", (str(signal),), "signal"),
    ]


def test_table_and_cutflows_of_several_samples(samples):
    table, flows = select(samples)
    assert list(flows) == ["qcd", "xyy"]
    assert flows["qcd"].cutflow.events[0] == 240
    assert [int((table["truth"] == t).sum()) for t in (0, 1)] == [
        flow.cutflow.events[-1] for flow in flows.values()
    ]
    assert flows["qcd"].acceptance == pytest.approx(flows["qcd"].cutflow.events[-1] / 960)


def test_stored_selection_is_the_same_for_any_number_of_processes(samples, tmp_path):
    processor = DijetProcessor(constituents=True)
    for jobs in (1, 2):
        write_selection(tmp_path / f"{jobs}.parquet", samples, processor, jobs=jobs)
    one, two = ((tmp_path / f"{jobs}.parquet").read_bytes() for jobs in (1, 2))
    assert one == two
    assert read(tmp_path / "1.parquet").digest() == select(samples, processor)[0].digest()


def test_record_beside_the_table(samples, tmp_path):
    path = tmp_path / "table.parquet"
    write_selection(path, samples, DijetProcessor(DijetSelection(mjj_min=700)))
    record = json.loads(cutflow_path(path).read_text())
    assert [cut["cut"] for cut in record["qcd"]["cuts"]] == list(CUTS)
    assert record["qcd"]["generated"] == {"events": 960, "sumw": 960.0, "cross_section": None}
    assert record["qcd"]["cross_section"] == 6.6
    assert record["qcd"]["cuts"][-1]["events"] + record["xyy"]["cuts"][-1]["events"] == len(read(path))
    inputs = read_provenance(path)["inputs"]
    assert [file[:2] for file in inputs["qcd"]] == [[f"b{i}.root", 80] for i in range(3)]


def test_configuration_decides_the_hash_of_the_record(samples, tmp_path):
    hashes = set()
    for i, selection in enumerate((DijetSelection(), DijetSelection(), DijetSelection(pt_min=301))):
        write_selection(tmp_path / f"{i}.parquet", samples, DijetProcessor(selection))
        hashes.add(read_provenance(tmp_path / f"{i}.parquet")["configuration"])
    assert len(hashes) == 2


def test_progress_ends_with_all_events(samples):
    steps = []
    select(samples, progress=lambda done, total: steps.append((done, total)))
    assert steps == [(80, 290), (160, 290), (240, 290), (290, 290)]


def test_nothing_is_printed(samples, capfd):
    select(samples)
    assert capfd.readouterr() == ("", "")


def test_plain_files_make_one_sample(samples):
    table, flows = select(samples[0].files)
    assert list(flows) == ["b0"]
    assert flows["b0"].source.dataset.kind == "background"
    assert len(np.unique(table["sample"])) == 1


def test_files_without_generator_weights_are_data(make_nanoaod):
    file = make_nanoaod(n=60, drop=("genWeight", "Runs"))
    table, flows = select([file])
    assert "truth" not in table
    assert flows["events"].acceptance is None


def test_data_and_simulation_do_not_mix(make_nanoaod):
    simulated = make_nanoaod("mc.root", n=20)
    recorded = make_nanoaod("data.root", n=20, drop=("genWeight",))
    with pytest.raises(SelectionError, match="some files have generator weights and some not"):
        select([simulated, recorded])
    with pytest.raises(SelectionError, match="data and simulation cannot share a table"):
        select([Dataset("a", (str(simulated),), "signal"), Dataset("b", (str(recorded),), "data")])


def test_file_without_events_gives_an_empty_table(make_nanoaod):
    table, flows = select([make_nanoaod(n=0)])
    assert len(table) == 0
    assert flows["events"].cutflow.events == (0,) * 7


@pytest.mark.parametrize(
    ("drop", "processor", "message"),
    [
        ("FatJet_jetId", {}, r"tight jet identification needs FatJet_jetId; select with jet_id = false"),
        ("FatJet_msoftdrop", {}, r"ordering jets by soft-drop mass needs FatJet_msoftdrop"),
        (
            "PFCands",
            {"quantities": ["tau43", "girth"]},
            r"quantity girth needs PFCands_eta.*; .* offers: pt, .*tau43, tau41, tau_s, n_pf$",
        ),
        ("PFCands", {"constituents": True}, r"reading constituents needs PFCands_eta, .*; ask for no"),
    ],
)
def test_missing_branches_are_found_before_reading(make_nanoaod, drop, processor, message):
    file = make_nanoaod(n=20, drop=(drop,))
    with pytest.raises(FileError, match=rf"events\.root: .*{message}"):
        select([file], DijetProcessor(**processor))


def test_simulation_needs_weights(make_nanoaod):
    file = str(make_nanoaod(n=20, drop=("genWeight",)))
    with pytest.raises(FileError, match="weight of simulated events needs genWeight; say kind = 'data'"):
        select([Dataset("qcd", (file,), "background")])


def test_same_events_twice(make_nanoaod, tmp_path):
    files = [make_nanoaod(name, n=60, seed=1) for name in ("a.root", "b.root")]
    with pytest.raises(
        DuplicateError, match=r"a: \d+ events occur more than once, first \(run:lumi:event\) 1:1:"
    ):
        write_selection(tmp_path / "t.parquet", files)
    assert not list(tmp_path.glob("t.*"))


@pytest.mark.parametrize("jobs", [1, 2])
def test_damage_inside_a_file_is_named_and_leaves_nothing(make_nanoaod, tmp_path, capfd, jobs):
    good, bad = make_nanoaod("good.root", n=50), make_nanoaod("bad.root", n=50, first_event=100)
    damage(bad, "FatJet_tau1")
    with pytest.raises(FileError, match=r"bad\.root, events 0 to 50: .*; the file is damaged or"):
        write_selection(tmp_path / "t.parquet", [good, bad], LOOSE, jobs=jobs)
    assert not list(tmp_path.glob("t.*"))
    assert "Traceback" not in capfd.readouterr().err


def test_mistake_in_an_own_quantity_is_named(make_nanoaod):
    @quantity(("pt",))
    def broken(jets):
        return jets["pt"] / jets["area"]

    with pytest.raises(FileError, match=r"events\.root, events 0 to 20: KeyError: 'area'"):
        select([make_nanoaod(n=20)], DijetProcessor(quantities=[broken]))


def test_inputs_that_are_none(tmp_path):
    with pytest.raises(SelectionError, match="nothing to select from"):
        select([])
    with pytest.raises(CatalogueError, match=r"no file matches '.*none\*\.root'"):
        select([tmp_path / "none*.root"])


def test_samples_with_one_name(samples):
    with pytest.raises(SelectionError, match="samples share a name"):
        select([samples[0], samples[0]])


def damage(path, branch):
    """Overwrite the stored values of a branch."""
    with uproot.open(path) as file:
        at, size = (file["Events"][branch].member(name)[0] for name in ("fBasketSeek", "fBasketBytes"))
    content = bytearray(path.read_bytes())
    content[at + 70 : at + size] = b"\xff" * (size - 70)
    path.write_bytes(content)


def flow_of(path, **cuts):
    processor = DijetProcessor(DijetSelection(**cuts), ["msd", "tau21", "tau32", "tau43"])
    table, flows = select([path], processor)
    return table, next(iter(flows.values())).cutflow.events


def test_real_pfnano(real_data):
    """Counted by hand from FatJet_{pt,eta,phi,mass,jetId} read with plain uproot, event by event.

    All ten events have two identified jets of pT > 1.2 TeV and |delta eta| < 0.69; six have |delta eta| < 0.5
    (events 2, 3, 4, 5, 7, 9 of the file), and of these three m_jj > 3 TeV (2, 4, 9).
    """
    path = real_data / "nanoaod" / "pfnano.root"
    assert flow_of(path)[1] == (10, 10, 10, 10, 10, 10, 10)
    table, events = flow_of(path, deta_max=0.5, mjj_min=3000)
    assert events == (10, 10, 10, 10, 10, 6, 3)
    np.testing.assert_allclose(table["mjj"], [3110.00, 3292.55, 3299.26], atol=0.01)
    np.testing.assert_allclose(table["j1_msd"], [16.22, 54.00, 191.62], atol=0.01)
    np.testing.assert_allclose(table["j2_msd"], [16.03, 2.39, 18.27], atol=0.01)


def test_real_pfnano_with_candidates(real_data):
    table, _ = select([real_data / "nanoaod" / "pfnano.root"], DijetProcessor(constituents=True))
    for jet in ("j1", "j2"):
        assert table[f"{jet}_n_pf"].min() >= 17  # counted: the file has no nConstituents
        total = np.hypot(*table[f"{jet}_constituents"].sum(axis=1)[:, :2].T)
        np.testing.assert_allclose(total, table[f"{jet}_pt"], rtol=0.1)  # corrections of some per cent


def test_real_top_quarks_with_default_quantities(real_data):
    """By hand: 33 events have two fat jets, 32 identified, 6 of pT > 300 GeV, 5 of them |delta eta| < 1.3."""
    table, flows = select([real_data / "nanoaod" / "nano_tt_v12.root"])
    assert flows["nano_tt_v12"].cutflow.events == (200, 33, 32, 6, 6, 5, 5)
    np.testing.assert_allclose(np.sort(table["mjj"]), [665.17, 707.30, 732.15, 1115.24, 1414.20], atol=0.01)
    assert set(np.round(np.abs(table["weight"])).tolist()) == {337.0}


def test_real_data_and_simulation_without_jets(real_data):
    assert flow_of(real_data / "nanoaod" / "nano_dimuon.root")[1] == (40, 2, 2, 1, 1, 1, 1)
    table, events = flow_of(real_data / "nanoaod" / "nano_dy.root")
    assert events == (40, 0, 0, 0, 0, 0, 0)
    assert len(table) == 0


def test_real_files_that_cannot_be_used(real_data):
    folder = real_data / "nanoaod"
    with pytest.raises(FileError, match=r"nano_tree\.root: no FatJet collection"):
        select([folder / "nano_tree.root"])
    with pytest.raises(FileError, match=r"nano_dy\.root: the quantity n_pf needs .* offers: .*tau21, tau32"):
        select([folder / "nano_dy.root"])
    with pytest.raises(
        FileError, match=r"ttbar\.root: ordering jets by soft-drop mass needs FatJet_msoftdrop"
    ):
        select([folder / "nanoAOD_2015_CMS_Open_Data_ttbar.root"])

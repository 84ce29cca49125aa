import numpy as np
import pytest
from coffea.processor import FuturesExecutor, IterativeExecutor, Runner
from dijethunt.analysis.processor import DijetProcessor, join
from dijethunt.datasets.fold import sample_id
from dijethunt.datasets.nanoaod import PlainSchema, open_events, reading
from dijethunt.datasets.store import read, write
from dijethunt.selections import constituent
from dijethunt.selections.constituent import collect
from dijethunt.selections.image import image_nae
from dijethunt.selections.quantities import DEFAULT, QUANTITIES
from dijethunt.selections.quantity import of_candidates, quantity
from dijethunt.selections.region import DijetSelection


def run(files, processor, executor=None, kind="background", chunksize=40):
    executor = executor or IterativeExecutor(status=False)
    runner = Runner(executor, schema=PlainSchema, chunksize=chunksize, metadata_cache={})
    fileset = {"qcd": {"files": [str(f) for f in files], "metadata": {"kind": kind}}}
    return runner(fileset, processor, treename="Events", iteritems_options=reading(processor.branches()))


@pytest.fixture
def files(make_nanoaod):
    return [make_nanoaod("a.root", n=100, seed=1), make_nanoaod("b.root", n=70, seed=2, first_event=1000)]


def test_executors_and_chunks_make_no_difference(files):
    @quantity(("mass", "pt"))
    def relative_mass(jets):
        return jets["mass"] / jets["pt"]

    processor = DijetProcessor(quantities=["msd", relative_mass, "ptd", "image_tnt"], constituents=True)
    one, flow = join(run(files, processor, chunksize=1000))
    two, again = join(run(files, processor, FuturesExecutor(workers=2, status=False), chunksize=33))
    assert len(one) > 20
    assert one.digest() == two.digest()
    assert flow == again
    assert flow.events[0] == 170
    assert flow.events[-1] == len(one)
    np.testing.assert_allclose(two["j2_relative_mass"], 0.1, rtol=1e-5)


def test_columns_are_the_quantities_of_the_two_jets(files):
    table, _ = join(run(files, DijetProcessor(quantities=["msd", "tau21"])))
    kinematics = {"pt", "eta", "phi", "mass"}
    event = {"sample", "run", "lumi", "event", "weight", "truth", "mjj", "deta"}
    assert set(table.columns) == event | {
        f"{jet}_{name}" for jet in ("j1", "j2") for name in kinematics | {"msd", "tau21"}
    }
    assert (table["j1_msd"] >= table["j2_msd"]).all()
    assert (table["j1_pt"] < table["j2_pt"]).any()
    assert (np.minimum(table["j1_pt"], table["j2_pt"]) > 300).all()
    np.testing.assert_allclose(np.abs(table["j1_eta"] - table["j2_eta"]), table["deta"], atol=1e-6)


def test_values_belong_to_the_event(files):
    """Compare with the stored jets, event by event."""
    table, _ = join(run(files[:1], DijetProcessor()))
    stored = {int(e.event): e for e in open_events(files[0])}
    for row in range(len(table)):
        jets = {round(float(j.msoftdrop), 3): j for j in stored[int(table["event"][row])].FatJet}
        jet = min(jets.values(), key=lambda j: abs(j.pt - table["j1_pt"][row]))
        assert jet.pt == table["j1_pt"][row]
        assert max(jet.msoftdrop, 0) == table["j1_msd"][row]
        assert table["j1_tau21"][row] == pytest.approx(jet.tau2 / jet.tau1, rel=1e-4)
        assert table["j1_n_pf"][row] == jet.nConstituents


@pytest.mark.parametrize(("kind", "truth"), [("background", 0), ("signal", 1), ("data", None)])
def test_truth_and_weight_depend_on_the_kind(make_nanoaod, kind, truth):
    file = make_nanoaod(n=60, change={"genWeight": lambda w: w * 0.25})
    table, flow = join(run([file], DijetProcessor(), kind=kind))
    assert set(table["weight"].tolist()) == {1.0 if kind == "data" else 0.25}
    assert flow.sumw[0] == (60 if kind == "data" else 15)
    assert set(table["sample"].tolist()) == {int(sample_id("qcd"))}
    if truth is None:
        assert "truth" not in table
    else:
        assert set(table["truth"].tolist()) == {truth}


def test_candidates_are_counted_where_nothing_says_how_many(make_nanoaod):
    known = make_nanoaod("known.root", n=60)
    silent = make_nanoaod("silent.root", n=60, drop=("FatJet_nConstituents",))
    stored, counted = (join(run([f], DijetProcessor(quantities=["n_pf"])))[0] for f in (known, silent))
    np.testing.assert_array_equal(counted["j1_n_pf"], stored["j1_n_pf"])
    assert len(np.unique(stored["j1_n_pf"])) > 5


def test_nothing_selected_gives_empty_columns(files):
    processor = DijetProcessor(DijetSelection(mjj_min=1e5), constituents=True)
    table, flow = join(run(files, processor))
    assert len(table) == 0
    assert table["j1_constituents"].shape == (0, 100, 3)
    assert flow.events[-2] > flow.events[-1] == 0


def test_only_needed_branches_are_read(files):
    """Runner reports the columns it read: no candidates, no substructure that was not asked for."""
    runner = Runner(IterativeExecutor(status=False), schema=PlainSchema, savemetrics=True, metadata_cache={})
    processor = DijetProcessor(quantities=["tau21"])
    fileset = {"qcd": {"files": [str(files[0])], "metadata": {"kind": "background"}}}
    _, metrics = runner(
        fileset, processor, treename="Events", iteritems_options=reading(processor.branches())
    )
    read = {column.split("-")[0] for column in metrics["columns"]}
    assert {"FatJet_tau1", "FatJet_tau2", "FatJet_pt", "genWeight"} <= read
    assert not {name for name in read if "PFCands" in name or name in {"FatJet_tau3", "FatJet_nConstituents"}}


OF_CANDIDATES = ("ptd", "axis_major", "c2", "d2", "image_tnt", "image_nae", "lund", "n_lund")


def test_quantities_of_candidates_belong_to_the_event(files):
    """Compare with what is computed from the candidates of each event alone."""
    table, _ = join(run(files[:1], DijetProcessor(quantities=OF_CANDIDATES)))
    stored = open_events(files[0])
    number = {int(event): i for i, event in enumerate(stored.event)}
    assert table["j1_image_tnt"].shape[1:] == (32, 32)
    for row in range(0, len(table), 7):
        position = number[int(table["event"][row])]
        event = stored[position : position + 1]
        pt = np.asarray(event.FatJet.pt[0])
        jets = np.array([[int(np.argmin(np.abs(pt - table[f"{jet}_pt"][row]))) for jet in ("j1", "j2")]])
        found = {"candidates": collect(event, jets)}
        for name in OF_CANDIDATES:
            values = QUANTITIES[name](found)[0]
            for i, jet in enumerate(("j1", "j2")):
                np.testing.assert_allclose(table[f"{jet}_{name}"][row], values[i], rtol=1e-5, atol=1e-6)


def test_quantities_of_candidates_do_not_depend_on_chunks_and_are_stored(files, tmp_path):
    def faint_image(found):
        return image_nae(found, power=0.3)

    processor = DijetProcessor(quantities=[*OF_CANDIDATES, of_candidates(faint_image)])
    one, _ = join(run(files, processor, chunksize=1000))
    two, _ = join(run(files, processor, chunksize=33))
    assert one.digest() == two.digest()
    write(tmp_path / "table.parquet", one, {})
    assert read(tmp_path / "table.parquet").digest() == one.digest()


def test_candidates_are_read_once_in_a_chunk_and_only_for_what_needs_them(files, monkeypatch):
    calls = []
    monkeypatch.setattr(
        constituent, "candidates", lambda *args, f=constituent.candidates: calls.append(1) or f(*args)
    )
    run(files[:1], DijetProcessor(), chunksize=1000)
    assert not calls
    run(
        files[:1],
        DijetProcessor(quantities=[*DEFAULT, "ptd", "c2", "lund"], constituents=True),
        chunksize=1000,
    )
    assert len(calls) == 1


def test_tau_is_computed_where_it_is_not_stored(make_nanoaod):
    """It does not depend on what else is asked for; ratios of stored ones stay as they are."""
    known, lacking = (
        make_nanoaod("known.root", n=60),
        make_nanoaod("lacking.root", n=60, drop=("FatJet_tau4",)),
    )
    stored, _ = join(run([known], DijetProcessor(quantities=["tau32", "tau43", "tau3"])))
    alone, _ = join(run([lacking], DijetProcessor(quantities=["tau43"])))
    among, _ = join(run([lacking], DijetProcessor(quantities=["tau32", "tau43", "tau3"])))
    np.testing.assert_array_equal(among["j1_tau43"], alone["j1_tau43"])
    np.testing.assert_array_equal(among["j1_tau32"], stored["j1_tau32"])
    assert (among["j1_tau43"] != stored["j1_tau43"]).any()


@pytest.mark.parametrize(
    ("quantities", "constituents", "drop", "expected"),
    [
        (DEFAULT, False, set(), False),
        (DEFAULT, True, set(), True),
        ([*DEFAULT, "girth"], False, set(), True),
        (["tau43"], False, {"FatJet_tau4"}, True),
    ],
)
def test_files_whose_candidates_are_read_are_known_before(files, quantities, constituents, drop, expected):
    branches = frozenset(
        f"{c}_{n}" for c in ("FatJet", "PFCands", "FatJetPFCands") for n in fields(files[0], c)
    )
    processor = DijetProcessor(quantities=quantities, constituents=constituents)
    assert processor.reads_candidates(branches - drop) is expected


def fields(file, collection):
    return open_events(file)[collection].fields

import h5py
import numpy as np
import pytest
from dijethunt.analysis import ntuple
from dijethunt.analysis.correction import Corrections
from dijethunt.analysis.processor import DijetProcessor
from dijethunt.analysis.selection import select, write_selection
from dijethunt.datasets.catalogue import Dataset
from dijethunt.datasets.error import FileError
from dijethunt.datasets.record import Record
from dijethunt.datasets.store import read
from dijethunt.selections.quantity import quantity
from dijethunt.selections.region import DijetSelection

LOOSE = DijetProcessor(DijetSelection(deta_max=None, eta_max=9), ["msd", "tau1", "tau21"])


def flow(flows):
    return {row["cut"]: row["events"] for row in next(iter(flows.values())).cutflow.rows()}


def test_invariant_masses_worked_out_by_hand(make_frame):
    """Two massless jets of 1500 GeV: 3000 GeV back to back; sqrt(3000^2 - 1800^2) = 2400 GeV with pz of 900 each.

    The third event: energies 500 and 500 with masses 300 and 300, momenta of 400 back to back: 1000 GeV.
    """
    rows = {
        "pxj1": [1500, 1200, 400], "pxj2": [-1500, -1200, -400], "pzj1": [0, 900, 0], "pzj2": [0, 900, 0],
        "mj1": [0, 0, 300], "mj2": [0, 0, 300], "tau1j1": [2, 2, 2], "tau1j2": [4, 4, 4],
    }  # fmt: skip
    others = ("pyj1", "pyj2", "tau2j1", "tau3j1", "tau2j2", "tau3j2")
    columns = {n: np.array(v, float) for n, v in rows.items()} | {n: np.ones(3) for n in others}
    columns |= {"pyj1": np.zeros(3), "pyj2": np.zeros(3)}
    table, flows = select([make_frame("x.h5", columns)])
    np.testing.assert_allclose(table["mjj"], [3000, 2400, 1000], rtol=1e-7)
    np.testing.assert_allclose(table["deta"], 0, atol=1e-12)
    np.testing.assert_allclose(table["j2_tau21"], 1 / 4, rtol=1e-5)
    assert "truth" not in table
    assert flow(flows) == dict.fromkeys(("all", "two_jets", "pt", "eta", "deta", "mjj"), 3)


def test_a_resonance_is_reconstructed(make_features):
    """Signal at 3.5 TeV on a falling background: masses come back exactly, and so does the truth."""
    rng = np.random.default_rng(2)
    mjj = np.concatenate([1500 * (1 - rng.uniform(size=4000)) ** (-1 / 6), rng.normal(3500, 50, 400)])
    label = np.repeat([0.0, 1.0], [4000, 400])
    table, flows = select([make_features("x.h5", mjj, label=label)], LOOSE)
    assert flow(flows)["mjj"] == len(mjj)
    np.testing.assert_allclose(table["mjj"], mjj, rtol=1e-6)
    signal = table.where(table["truth"] == 1)
    assert len(signal) == 400
    assert np.median(signal["mjj"]) == pytest.approx(3500, abs=10)
    counts, _ = np.histogram(table["mjj"], np.arange(3000, 4001, 100))
    assert counts[4:6].sum() > 3 * counts[[1, 2, 7, 8]].sum()


def test_j1_is_the_heavier_jet_and_takes_all_its_columns_along(make_features):
    path = make_features("x.h5", np.full(200, 2500.0))
    table, _ = select([path], LOOSE)
    with h5py.File(path) as file:
        names = [name.decode() for name in file["df/block0_items"]]
        px, mass, tau1 = (
            file["df/block0_values"][:, [names.index(f"{n}j1"), names.index(f"{n}j2")]]
            for n in ("px", "m", "tau1")
        )
    heavier = mass.argmax(axis=1)
    assert 0 < heavier.sum() < 200
    rows = np.arange(200)
    np.testing.assert_allclose(table["j1_mass"], mass[rows, heavier], rtol=1e-6)
    np.testing.assert_allclose(
        table["j1_pt"] * np.cos(table["j1_phi"]), px[rows, heavier], rtol=1e-4, atol=1e-2
    )
    np.testing.assert_allclose(table["j2_tau1"], tau1[rows, 1 - heavier], rtol=1e-6)
    assert table["j1_msd"].tolist() == table["j1_mass"].tolist()
    by_pt, _ = select(
        [make_features("y.h5", np.full(200, 2500.0))], DijetProcessor(DijetSelection(order="pt"))
    )
    assert (by_pt["j1_pt"] >= by_pt["j2_pt"]).all()


def test_cuts_are_counted(make_features):
    mjj = np.concatenate([np.full(30, 500.0), np.full(60, 1500.0), np.full(10, 3000.0)])
    table, flows = select(
        [make_features("x.h5", mjj)], DijetProcessor(DijetSelection(mjj_min=1400, mjj_max=2900, deta_max=9))
    )
    assert flow(flows)["all"] == 100
    assert flow(flows)["pt"] == 70  # pT is at most half of 500 GeV
    assert flow(flows)["mjj"] == len(table) == 60
    narrow, _ = select([make_features("x.h5", mjj)], DijetProcessor(DijetSelection(deta_max=0.3)))
    assert 0 < len(narrow) < 70
    assert narrow["deta"].max() < 0.3


@pytest.mark.parametrize(
    ("kind", "events"), [("background", 30), ("signal", 10), ("mixed", 40), ("data", 40)]
)
def test_kind_says_which_labels_are_meant(make_features, kind, events):
    label = np.repeat([0, 1], [30, 10])
    path = make_features("x.h5", np.full(40, 2000.0), label=label)
    table, flows = select([Dataset("x", (str(path),), kind)], LOOSE)
    assert len(table) == events
    assert ("label" in flow(flows)) == (kind in {"background", "signal"})
    if kind == "data":
        assert "truth" not in table
    else:
        assert table["truth"].sum() == {"background": 0}.get(kind, 10)


def test_unlabelled_signal(make_features):
    path = make_features("x.h5", np.full(40, 2000.0))
    table, _ = select([Dataset("x", (str(path),), "signal")], LOOSE)
    assert table["truth"].all()


def test_cms_ntuple_keeps_what_it_states(make_case):
    path = make_case(n=30)
    loose = DijetProcessor(
        DijetSelection(deta_max=None), ["msd", "tau21", "lsf3", "btag_subjet", "n_pf", "ptd"], True
    )
    table, flows = select([path], loose)
    mixed = next(iter(flows.values()))
    assert len(table) == flow(flows)["all"] == 30
    assert "j1_mass" not in table  # the layout has none
    assert mixed.acceptance == pytest.approx(0.25)
    for name in ("lsf3", "btag_subjet"):
        assert table[f"j1_{name}"].min() >= 0
    shares = np.linspace(0.4, 0.1, 4)
    np.testing.assert_allclose(table["j1_ptd"], _ptd(shares), rtol=1e-3)
    assert np.unique(table["weight"]).size == 30


def test_quantities_that_were_asked_for_must_be_there(make_features, make_case):
    path = make_features("x.h5", np.full(5, 2000.0))
    with pytest.raises(
        FileError, match=r"x\.h5: LHCO features has nothing to compute the quantity n_pf from; "
    ):
        select([path], DijetProcessor(quantities=["msd", "n_pf"]))
    with pytest.raises(FileError, match=r"x\.h5: LHCO features has no candidates; ask for no constituents"):
        select([path], DijetProcessor(constituents=True))
    with pytest.raises(FileError, match=r"case\.h5: CMS ntuple has no mass to order jets by"):
        select([make_case()], DijetProcessor(DijetSelection(order="mass")))


def test_what_cannot_be_applied_is_refused(make_features):
    path = make_features("x.h5", np.full(5, 2000.0))
    with pytest.raises(FileError, match=r"x\.h5: triggers, hem_veto cannot be applied to LHCO features"):
        select([path], DijetProcessor(DijetSelection(triggers=("PFHT900",), hem_veto=True)))
    with pytest.raises(
        FileError, match=r"corrections cannot be applied.*; .*mix -c CONFIG --set corrections"
    ):
        select([path], DijetProcessor(corrections=Corrections(jms=(0.99, 1.0, 1.01))))


def test_stored_selection_is_the_same_for_any_number_of_processes_and_chunks(
    make_features, tmp_path, monkeypatch
):
    paths = [make_features(f"{i}.h5", np.linspace(1500, 4000, 50), seed=i) for i in range(3)]
    for jobs in (1, 2):
        write_selection(tmp_path / f"{jobs}.parquet", paths, LOOSE, jobs=jobs)
    assert (tmp_path / "1.parquet").read_bytes() == (tmp_path / "2.parquet").read_bytes()
    monkeypatch.setattr("dijethunt.datasets.lhco.CHUNK", 7)
    steps = []
    table, _ = select(paths, LOOSE, progress=lambda done, total: steps.append((done, total)))
    assert table.digest() == read(tmp_path / "1.parquet").digest()
    assert steps[-1] == (150, 150)
    assert len(steps) == 24


@pytest.mark.parametrize("jobs", [1, 2])
def test_damage_is_named_and_leaves_nothing(make_features, tmp_path, capfd, jobs):
    mjj = np.full(40, 2000.0)
    bad = make_features("bad.h5", mjj, mj2=np.where(np.arange(40) == 33, np.nan, 80.0))
    with pytest.raises(
        FileError, match=r"bad\.h5: df, column mj2 is not finite in 1 .*, first in row 33; correct"
    ):
        write_selection(tmp_path / "t.parquet", [make_features("good.h5", mjj), bad], LOOSE, jobs=jobs)
    assert not list(tmp_path.glob("t.*"))
    assert "Traceback" not in capfd.readouterr().err


def test_quantity_of_a_user_with_several_processes(make_features):
    @quantity(("mass", "pt"))
    def relative_mass(jets):
        return jets["mass"] / jets["pt"]

    paths = [make_features(f"{i}.h5", np.full(40, 2000.0)) for i in range(2)]
    table, _ = select(paths, DijetProcessor(quantities=["msd", relative_mass]), jobs=2)
    np.testing.assert_allclose(table["j1_relative_mass"], table["j1_mass"] / table["j1_pt"], rtol=1e-6)


def test_candidates_are_read_when_they_are_wanted(make_case):
    path = make_case(n=30)
    with h5py.File(path, "a") as file:
        file["jet1_PFCands"][4, 1] = np.nan
    for wanted in ({"constituents": True}, {"quantities": ["msd", "girth"]}):
        with pytest.raises(FileError, match=r"jet1_PFCands is not finite"):
            select([path], DijetProcessor(**wanted))
    assert len(select([path])[0]) > 10


def test_trigger_of_a_single_jet(make_features):
    path = make_features("x.h5", np.linspace(2000, 3000, 100))
    table, flows = select([path], DijetProcessor(DijetSelection(leading_pt_min=1200, deta_max=9)))
    leading = np.maximum(table["j1_pt"], table["j2_pt"])
    assert 0 < flow(flows)["leading_pt"] == len(table) < 100
    assert leading.min() > 1200


def test_ordering_takes_candidates_along():
    jets = {"mass": np.array([[1.0, 2.0], [2.0, 1.0], [1.0, 1.0]])}
    momenta = np.arange(18.0).reshape(3, 2, 1, 3)
    record = Record({}, np.ones(3), jets, np.ones(3, bool), constituents=momenta).ordered(jets["mass"])
    assert record.jets["mass"].tolist() == [[2, 1], [2, 1], [1, 1]]
    assert record.constituents[:, 0, 0, 0].tolist() == [3, 6, 12]


def test_error_while_reading_names_the_file(make_features, monkeypatch):
    path = make_features("x.h5", np.full(5, 2000.0))
    monkeypatch.setattr(ntuple, "read", lambda *_: 1 / 0)
    with pytest.raises(FileError, match=r"x\.h5, events 0 to 5: ZeroDivisionError: .*; the file is damaged"):
        select([path])


def _ptd(shares):
    return np.sqrt((shares**2).sum()) / shares.sum()

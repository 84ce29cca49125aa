import h5py
import numpy as np
import pytest
from dijethunt.analysis.processor import DijetProcessor
from dijethunt.analysis.selection import select
from dijethunt.datasets.case import inspect
from dijethunt.datasets.case_writer import write
from dijethunt.datasets.error import ColumnError
from dijethunt.datasets.table import chunks
from dijethunt.selections.region import DijetSelection

EVERYTHING = DijetSelection(pt_min=0, eta_max=9, deta_max=None, jet_id=False)


@pytest.fixture
def selected(make_nanoaod):
    """A table with candidates, made from PFNano."""
    return select([make_nanoaod(n=80)], DijetProcessor(constituents=True))[0]


def test_written_file_gives_the_same_table(selected, tmp_path):
    write(tmp_path / "x.h5", chunks(selected, 7), {})
    found, flows = select([tmp_path / "x.h5"], DijetProcessor(EVERYTHING, constituents=True))
    assert list(flows["x"].cutflow.events) == [len(selected)] * 6
    assert set(found.columns) == set(selected.columns)
    for name in selected.columns:
        assert found[name].dtype == selected[name].dtype, name
        np.testing.assert_array_equal(found[name], selected[name], err_msg=name)


def test_tools_that_know_the_layout_alone_find_everything(selected, tmp_path):
    write(tmp_path / "x.h5", selected, {}, lambda: 0.125)
    with h5py.File(tmp_path / "x.h5") as file:
        kinematics, extra = file["jet_kinematics"][:], file["jet2_extraInfo"][:]
        np.testing.assert_array_equal(file["truth_label"][:, 0], selected["truth"])
        np.testing.assert_array_equal(file["jet1_PFCands"][:, :, :3], selected["j1_constituents"])
        energy = file["jet1_PFCands"][:, :, 3].sum(axis=1)
        assert file["preselection_eff"][0] == 0.125
        assert {file[name].shape[1] for name in ("jet1_extraInfo", "jet2_extraInfo")} == {7}
    assert kinematics.shape[1] == 14
    np.testing.assert_allclose(kinematics[:, 0], selected["mjj"], rtol=1e-6)
    np.testing.assert_allclose(kinematics[:, 9], selected["j2_msd"])
    for i, name in enumerate(("tau21", "tau32", "tau43")):
        np.testing.assert_allclose(extra[:, i + 1] / extra[:, i], selected[f"j2_{name}"], rtol=1e-5)
    np.testing.assert_array_equal(extra[:, 6], selected["j2_n_pf"])
    total = np.linalg.norm(selected["j1_constituents"].sum(axis=1), axis=1)
    assert (energy >= total * (1 - 1e-5)).all()


def test_scores_that_are_not_known_are_marked_and_not_offered(selected, tmp_path):
    write(tmp_path / "x.h5", selected, {})
    with h5py.File(tmp_path / "x.h5") as file:
        assert (file["jet1_extraInfo"][:, 4:6] == -1).all()
        assert not inspect(tmp_path / "x.h5", file).fields & {"lsf3", "subjet_btagDeepB", "tau1"}


def test_absolute_subjettiness_is_kept_when_it_is_known(make_nanoaod, tmp_path):
    quantities = ["msd", "tau1", "tau2", "tau3", "tau4", "n_pf"]
    table, _ = select([make_nanoaod(n=40)], DijetProcessor(quantities=quantities))
    write(tmp_path / "x.h5", table, {})
    with h5py.File(tmp_path / "x.h5") as file:
        np.testing.assert_array_equal(file["jet1_extraInfo"][:, :4], table.jets(*quantities[1:5])[:, 0])
    again, _ = select([tmp_path / "x.h5"], DijetProcessor(EVERYTHING, ["tau41"]))
    np.testing.assert_allclose(again["j1_tau41"], table["j1_tau4"] / table["j1_tau1"], rtol=1e-3)


def test_missing_columns_are_named_and_nothing_is_left(selected, tmp_path):
    few = selected.only(set(selected.columns) - {"j1_tau32", "j2_n_pf"})
    with pytest.raises(
        ColumnError, match=r"x\.h5: the layout needs j1_tau32, j2_n_pf; ask for the quantities"
    ):
        write(tmp_path / "x.h5", few, {})
    with pytest.raises(ColumnError, match="not even an empty table"):
        write(tmp_path / "x.h5", [], {})
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".h5"]

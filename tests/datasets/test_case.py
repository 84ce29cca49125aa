import h5py
import numpy as np
import pytest
from dijethunt.datasets.case import LAYOUT
from dijethunt.datasets.error import FileError
from dijethunt.datasets.ntuple import inspect, read


def test_columns_are_where_the_layout_has_them(make_case):
    path = make_case(n=6)
    record = read(inspect(path), 1, 2, 5)
    with h5py.File(path) as file:
        kinematics, extra = file["jet_kinematics"][2:5], file["jet2_extraInfo"][2:5]
        assert record.mjj.tolist() == kinematics[:, 0].tolist()
        assert record.deta.tolist() == kinematics[:, 1].tolist()
        for i, name in enumerate(("pt", "eta", "phi", "msoftdrop")):
            assert record.jets[name].tolist() == kinematics[:, [2 + i, 6 + i]].tolist()
        for i, name in enumerate(("tau1", "tau2", "tau3", "tau4", "lsf3", "subjet_btagDeepB", "nPFCandsAll")):
            assert record.jets[name][:, 1].tolist() == extra[:, i].tolist()
        assert record.weight.tolist() == file["event_info"][2:5, 3].tolist()
        assert record.label.tolist() == file["truth_label"][2:5, 0].tolist()
    assert [record.identity[name].tolist() for name in ("run", "lumi", "event")] == [
        [3] * 3,
        [2] * 3,
        [2, 3, 4],
    ]


def test_candidates_add_up_to_the_jets(make_case):
    record = read(inspect(make_case(n=6)), 0, 0, 6)
    total = record.constituents.sum(axis=2)
    np.testing.assert_allclose(np.hypot(total[..., 0], total[..., 1]), record.jets["pt"], rtol=2e-3)
    pt = np.hypot(record.constituents[..., 0], record.constituents[..., 1])
    assert (np.diff(pt, axis=-1) <= 0).all()


def test_what_the_file_is(make_case):
    file = inspect(make_case(n=6))
    assert (file.layout, file.entries, file.labelled, file.constituents) == (LAYOUT, 6, True, True)
    assert file.generated.events == 24
    few = inspect(make_case("few.h5", n=6, drop=("truth_label", "jet2_PFCands", "preselection_eff")))
    assert (few.labelled, few.constituents, few.generated) == (False, False, None)


def test_sum_of_generated_weights_comes_from_the_efficiency(make_case):
    path = make_case(n=6)
    with h5py.File(path) as file:
        total = file["event_info"][:, 3].sum(dtype=float)
    assert inspect(path).generated.sumw == pytest.approx(total / 0.25)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"drop": ("jet_kinematics",)}, r"no dataset 'jet_kinematics', only event_info, jet1_PFCands"),
        ({"drop": ("jet2_extraInfo",)}, r"no dataset 'jet2_extraInfo'"),
        ({"change": {"jet_kinematics": np.ones((6, 9))}}, r"shape \(6, 9\); it must be \(n, 10 or more\)"),
        (
            {"change": {"jet1_PFCands": np.ones((6, 400))}},
            r"shape \(6, 400\); it must be \(n, 1 or more, 3 or",
        ),
        (
            {"change": {"event_info": np.ones((5, 8))}},
            r"differ in length, {'event_info': 5, 'jet_kinematics': 6",
        ),
        ({"change": {"truth_label": np.ones((4, 1))}}, r"differ in length, .*'truth_label': 4"),
        (
            {"change": {"preselection_eff": [1.5]}},
            r"preselection_eff is 1\.5; it must be above 0 and at most 1",
        ),
    ],
)
def test_files_that_are_not_complete(make_case, options, message):
    with pytest.raises(FileError, match=rf"case\.h5: .*{message}"):
        inspect(make_case(n=6, **options))


@pytest.mark.parametrize("name", ["event_info", "jet_kinematics", "jet1_extraInfo", "jet2_PFCands"])
def test_value_that_is_no_number(make_case, name):
    path = make_case(n=6)
    with h5py.File(path, "a") as file:
        file[name][4, 1] = np.nan
    with pytest.raises(
        FileError, match=rf"case\.h5: {name} is not finite in 1 of events 3 to 6, first in row 4"
    ):
        read(inspect(path), 0, 3, 6)


def test_truncated_file(make_case):
    path = make_case(n=6)
    path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(FileError, match=r"case\.h5: not a readable HDF5 file .*truncated"):
        inspect(path)


def test_another_layout_is_named(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["images"] = np.ones((2, 32, 32))
    with pytest.raises(FileError, match=r"x\.h5: neither a table .* nor an ntuple .*; it holds images"):
        inspect(tmp_path / "x.h5")

import h5py
import numpy as np
import pytest
from dijethunt.datasets.error import FileError
from dijethunt.datasets.frame import find_frame
from dijethunt.datasets.hdf5 import opened

COLUMNS = {"px": np.array([1.5, 2.5, 3.5]), "label": np.array([0, 1, 0]), "m": np.array([7.0, 8.0, 9.0])}


def read(path, names, start=0, stop=3):
    with opened(path) as file:
        return find_frame(path, file).read(file, names, start, stop)


def test_columns_of_several_types_come_in_the_order_asked_for(make_frame):
    path = make_frame("x.h5", COLUMNS)
    assert read(path, ["label", "m", "px"], 1, 3).tolist() == [[1, 8.0, 2.5], [0, 9.0, 3.5]]


def test_columns_called_by_numbers(make_frame):
    path = make_frame("x.h5", {i: np.full(2, i, np.float32) for i in range(30)})
    assert read(path, ["29", "0", "11"], 0, 1).tolist() == [[29, 0, 11]]


def test_missing_column_is_named_with_its_neighbour(make_frame):
    path = make_frame("x.h5", COLUMNS)
    with (
        opened(path) as file,
        pytest.raises(FileError, match=r"x\.h5: no column 'lable'; did you mean 'label'"),
    ):
        find_frame(path, file).need(["m", "lable"])


def test_value_that_is_no_number_is_named_by_column_and_row(make_frame):
    path = make_frame("x.h5", COLUMNS | {"m": np.array([7.0, 8.0, np.nan])})
    with pytest.raises(
        FileError, match=r"x\.h5: df, column m is not finite in 1 of events 1 to 3, first in row 2"
    ):
        read(path, ["px", "m"], 1, 3)


def test_tables_stored_in_another_way(make_frame):
    path = make_frame("x.h5", COLUMNS, kind="frame_table")
    with (
        opened(path) as file,
        pytest.raises(FileError, match=r"df is stored as 'frame_table'; .*format='fixed'"),
    ):
        find_frame(path, file)


def test_several_tables_and_none(make_frame, tmp_path):
    path = make_frame("x.h5", COLUMNS)
    with h5py.File(path, "a") as file:
        file.copy("df", "other")
    with opened(path) as file, pytest.raises(FileError, match=r"several tables \(df, other\); store one"):
        find_frame(path, file)
    with h5py.File(tmp_path / "none.h5", "w") as file:
        file["x"] = [1.0]
        assert find_frame("none.h5", file) is None


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda df: df.pop("block1_values"), r"no dataset 'block1_values', only axis0"),
        (lambda df: replace(df, "axis1", np.arange(4)), r"differ in length, {'df/axis1': 4, "),
        (
            lambda df: replace(df, "block0_values", np.ones((3, 1))),
            r"has shape \(3, 1\); it must be \(n, 2 or",
        ),
    ],
)
def test_parts_that_do_not_fit_together(make_frame, damage, message):
    path = make_frame("x.h5", COLUMNS)
    with h5py.File(path, "a") as file:
        damage(file["df"])
    with opened(path) as file, pytest.raises(FileError, match=message):
        find_frame(path, file)


def test_table_without_rows(make_frame):
    """What has no entries is stored as one entry, with its true shape as an attribute."""
    path = make_frame("x.h5", {"px": np.ones(1)})
    with h5py.File(path, "a") as file:
        file["df/axis1"].attrs["shape"] = [0]
    with (
        opened(path) as file,
        pytest.raises(FileError, match="the table df is empty; give a file with events"),
    ):
        find_frame(path, file)


def replace(group, name, values):
    del group[name]
    group[name] = values


def test_damage_inside_a_file_is_named(make_frame):
    path = make_frame("x.h5", COLUMNS)
    with h5py.File(path) as file:
        chunk = file["df/block0_values"].id.get_chunk_info(0)
    content = bytearray(path.read_bytes())
    content[chunk.byte_offset : chunk.byte_offset + chunk.size] = b"\xff" * chunk.size
    path.write_bytes(content)
    with pytest.raises(FileError, match=r"x\.h5: not a readable HDF5 file \(.*\); copy or make it again"):
        read(path, ["px"])

import h5py
import numpy as np
import pytest
from dijethunt.datasets.error import FileError
from dijethunt.datasets.hdf5 import find, is_hdf5, opened, require_finite, rows, same_length

BLOSC = 32001  # registered at portal.hdfgroup.org/documentation/hdf5-docs/registered_filter_plugins.html


@pytest.fixture
def path(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["a"] = np.arange(12.0).reshape(6, 2)
        file["b"] = np.arange(5)
    return tmp_path / "x.h5"


def test_content_decides_what_is_hdf5(path, tmp_path):
    renamed = path.rename(tmp_path / "x.root")
    (tmp_path / "page.h5").write_text("<html>not found</html>")
    (tmp_path / "y.root").write_bytes(b"root" * 100)
    assert is_hdf5(renamed)
    assert is_hdf5(tmp_path / "page.h5")
    assert not is_hdf5(tmp_path / "y.root")


def test_rows_are_read(path):
    with opened(path) as file:
        assert rows(path, file["a"], 2, 4).tolist() == [[4, 5], [6, 7]]


def test_truncated_file_is_named(path):
    path.write_bytes(path.read_bytes()[:1500])
    with pytest.raises(FileError, match=r"x\.h5: not a readable HDF5 file \(.*truncated.*\); copy or make"):
        opened(path).__enter__()


def test_what_is_no_file_is_named(tmp_path):
    (tmp_path / "page.h5").write_text("<html>not found</html>")
    for name, message in (
        (tmp_path / "page.h5", r"page\.h5: not a readable HDF5 file"),
        (tmp_path / "none.h5", r"none\.h5: no such file"),
        ("https://zenodo.org/x.h5", "read from disk only; copy it to a folder"),
    ):
        with pytest.raises(FileError, match=message), opened(name):
            pass


def test_dataset_that_is_missing_or_of_the_wrong_shape(path):
    with opened(path) as file:
        with pytest.raises(FileError, match=r"x\.h5: no dataset 'c', only a, b; give a complete file"):
            find(path, file, "c", 2)
        with pytest.raises(FileError, match=r"x\.h5: a has shape \(6, 2\); it must be \(n, 3 or more\)"):
            find(path, file, "a", 3)
        with pytest.raises(FileError, match=r"b has shape \(5,\); it must be \(n, 1 or more\)"):
            find(path, file, "b", 1)
        assert find(path, file, "a", 1).shape == (6, 2)


def test_datasets_of_different_length(path):
    with opened(path) as file, pytest.raises(FileError, match=r"differ in length, {'a': 6, 'b': 5}"):
        same_length(path, [file["a"], file["b"]])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_value_that_is_no_number_has_its_row_in_the_file(value):
    values = np.ones((3, 2, 4))
    values[1, 0, 2] = value
    with pytest.raises(FileError, match=r"x\.h5: a is not finite in 1 of events 40 to 43, first in row 41"):
        require_finite("x.h5", "a", values, 40)
    require_finite("x.h5", "a", np.zeros((0, 2)), 40)


def test_compression_that_is_not_known(tmp_path):
    path = tmp_path / "blosc.h5"
    with h5py.File(path, "w") as file:
        creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        creation.set_chunk((4,))
        creation.set_filter(BLOSC, h5py.h5z.FLAG_OPTIONAL, ())
        dataset = h5py.h5d.create(
            file.id, b"values", h5py.h5t.NATIVE_DOUBLE, h5py.h5s.create_simple((4,)), creation
        )
        dataset.write_direct_chunk((0,), b"compressed")
    if h5py.h5z.filter_avail(BLOSC):
        pytest.skip("Blosc is installed: nothing is missing")
    with (
        opened(path) as file,
        pytest.raises(
            FileError,
            match=r"blosc\.h5: values is compressed with .*32001.*; install `dijethunt\[hdf5\]`, or store the file",
        ),
    ):
        rows(path, file["values"], 0, 4)

import json

import numpy as np
import pytest
import uproot
from dijethunt.analysis.processor import DijetProcessor
from dijethunt.analysis.selection import write_selection
from dijethunt.analysis.source import look, source_of
from dijethunt.datasets.catalogue import FOUND_OUT, CatalogueError, Dataset
from dijethunt.datasets.error import FileError
from dijethunt.selections.error import SelectionError

MJJ = np.full(4, 2000.0)
LABELS = np.array([0, 0, 1, 1])


def kind(*paths):
    return source_of(Dataset("x", tuple(map(str, paths)), FOUND_OUT)).dataset.kind


def test_kind_is_found_out_from_the_files(make_nanoaod, make_features, make_case):
    assert kind(make_nanoaod("mc.root", n=5)) == "background"
    assert kind(make_nanoaod("data.root", n=5, drop=("genWeight",))) == "data"
    assert kind(make_features("labelled.h5", MJJ, label=LABELS)) == "mixed"
    assert kind(make_features("box.h5", MJJ)) == "data"
    assert kind(make_case("case.h5"), make_case("case2.h5")) == "mixed"


def test_kind_that_was_said_stays(make_features):
    path = str(make_features("x.h5", MJJ, label=LABELS))
    assert source_of(Dataset("x", (path,), "signal")).dataset.kind == "signal"


def test_files_that_disagree(make_nanoaod, make_features):
    with pytest.raises(SelectionError, match="some files have labels and some not"):
        kind(make_features("a.h5", MJJ, label=LABELS), make_features("b.h5", MJJ))
    with pytest.raises(SelectionError, match="sample 'x' has ROOT and HDF5 files; make two samples"):
        kind(make_features("a.h5", MJJ), make_nanoaod("a.root", n=5))


def test_labels_are_asked_for_where_there_are_none(make_nanoaod, make_features):
    for path in (make_features("x.h5", MJJ), make_nanoaod("x.root", n=5)):
        with pytest.raises(FileError, match=r"labels; say"):
            look([Dataset("x", (str(path),), "mixed")], DijetProcessor())


def test_a_list_of_files_is_one_sample(make_features, tmp_path):
    for name in ("a.h5", "b.h5"):
        make_features(name, MJJ, label=LABELS)
    (tmp_path / "all.txt").write_text("b.h5\na.h5  # the other half\n")
    (source,) = look([tmp_path / "all.txt"], DijetProcessor())
    assert [file.path for file in source.files] == [str(tmp_path / "b.h5"), str(tmp_path / "a.h5")]
    assert source.dataset.name == "b"


def test_data_have_no_cross_section(make_features):
    with pytest.raises(CatalogueError, match="'x' is data and has no cross section"):
        source_of(Dataset("x", (str(make_features("x.h5", MJJ)),), FOUND_OUT, cross_section=1.0))


def test_a_table_is_no_file_of_a_sample(tmp_path):
    with pytest.raises(FileError, match=r"mix\.parquet: a selection reads no parquet table; .* as \.h5"):
        source_of(Dataset("x", (str(tmp_path / "mix.parquet"),), "mixed"))


def test_the_label_of_files_that_are_not_for_physics(make_nanoaod, make_features, tmp_path):
    made, other = make_nanoaod("made.root", n=200), make_nanoaod("other.root", n=5)
    with uproot.update(made) as file:
        file["provenance"] = json.dumps({"label": "not for physics"})
    write_selection(tmp_path / "made.h5", [made])
    found = {
        path: source_of(Dataset("x", (str(path),), FOUND_OUT)).label
        for path in (made, tmp_path / "made.h5", other, make_features("x.h5", MJJ))
    }
    assert list(found.values()) == ["not for physics", "not for physics", "", ""]

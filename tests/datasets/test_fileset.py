import json

import pytest
from dijethunt.datasets.catalogue import CatalogueError, read_catalogue
from dijethunt.datasets.fileset import FilesetError, parse_fileset


def test_names_with_lists_of_files():
    assert parse_fileset({"a": ["1.root", "2.root"]}, "x") == {
        "a": {"files": ["1.root", "2.root"], "kind": "auto"}
    }


@pytest.mark.parametrize(
    "files",
    [
        ["1.root"],
        "1.root",
        {"1.root": "Events"},
        {"1.root": None},
        {"1.root": {"object_path": "Events", "steps": [[0, 10]], "uuid": "ab"}},
    ],
)
def test_files_as_coffea_takes_them(files):
    assert parse_fileset({"a": {"files": files}}, "x")["a"]["files"] == ["1.root"]


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({}, {"kind": "auto"}),
        ({"is_data": True, "lumi": 59.8}, {"kind": "data", "luminosity": 59.8}),
        ({"is_data": False, "kind": "signal"}, {"kind": "signal"}),
        (
            {"is_data": False, "xsec": 6.6, "label": "QCD"},
            {"kind": "auto", "cross_section": 6.6, "label": "QCD"},
        ),
        ({"year": 2018, "nevts": 10, "xsec": None}, {"kind": "auto"}),
        ({"xsec": 6.6, "cross_section": 6.6}, {"kind": "auto", "cross_section": 6.6}),
    ],
)
def test_metadata_become_keys_of_the_catalogue(metadata, expected):
    entry = parse_fileset({"a": {"files": ["1.root"], "metadata": metadata}}, "x")["a"]
    assert {key: value for key, value in entry.items() if key != "files"} == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (["1.root"], r"x: not a table of data sets; write"),
        ({"a": {"file": ["1.root"]}}, r"x, data set 'a': no files; give a list"),
        ({"a": []}, r"'a': files = \[\]; give names"),
        ({"a": [1]}, r"'a': files = \[1\]; give names"),
        ({"a": {"files": {"1.root": "tree"}}}, r"1\.root is to be read from 'tree'; only 'Events'"),
        ({"a": {"files": ["1.root"], "metadata": [1]}}, r"metadata = \[1\]; give a table"),
        (
            {"a": {"files": ["1.root"], "metadata": {"cros_section": 1}}},
            r"no key of metadata 'cros_section'; did you mean 'cross_section'",
        ),
        ({"a": {"files": ["1.root"], "metadata": {"is_data": "no"}}}, r"is_data = 'no'; give true or false"),
        ({"a": {"files": ["1.root"], "metadata": {"is_data": False, "kind": "data"}}}, r"give one of them"),
        (
            {"a": {"files": ["1.root"], "metadata": {"is_data": True, "kind": "signal"}}},
            r"for kind; give it once",
        ),
        (
            {"a": {"files": ["1.root"], "metadata": {"xsec": 1, "cross_section": 2}}},
            r"1 and 2 for cross_section",
        ),
    ],
)
def test_mistakes_are_named(content, message):
    with pytest.raises(FilesetError, match=message):
        parse_fileset(content, "x")


def test_a_json_file_is_a_catalogue(tmp_path):
    for name in ("a.root", "b.root"):
        (tmp_path / name).touch()
    path = tmp_path / "samples.json"
    path.write_text(json.dumps({"qcd": {"files": ["*.root"], "metadata": {"xsec": 6.6}}, "b": ["b.root"]}))
    found = read_catalogue(path)
    assert found["qcd"].files == (str(tmp_path / "a.root"), str(tmp_path / "b.root"))
    assert (found["qcd"].kind, found["qcd"].cross_section, found["b"].kind) == ("auto", 6.6, "auto")
    path.write_text(json.dumps({"b": ["c.root"]}))
    with pytest.raises(CatalogueError, match=r"samples\.json, sample 'b': no file matches '.*c\.root'"):
        read_catalogue(path)
    path.write_text("{'b': 1}")
    with pytest.raises(CatalogueError, match=r"cannot read the catalogue .*samples\.json"):
        read_catalogue(path)

import json
import os

import pytest
from dijethunt.datasets.atomic import alone_in, atomic_path, read_json, remove_old, write_json
from dijethunt.datasets.error import FileError


def test_file_appears_only_when_the_block_ends(tmp_path):
    path = tmp_path / "deep" / "a.txt"
    with atomic_path(path) as temporary:
        temporary.write_text("new")
        assert not path.exists()
        assert temporary.parent == path.parent
    assert path.read_text() == "new"


def test_failure_leaves_the_old_content_and_no_rest(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail():
        with atomic_path(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        fail()
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_no_permission_names_the_file(tmp_path):
    tmp_path.chmod(0o500)
    with (
        pytest.raises(FileError, match=r"cannot write .*a\.txt: Permission denied"),
        atomic_path(tmp_path / "a.txt") as t,
    ):
        t.write_text("x")


def test_folder_in_the_way_names_the_file(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match=r"cannot write .*file/a\.txt"):
        write_json(tmp_path / "file" / "a.txt", {})


def test_json_is_the_same_for_equal_content(tmp_path):
    write_json(tmp_path / "a.json", {"b": 1, "a": [0.1]})
    write_json(tmp_path / "b.json", {"a": [0.1], "b": 1})
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert read_json(tmp_path / "a.json") == {"a": [0.1], "b": 1}


def test_json_refuses_what_is_not_json(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"a": float("nan")})
    assert not (tmp_path / "a.json").exists()


def test_broken_json_is_named(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps({"a": 1})[:-1])
    with pytest.raises(FileError, match=r"cannot read .*a\.json"):
        read_json(tmp_path / "a.json")


def test_two_runs_do_not_share_a_folder(tmp_path):
    refused = pytest.raises(FileError, match=f"another run is at work in {tmp_path}")
    with alone_in(tmp_path), refused, alone_in(tmp_path):
        pass
    with alone_in(tmp_path):
        assert not list(tmp_path.iterdir())


def test_only_figures_that_were_listed_are_removed(tmp_path):
    for name in ("old.png", "new.png", "own.png"):
        (tmp_path / name).write_bytes(b"")
    record = tmp_path / "record.json"
    remove_old(record, [])
    figures = ["old.png", "new.png", "gone.png"]
    for foreign in (figures, {"figures": figures}):
        write_json(record, foreign)
        remove_old(record, [])
        assert (tmp_path / "old.png").exists()
    write_json(record, {"figures": figures, "provenance": {}})
    remove_old(record, ["new.png"])
    assert {path.name for path in tmp_path.glob("*.png")} == {"new.png", "own.png"}

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dijethunt.datasets.error import ColumnError, FileError
from dijethunt.datasets.store import count, iterate, read, read_provenance, require, write
from dijethunt.datasets.table import chunks, concatenate

RECORD = {"configuration": "abc", "seeds": {"injection": 3}}


def test_reading_gives_back_what_was_written(make_table, tmp_path):
    table = make_table(500, 1, j1_constituents=np.random.default_rng(1).random((500, 10, 3), np.float32))
    write(tmp_path / "t.parquet", table, RECORD)
    assert read(tmp_path / "t.parquet").digest() == table.digest()
    assert read_provenance(tmp_path / "t.parquet") == RECORD
    assert count(tmp_path / "t.parquet") == 500


def test_pieces_make_the_same_table(make_table, tmp_path):
    table = make_table(500, 1)
    write(tmp_path / "t.parquet", chunks(table, 77), RECORD)
    assert read(tmp_path / "t.parquet").digest() == table.digest()


def test_iterate_reads_in_order_and_in_pieces(make_table, tmp_path):
    table = make_table(500, 1)
    write(tmp_path / "t.parquet", table, RECORD)
    pieces = list(iterate(tmp_path / "t.parquet", ["event", "mjj"], size=64))
    assert max(len(piece) for piece in pieces) == 64
    assert concatenate(pieces).digest() == table.only(["event", "mjj"]).digest()


def test_empty_table_keeps_its_columns(make_table, tmp_path):
    table = make_table(0, 1, j1_constituents=np.zeros((0, 10, 3), np.float32))
    write(tmp_path / "t.parquet", table, RECORD)
    assert read(tmp_path / "t.parquet").digest() == table.digest()


def test_units_are_stored_with_the_columns(make_table, tmp_path):
    write(tmp_path / "t.parquet", make_table(3, 1), RECORD)
    field = pq.read_schema(tmp_path / "t.parquet").field("mjj")
    assert field.metadata[b"unit"] == b"GeV"


def test_unknown_column_names_file_and_column(make_table, tmp_path):
    write(tmp_path / "t.parquet", make_table(3, 1), RECORD)
    with pytest.raises(ColumnError, match=r"t\.parquet: no column 'mj'; did you mean 'mjj'"):
        read(tmp_path / "t.parquet", ["mj"])
    with pytest.raises(ColumnError, match=r"t\.parquet: no column 'mj'"):
        require(tmp_path / "t.parquet", ["mjj", "mj"])
    require(tmp_path / "t.parquet", ["mjj"])


def test_truncated_file_is_named(make_table, tmp_path):
    path = tmp_path / "t.parquet"
    write(path, make_table(100, 1), RECORD)
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(FileError, match=r"cannot read the table .*t\.parquet"):
        read(path)


def test_foreign_parquet_has_no_provenance(tmp_path):
    pq.write_table(pa.table({"mjj": [1.0]}), tmp_path / "t.parquet")
    with pytest.raises(FileError, match="has no dijethunt provenance"):
        read_provenance(tmp_path / "t.parquet")


def test_failure_in_a_later_piece_leaves_nothing(make_table, tmp_path):
    def pieces():
        yield make_table(10, 1)
        raise RuntimeError("the disk of the pieces broke")

    with pytest.raises(RuntimeError, match="broke"):
        write(tmp_path / "t.parquet", pieces(), RECORD)
    assert list(tmp_path.iterdir()) == []


def test_pieces_with_other_columns_are_refused(make_table, tmp_path):
    with pytest.raises(ColumnError, match=r"differ in columns \['rho'\]"):
        write(tmp_path / "t.parquet", [make_table(3, 1), make_table(3, 1, rho=np.ones(3))], RECORD)

import numpy as np
import pytest
from dijethunt.datasets.error import ColumnError
from dijethunt.datasets.table import FeatureTable, chunks, concatenate


def test_columns_must_have_one_row_per_event():
    with pytest.raises(ColumnError, match=r"differ in length: \{'mjj': 3, 'deta': 2\}"):
        FeatureTable({"mjj": np.zeros(3), "deta": np.zeros(2)})


def test_python_objects_are_refused():
    with pytest.raises(ColumnError, match="column 'name' holds Python objects"):
        FeatureTable({"name": np.array(["a", None], dtype=object)})


def test_unknown_column_proposes_the_nearest(make_table):
    with pytest.raises(ColumnError, match="no column 'mj'; did you mean 'mjj'"):
        make_table(3, 1)["mj"]
    with pytest.raises(ColumnError, match=r"no column 0; known: .*mjj"):
        make_table(3, 1)[0]


def test_where_keeps_the_rows_of_every_column(make_table):
    table = make_table(20, 1, constituents=np.arange(20 * 6).reshape(20, 2, 3))
    part = table.where(table["event"] % 2 == 0)
    assert part["event"].tolist() == list(range(2, 21, 2))
    np.testing.assert_array_equal(part["constituents"], table["constituents"][1::2])


def test_jets_stacks_columns_of_both_jets(make_table):
    table = make_table(7, 2)
    stacked = table.jets("msd", "tau21")
    assert stacked.shape == (7, 2, 2)
    np.testing.assert_array_equal(stacked[:, 1, 0], table["j2_msd"])
    np.testing.assert_array_equal(stacked[:, 0, 1], table["j1_tau21"])


def test_arrays_are_no_features(make_table):
    table = make_table(7, 2).with_columns(j1_image=np.zeros((7, 4, 4)))
    with pytest.raises(ColumnError, match=r"column 'j1_image' has \(4, 4\) numbers for each event"):
        table.events("j1_msd", "j1_image")


def test_digest_sees_values_names_and_types(make_table):
    table = make_table(5, 3)
    changed = table.with_columns(mjj=table["mjj"] + 1e-9)
    narrow = table.with_columns(mjj=table["mjj"].astype(np.float32))
    renamed = FeatureTable({("m_jj" if n == "mjj" else n): v for n, v in table.columns.items()})
    assert len({t.digest() for t in (table, changed, narrow, renamed)}) == 4
    assert table.digest() == make_table(5, 3).digest()


def test_digest_does_not_depend_on_the_order_of_columns(make_table):
    table = make_table(5, 3)
    assert FeatureTable(dict(reversed(table.columns.items()))).digest() == table.digest()


def test_chunks_put_together_are_the_table(make_table):
    table = make_table(23, 4)
    pieces = list(chunks(table, 10))
    assert [len(piece) for piece in pieces] == [10, 10, 3]
    assert concatenate(pieces).digest() == table.digest()


def test_tables_with_other_columns_cannot_be_joined(make_table):
    with pytest.raises(ColumnError, match=r"differ in columns \['rho'\]"):
        concatenate([make_table(2, 1), make_table(2, 1, rho=np.ones(2))])


def test_only_names_what_is_missing(make_table):
    assert set(make_table(2, 1).only(["mjj", "deta"]).columns) == {"mjj", "deta"}
    with pytest.raises(ColumnError, match="no column 'truth'"):
        make_table(2, 1).only(["truth"])

import numpy as np
import pytest
from dijethunt.datasets.identity import DuplicateError, contained, join, refuse_duplicates


def test_equal_numbers_in_other_lumis_or_samples_are_other_events(make_table):
    table = make_table(100, 1)
    other = make_table(100, 1, sample=2)
    later = table.with_columns(lumi=table["lumi"] + np.uint32(1000))
    refuse_duplicates(join([t.identity for t in (table, other, later)]), "tables")


def test_duplicates_are_counted_and_named(make_table):
    table = make_table(300, 1)
    again = table.where(np.array([250, 7]))
    with pytest.raises(DuplicateError, match=r"^tables: 2 events occur more than once, .* 1:1:8, 1:3:251;"):
        refuse_duplicates(join([table.identity, again.identity]), "tables")


def test_no_events_and_one_event_are_fine(make_table):
    for n in (0, 1):
        refuse_duplicates(make_table(n, 1).identity, "table")


def test_events_are_found_among_others(make_table):
    table = make_table(100, 1)
    others = make_table(100, 1, sample=2).identity
    some = table.where(np.array([70, 3]))
    found = contained(table.identity, join([others, some.identity, some.identity]))
    assert np.flatnonzero(found).tolist() == [3, 70]
    none = make_table(0, 1).identity
    assert not contained(table.identity, none).any()
    assert contained(none, table.identity).shape == contained(none, none).shape == (0,)

import numpy as np
import pytest
from dijethunt.datasets.error import FileError
from dijethunt.datasets.nanoaod import check, inspect, open_events
from dijethunt.selections.error import SelectionError
from dijethunt.selections.event_filter import ALWAYS, FILTERS, names, need, optional, passed


def flags(n=4, **changed):
    return {f"Flag_{name}": np.ones(n, bool) for name in FILTERS[2018]} | {
        f"Flag_{name}": np.array(values, bool) for name, values in changed.items()
    }


def test_bad_calibration_of_the_crystals_is_for_2017_and_2018():
    assert [set(FILTERS[year]) - set(ALWAYS) for year in (2016, 2017, 2018)] == [
        set(),
        {"ecalBadCalibFilter"},
        {"ecalBadCalibFilter"},
    ]


@pytest.mark.parametrize("name", FILTERS[2018])
def test_each_filter_can_drop_an_event(make_events, name):
    events = open_events(make_events(scalars=flags(**{name: [1, 0, 1, 1]})))
    assert passed(events, names("default", 2018)).tolist() == [True, False, True, True]


def test_the_newer_muon_filter_is_applied_where_it_is_stored(make_events):
    old = open_events(make_events("old.root", scalars=flags()))
    new = open_events(make_events("new.root", scalars=flags(BadPFMuonDzFilter=[0, 1, 1, 1])))
    chosen = names("default", 2018), optional("default")
    assert passed(old, *chosen).all()
    assert passed(new, *chosen).tolist() == [False, True, True, True]
    assert optional(("goodVertices",)) == ()


def test_a_filter_that_is_badly_named(make_events):
    file = inspect(make_events(scalars=flags()))
    with pytest.raises(FileError) as caught:
        check(file, [need(names(("goodVertex",), None), file.branches)])
    assert (
        "events.root: the filtering of events needs Flag_goodVertex; did you mean Flag_goodVertices?"
        in str(caught.value)
    )


def test_files_without_filters(make_events):
    file = inspect(make_events())
    with pytest.raises(
        FileError, match=r"Flag_BadPFMuonFilter, .*Flag_goodVertices; name filters .* or leave filters"
    ):
        check(file, [need(names("default", 2016), file.branches)])


def test_the_default_needs_a_year():
    with pytest.raises(SelectionError, match="need a year; give one of 2016, 2017, 2018"):
        names("default", None)

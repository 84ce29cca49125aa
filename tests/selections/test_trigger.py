import numpy as np
import pytest
from dijethunt.datasets.nanoaod import check, inspect, open_events
from dijethunt.selections.error import SelectionError
from dijethunt.selections.trigger import MENUS, RUN_2016H, fired, menus, need

PUBLISHED = {
    2016: {275000: {"PFHT800", "PFJet450"}, 281000: {"PFHT900", "PFJet450", "AK8PFJet450"}},
    2017: {299000: {"PFHT1050", "AK8PFJet500"}},
    2018: {320000: {"PFHT1050", "AK8PFJet500"}},
}


@pytest.mark.parametrize("year", PUBLISHED)
def test_paths_of_a_run_are_those_of_the_published_search(year):
    for run, paths in PUBLISHED[year].items():
        covering = [m for m in MENUS[year] if m.covers(np.array([run]))[0]]
        assert [set(m.paths) for m in covering] == [paths]


def test_one_path_of_the_menu_of_the_run_is_enough(make_events):
    """In 2016 the thresholds rose with run 280919: PFHT800 counts before it only, AK8PFJet450 from it on."""
    runs = np.array([1, RUN_2016H - 1, RUN_2016H - 1, RUN_2016H, RUN_2016H, 284044], np.uint32)
    bits = {
        "HLT_PFHT800": np.array([1, 1, 0, 1, 0, 0], bool),
        "HLT_PFHT900": np.array([0, 0, 1, 0, 0, 0], bool),
        "HLT_PFJet450": np.array([0, 0, 0, 0, 0, 1], bool),
        "HLT_AK8PFJet450": np.array([0, 0, 1, 0, 1, 0], bool),
    }
    events = open_events(make_events(n=6, scalars={"run": runs} | bits))
    assert fired(events, menus("default", 2016)).tolist() == [True, True, False, False, True, True]


def test_paths_that_are_not_stored_count_as_not_fired(make_events):
    file = make_events(scalars={"HLT_PFHT1050": np.array([1, 0, 1, 0], bool)})
    chosen = menus("default", 2018)
    check(inspect(file), [need(chosen)])
    assert fired(open_events(file), chosen).tolist() == [True, False, True, False]


def test_named_paths_are_for_all_runs(make_events):
    file = make_events(
        scalars={"run": np.array([1, 2, 280919, 320000]), "HLT_Mu50": np.array([0, 1, 1, 0], bool)}
    )
    for name in ("Mu50", "HLT_Mu50"):
        assert fired(open_events(file), menus((name, "Absent"), None)).tolist() == [False, True, True, False]


def test_no_path_in_the_menu_of_a_run(make_events):
    file = make_events(scalars={"run": np.full(4, 282000), "HLT_PFHT800": np.ones(4, bool)})
    with pytest.raises(
        SelectionError,
        match=r"events\.root: none of .* HLT_PFHT900, HLT_PFJet450, HLT_AK8PFJet450 is stored.*280919",
    ):
        fired(open_events(file), menus("default", 2016))


def test_the_default_needs_a_year():
    with pytest.raises(SelectionError, match="need a year; give one of 2016, 2017, 2018"):
        menus("default", None)

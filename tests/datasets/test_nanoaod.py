import numpy as np
import pytest
import uproot
from dijethunt.datasets.error import FileError
from dijethunt.datasets.jagged import flat
from dijethunt.datasets.nanoaod import Generated, Need, available, check, inspect, open_events


def test_inspect_counts_without_reading_events(make_nanoaod):
    file = inspect(make_nanoaod(n=40))
    assert file.entries == 40
    assert {"FatJet_pt", "PFCands_puppiWeight", "genWeight"} <= file.branches
    assert file.generated == Generated(160, 160.0)


def test_cross_section_of_several_productions_is_averaged_by_events():
    total = Generated(100, 50.0, 2.0) + Generated(300, 70.0, 4.0)
    assert total == Generated(400, 120.0, 3.5)
    assert (total + Generated(1, 1.0)).cross_section is None


def test_cross_section_is_read_where_it_is_recorded(make_nanoaod):
    assert inspect(make_nanoaod(n=10, cross_section=2.5)).generated == Generated(40, 40.0, 2.5)


def test_generator_record_is_optional(make_nanoaod):
    assert inspect(make_nanoaod(drop=("Runs",))).generated is None


def test_missing_file(tmp_path):
    with pytest.raises(FileError, match=r"none\.root: no such file; check the path"):
        inspect(tmp_path / "none.root")


@pytest.mark.parametrize("left", [0, 3, 60, 1000, -3000])
def test_truncated_file(make_nanoaod, left):
    path = make_nanoaod()
    content = path.read_bytes()
    path.write_bytes(content[:left])
    with pytest.raises(FileError, match=r"events\.root: (not a readable ROOT file|no tree)"):
        inspect(path)


def test_text_file(tmp_path):
    (tmp_path / "a.root").write_text("not ROOT at all, " * 100)
    with pytest.raises(FileError, match=r"a\.root: not a readable ROOT file"):
        inspect(tmp_path / "a.root")


def test_file_without_events(tmp_path):
    with uproot.recreate(tmp_path / "a.root") as file:
        file.mktree("Other", {"x": np.float64}).extend({"x": np.ones(3)})
    with pytest.raises(FileError, match=r"no tree 'Events', only Other; give a NanoAOD"):
        inspect(tmp_path / "a.root")


def test_file_without_fat_jets(make_nanoaod):
    path = make_nanoaod(drop=("FatJet",))
    for function in (inspect, open_events):
        with pytest.raises(FileError, match=r"events\.root: no FatJet collection \(branch nFatJet\)"):
            function(path)


def test_check_names_file_branch_purpose_and_remedy(make_nanoaod):
    file = inspect(make_nanoaod(drop=("FatJet_tau4",)))
    needs = [
        Need("the ratio tau43", (frozenset(["FatJet_tau3", "FatJet_tau4"]),), "ask for tau32"),
    ]
    with pytest.raises(FileError, match=r"events\.root: the ratio tau43 needs FatJet_tau4; ask for tau32"):
        check(file, needs)


def test_any_alternative_will_do(make_nanoaod):
    file = inspect(make_nanoaod(drop=("FatJet_nConstituents",)))
    either = Need("a count", (frozenset(["FatJet_nConstituents"]), frozenset(["FatJetPFCands_jetIdx"])), "-")
    check(file, [either])
    none = Need("a count", (frozenset(["FatJet_a"]), frozenset(["FatJet_b"])), "give up")
    with pytest.raises(FileError, match="a count needs FatJet_a or FatJet_b; give up"):
        check(file, [none])


def test_what_is_missing_is_told_of_the_nearest_alternative():
    sets = (frozenset("ab"), frozenset("cde"), frozenset("af"))
    need = Need("a count", sets, "give up")
    assert need.missing(frozenset("a")) == "b or f"
    assert need.missing(frozenset("cd")) == "e"
    assert need.missing(frozenset()) == "a, b or a, f"


def test_events_show_the_named_branches_only(make_nanoaod):
    events = open_events(make_nanoaod(), ["FatJet_pt", "genWeight"])
    assert available(events) == {"run", "luminosityBlock", "event", "genWeight", "FatJet_pt"}


def test_events_hold_the_stored_values(make_nanoaod):
    path = make_nanoaod(n=30)
    events = open_events(path, start=10, stop=20)
    with uproot.open(path) as file:
        stored = file["Events/FatJet_pt"].array(entry_start=10, entry_stop=20)
    assert events.FatJet.pt.to_list() == stored.to_list()
    assert np.asarray(events.event).tolist() == list(range(11, 21))


def test_real_generations_of_nanoaod_open(real_data):
    events = {"pfnano": 10, "nano_tt_v12": 200, "nano_dimuon": 40, "nano_dy": 40}
    for name, entries in events.items():
        file = inspect(real_data / "nanoaod" / f"{name}.root")
        assert file.entries == entries
        assert len(flat(open_events(file.path, ["FatJet_pt"]).FatJet.pt)) >= 0
    generated = inspect(real_data / "nanoaod" / "nano_dy.root").generated
    assert generated is not None
    assert generated.events == 850098


def test_real_file_without_fat_jets(real_data):
    with pytest.raises(FileError, match=r"nano_tree\.root: no FatJet collection"):
        inspect(real_data / "nanoaod" / "nano_tree.root")

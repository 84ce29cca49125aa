from pathlib import Path

import pytest
from dijethunt.analysis.correction import Corrections
from dijethunt.selections.region import DijetSelection
from dijethunt.workflows import identity
from dijethunt.workflows.check import check
from dijethunt.workflows.config import ConfigError, Table
from dijethunt.workflows.toml import load_table, parse

SEARCH = {
    "title": "real data",
    "samples": {
        "jetht": {"kind": "data", "files": ["jetht.root"]},
        "xyy": {"kind": "signal", "files": ["xyy.root"]},
    },
    "searches": {"observed": {"data": ["jetht"], "signal": "xyy", "mass": 3000.0}},
    "taggers": {"inclusive": {"efficiency": 1.0}},
    "fit": {"range": [1530.0, 8000.0]},
    "scan": {"range": [1530.0, 8000.0]},
    "selection": {"year": 2018, "triggers": "default", "golden_json": "golden.json"},
    "corrections": {
        "payload": "jerc.json",
        "jec": "MC",
        "jec_data": {"RunA": [1, 9], "RunB": [10, 19]},
        "jes_uncertainty": "Total",
    },
}


@pytest.fixture
def folder(tmp_path):
    for name in ("jetht.root", "xyy.root", "golden.json", "jerc.json"):
        (tmp_path / name).write_text(name)
    return tmp_path


def keys(content, folder):
    config = parse(content, folder)
    return {name: identity.key(identity.select(config, name)) for name in config.samples}


def changed(section, **values):
    return SEARCH | {section: SEARCH[section] | values}


def test_files_are_relative_to_the_configuration(folder, tmp_path):
    config = parse(SEARCH, folder)
    assert config.selection.golden_json == str(folder / "golden.json")
    assert config.corrections.payload == str(folder / "jerc.json")
    assert config.corrections.jec_data == {"RunA": (1, 9), "RunB": (10, 19)}
    path = tmp_path / "only.toml"
    path.write_text('[selection]\ngolden_json = "golden.json"\ntriggers = ["PFHT1050", "PFJet500"]\n')
    table = load_table(path)
    assert table.selection == DijetSelection(
        golden_json=str(folder / "golden.json"), triggers=("PFHT1050", "PFJet500")
    )
    assert load_table(None) == Table(selection=DijetSelection(), corrections=Corrections())


def test_settings_of_pythia_are_relative_to_the_configuration(folder):
    own = {"process": "mine.cmnd", "events": 10, "seed": 1}
    samples = SEARCH["samples"] | {"mine": {"kind": "background", "simulation": own}}
    config = parse(SEARCH | {"samples": samples}, folder)
    assert config.samples["mine"].simulation.process == str(folder / "mine.cmnd")


def test_the_processor_gets_cuts_and_corrections(folder):
    table = parse(SEARCH, folder)
    processor = table.processor()
    assert (processor.selection, processor.corrections) == (table.selection, table.corrections)


def test_a_variation_is_another_selection_of_the_signal_and_the_same_of_the_data(folder):
    nominal = keys(SEARCH, folder)
    shifted = keys(changed("corrections", variation="jes_up"), folder)
    assert shifted["jetht"] == nominal["jetht"]
    assert shifted["xyy"] != nominal["xyy"]


@pytest.mark.parametrize("name", ["golden.json", "jerc.json"])
def test_what_is_in_the_files_decides_and_not_where_they_are(folder, name):
    before = keys(SEARCH, folder)
    (folder / "elsewhere").mkdir()
    section, key = ("selection", "golden_json") if name == "golden.json" else ("corrections", "payload")
    (folder / "elsewhere" / name).write_text(name)
    moved = changed(section, **{key: f"elsewhere/{name}"})
    assert keys(moved, folder) == before
    (folder / "elsewhere" / name).write_text("other")
    assert keys(moved, folder)["xyy"] != before["xyy"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("[selection]\nyear = 2019", "selection: .*year = 2019; give one of 2016, 2017, 2018"),
        ('[selection]\ntriggers = "PFHT1050"', 'give "default" or a list of names'),
        ("[selection]\ntrigers = []", "no key 'trigers'; did you mean 'triggers'"),
        ('[corrections]\njec = "MC"', "corrections: .*jec needs payload"),
        ('[corrections]\nvariation = "up"', r"corrections\.variation: .*'jes_up'"),
        ("[corrections]\njms = [0.99, 1.01]", r"corrections\.jms"),
    ],
)
def test_mistakes_are_named_by_their_key(tmp_path, line, message):
    path = tmp_path / "search.toml"
    path.write_text(line)
    with pytest.raises(ConfigError, match=message):
        load_table(path)


@pytest.mark.parametrize(
    ("section", "values", "message"),
    [
        (
            "searches",
            {"observed": {"data": ["jetht"], "signal": "xyy", "mass": 3.0}},
            "observed.mass is 3 GeV; .* 1530 to",
        ),
        (
            "searches",
            {"observed": {"data": [], "signal": "xyy", "mass": 3e3}},
            "observed needs a sample as data",
        ),
        ("taggers", {"inclusive": {"efficiency": 2.0}}, "taggers.inclusive: .*efficiency is 2"),
        ("taggers", {"a/b": {"tagger": "cwola"}}, "the name 'a/b' cannot be part of that of a file"),
        ("taggers", {"cwola": {"members": 0}}, "taggers.cwola: .*members is 0"),
        ("scan", {"toys": -5}, "scan.toys is -5; allowed: 0 or more"),
        ("fit", {"bin_width": 0.0}, "fit.bin_width is 0 GeV; allowed: above 0"),
        ("folds", {"outer": 1}, "folds.outer is 1; allowed: 2 or more"),
    ],
)
def test_values_that_cannot_be_are_refused_before_anything_runs(folder, section, values, message):
    with pytest.raises(ConfigError, match=message):
        check(parse(SEARCH | {section: SEARCH.get(section, {}) | values}, folder))


def test_the_documented_configuration_of_real_data(tmp_path):
    text = (Path(__file__).parents[2] / "docs" / "realdata.md").read_text()
    path = tmp_path / "search.toml"
    path.write_text(text.split("```toml\n")[1].split("```")[0])
    table = load_table(path)
    assert (table.selection.year, table.selection.hem_veto) == (2018, True)
    assert [last - first for first, last in table.corrections.jec_data.values()] == [1743, 2314, 1080, 4879]

"""A search with references: simulated background, what it may be, and what the report says of all taggers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import awkward as ak
import pytest
import uproot
from dijethunt.workflows import identity
from dijethunt.workflows.config import ConfigError
from dijethunt.workflows.drive import RunError
from dijethunt.workflows.toml import load
from typer.testing import Result

Command = Callable[..., Result]

TAGGERS = """
[taggers.idealized]

[taggers.supervised]
efficiency = 0.05

[taggers.cut_2prong]
msd_min = 20.0
tau_max = 0.7

[folds]
outer = 2
members = 1
"""


@pytest.fixture(scope="module")
def folder(search: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small search with half of its background as data, the other half for the taggers, and no toys."""
    folder = tmp_path_factory.mktemp("references")
    events = uproot.open(search / "background.root")["Events"].arrays(how=dict)
    jets = [name for name in events if name.startswith("FatJet_")]
    for name, rows in (("background", slice(0, 6000)), ("more", slice(6000, None))):
        columns = {k: v[rows] for k, v in events.items() if k not in jets and k != "nFatJet"}
        zipped = {"FatJet": ak.zip({k.removeprefix("FatJet_"): events[k][rows] for k in jets})}
        with uproot.recreate(folder / f"{name}.root") as file:
            tree = file.mktree("Events", {k: v.type for k, v in (columns | zipped).items()})
            tree.extend(columns | zipped)
    (folder / "signal.root").symlink_to(search / "signal.root")
    text = (search / "small.toml").read_text().replace("toys = 50", "toys = 0")
    text = text.replace("events = 150", 'events = 150\nbackground = ["more"]')
    text = text.replace(
        "[samples.signal]", '[samples.more]\nkind = "background"\nfiles = ["more.root"]\n\n[samples.signal]'
    )
    start, end = text.index("[searches.nothing]"), text.index("[taggers.cwola]")
    text = text[:start] + text[end:]
    start, end = text.index("[folds]"), text.index("[fit]")
    (folder / "references.toml").write_text(text[:start] + TAGGERS + "\n" + text[end:])
    return folder


def test_the_report_compares_all_taggers(folder: Path, tmp_path: Path, dijethunt: Command) -> None:
    arguments = ("--store", tmp_path / "store", "--output", tmp_path / "out", "--jobs", 1)
    dijethunt("run", folder / "references.toml", *arguments)
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    taggers = results["searches"]["injected"]["taggers"]
    found = {name: entry["performance"] for name, entry in taggers.items()}
    assert {entry["window"] for entry in found.values()} == {"B3"}
    assert {entry["background"] for entry in found.values()} == {"truth"}
    assert len({json.dumps(entry["events"]) for entry in found.values()}) == 1
    area = {name: entry["auc"]["value"] for name, entry in found.items()}
    assert area["inclusive"] == 0.5
    assert area["supervised"] > area["idealized"] > 0.8
    assert 0.55 < area["cut_2prong"] < area["supervised"]
    assert found["inclusive"]["realised_gain"] in (1.0, None)
    window = taggers["cut_2prong"]["windows"]["all"]
    assert window["thresholds"] == [0.5, 0.5]
    assert 0 < window["selected"] < results["searches"]["injected"]["data"]["events"]
    page = (tmp_path / "out" / "report.html").read_text()
    figures = {path.stem for path in (tmp_path / "out" / "figures").iterdir()}
    assert {"roc_injected", "sic_injected", "fraction_injected_supervised_all"} <= figures
    assert "fraction_injected_inclusive_all" not in figures  # all scores are equal
    assert page.count("data:image/png;base64,") == len(figures)
    assert "simulated signal events that were not injected" in page
    assert "max SIC" in page


SLICES = """
[taggers.quak]
features = ["msd", "tau21"]
flow_blocks = 2
flow_hidden = 16
flow_epochs = 3
efficiency = 0.05

[taggers.slices]
tagger = "cwola"
rounds = 20
working_point = { kind = "quantile", efficiencies = [0.02, 0.1], learner = "trees" }

[folds]
outer = 2
members = 1
"""


def test_categories_and_bins_of_a_plane_from_files_to_the_report(
    folder: Path, tmp_path: Path, dijethunt: Command
) -> None:
    text = (folder / "references.toml").read_text().replace(TAGGERS, SLICES)
    config = folder / "slices.toml"
    config.write_text(text.replace('background = ["more"]', 'background = ["more"]\npriors = ["signal"]'))
    arguments = ("--store", tmp_path / "store", "--output", tmp_path / "out", "--jobs", 1)
    dijethunt("run", config, *arguments)
    found = json.loads((tmp_path / "out" / "results.json").read_text())["searches"]["injected"]["taggers"]
    slices, plane = (found[name]["windows"]["B3"] for name in ("slices", "quak"))
    assert (slices["categories"], len(slices["fits"]), slices["efficiency"]) == (2, 2, pytest.approx(0.1))
    assert (plane["categories"], plane["efficiency"], plane["bins"] > 0) == (1, 0.05, True)
    selected = [sum(fit["fit"]["observed"]) for fit in slices["fits"]]
    assert sum(selected) <= slices["selected"]
    assert selected[1] > selected[0] > 0
    assert found["slices"]["performance"]["auc"]["value"] > 0.7
    figures = {path.stem for path in (tmp_path / "out" / "figures").iterdir()}
    assert {"plane_injected_quak_B3"} <= figures
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.count("data:image/png;base64,") == len(figures)


def test_background_that_is_in_the_data_is_refused(folder: Path, tmp_path: Path, dijethunt: Command) -> None:
    same = 'samples.more.files=["background.root"]'
    arguments = ("--search", "injected", "--unit", 0, "--store", tmp_path / "store", "--set", same)
    only = ("--set", "taggers={ supervised = { efficiency = 0.05 } }")
    with pytest.raises(RunError, match=r"background 'more': \d+ of its \d+ events are also in the data"):
        dijethunt("train", folder / "references.toml", *arguments, *only)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ('searches.injected.background=["mor"]', "no sample 'mor'; did you mean 'more'"),
        (
            'searches.injected.background=["background"]',
            "'background' is of kind 'background' and part of the data",
        ),
        ('searches.injected.background=["signal"]', "'signal' is of kind 'signal' and not part of the data"),
        (
            "searches.injected.background=[]",
            "trains on simulated background .*; name samples .* in searches.injected",
        ),
    ],
)
def test_what_cannot_be_background_is_refused(folder: Path, override: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load(folder / "references.toml", [override])


def test_what_a_default_stands_for_decides_a_training(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that was made with another default is not used again; members that a tagger decides by itself do not count."""

    def trained(*overrides: str) -> identity.Identity:
        return identity.train(load(folder / "references.toml", overrides), "injected", "supervised", "B3")

    assert trained() == trained("taggers.supervised.subsample=1.0")
    assert trained() != trained("taggers.supervised.subsample=0.5")
    assert trained() != trained("folds.members=2")
    assert trained() == trained("taggers.supervised.members=1", "folds.members=2")
    twin = load(folder / "references.toml", ["taggers.twin={ tagger = 'supervised', efficiency = 0.1 }"])
    assert (
        identity.train(twin, "injected", "twin", "B3") != trained()
    )  # two at work never write the same file
    before = trained()
    monkeypatch.setattr("dijethunt.taggers.supervised.Supervised.models_per_fold", 3)
    assert trained() != before


def test_background_decides_the_trainings_of_those_who_use_it_alone(folder: Path) -> None:
    with_it = load(folder / "references.toml")
    without = load(
        folder / "references.toml",
        ["searches.injected.background=[]", "taggers={ cwola = {}, inclusive = { efficiency = 1.0 } }"],
    )
    other = load(folder / "references.toml", ['samples.more.files=["background.root"]'])
    assert identity.inject(with_it, "injected") == identity.inject(without, "injected")
    assert identity.train(with_it, "injected", "cwola", "B3") == identity.train(
        without, "injected", "cwola", "B3"
    )
    assert identity.train(with_it, "injected", "cwola", "B3") == identity.train(
        other, "injected", "cwola", "B3"
    )
    for name in ("idealized", "supervised"):
        assert identity.train(with_it, "injected", name, "B3") != identity.train(
            other, "injected", name, "B3"
        )

"""Campaigns: what a TOML file means, and every mistake in it named."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dijethunt.datasets.benchmark import signals
from dijethunt.datasets.campaign import Campaign, CampaignError, derived
from dijethunt.datasets.campaign_file import parse_campaign, read_campaign
from dijethunt.datasets.error import DataError, UnknownNameError
from dijethunt.workflows.campaign import RECIPES, place

TEXT = """
title = "Small"
luminosity = 2.5
seed = 7
mpi = false
events_per_part = 100

[samples.qcd]
kind = "background"
process = "qcd"
events = 1050
k_factor = 1.2
parameters = { mjj_min = 2200.0 }

[samples.other]
kind = "background"
role = "independent"
process = "qcd"
events = 50

[samples.signals]
kind = "signal"
benchmarks = 3000.0
events = 250
parameters = { mjj_min = 1950 }
"""


def parse(text: str = TEXT) -> Campaign:
    return parse_campaign(tomllib.loads(text), "small")


def test_recipes_follow_from_the_text() -> None:
    recipes = parse().recipes()
    assert list(recipes) == ["qcd", "other", *signals(3000.0)]
    qcd = recipes["qcd"]
    assert (qcd.events, qcd.parts, qcd.mpi, qcd.cut.mjj_min) == (1050, 11, False, 2200.0)
    assert {r.process.mjj_min for n, r in recipes.items() if n in signals(3000.0)} == {1950.0}
    assert recipes["xyy_3000_80_170"].process == replace(signals(3000.0)["xyy_3000_80_170"], mjj_min=1950.0)


def test_pileup_and_radius_reach_every_recipe() -> None:
    recipes = parse("pileup = 30\nradius = 1.0\n" + TEXT).recipes()
    assert {(r.pileup, r.radius) for r in recipes.values()} == {(30, 1.0)}


def test_seeds_depend_on_campaign_and_name_alone() -> None:
    recipes = parse().recipes()
    assert recipes["qcd"].seed == derived(7, "qcd") == 90_727_803_827_835
    assert len({recipe.seed for recipe in recipes.values()}) == 24
    assert parse(TEXT.replace("seed = 7", "seed = 8")).recipes()["qcd"].seed != recipes["qcd"].seed
    explicit = TEXT.replace("events = 1050", "events = 1050\nseed = 5").replace(
        "events = 250", "events = 250\nseed = 5"
    )
    made = parse(explicit).recipes()
    assert made["qcd"].seed == 5
    assert made["wkk_3000_400"].seed == derived(5, "wkk_3000_400")


def test_a_fraction_is_the_first_whole_parts() -> None:
    whole, tenth = parse().recipes(), parse().scaled(0.1).recipes()
    assert (tenth["qcd"].events, tenth["other"].events, tenth["yhh_3000_400"].events) == (200, 50, 100)
    assert tenth["qcd"].settings(1) == whole["qcd"].settings(1)
    assert parse().scaled(1.0).recipes() == whole
    assert parse().scaled(1e-9).recipes()["qcd"].events == 100
    for fraction in (0.0, 1.1, float("nan")):
        with pytest.raises(CampaignError, match="give a number above 0 and up to 1"):
            parse().scaled(fraction)


def test_samples_are_chosen_by_name_or_by_table() -> None:
    assert [e.name for e in parse().only(["other"]).entries] == ["other"]
    assert len(parse().only(["signals", "qcd"]).entries) == 23
    with pytest.raises(UnknownNameError, match="no sample 'qdc'; did you mean 'qcd'"):
        parse().only(["qdc"])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("luminosity", "luminosty", "no key 'luminosty'; did you mean 'luminosity'"),
        ("k_factor", "kfactor", "sample 'qcd': no key 'kfactor'; did you mean 'k_factor'"),
        ("mpi = false", "mpi = 1", "mpi = 1; give true or false"),
        ("seed = 7", "seed = -1", "seed = -1; give 0 or more"),
        ("luminosity = 2.5", "luminosity = 0.0", "give a positive number"),
        ("k_factor = 1.2", "k_factor = 0.0", "'qcd': k_factor = 0.0; give a positive number"),
        ("events = 1050", "events = 1.5", "'qcd': events = 1.5; give an integer"),
        ("events = 1050", "events = 0", "'qcd': cannot produce 0 events"),
        ("mjj_min = 2200.0", "mjj = 2200.0", "sample 'qcd': process qcd: no parameter 'mjj'"),
        ("mjj_min = 2200.0", "mjj_min = 22.0", "sample 'qcd': mjj_min of qcd is 22"),
        ('process = "qcd"', 'process = "qdc"', "sample 'qcd': no process 'qdc'; did you mean 'qcd'"),
        ('process = "qcd"', 'process = "mine.cmnd"', "sample 'qcd': .*mine.cmnd"),
        ('process = "qcd"', "benchmarks = 3000.0\nprocess = 'qcd'", "give either process or benchmarks"),
        ('kind = "background"', 'kind = "data"', "no kind 'data'"),
        ('role = "independent"', 'role = "dependent"', "no role 'dependent'; did you mean 'independent'"),
        ("[samples.qcd]", '[samples."q/cd"]', "sample 'q/cd': use letters"),
        ("[samples.qcd]", "[samples.yhh_3000_400]", "samples share a name: yhh_3000_400"),
        ("[samples.qcd]", '[samples."summary.json"]', "not campaign.json"),
        ("mpi = false", "radius = 9.0", "radius = 9.0; allowed: 0.2 to 1.5"),
        ("mpi = false", "pileup = -1.0", "pileup = -1.0; allowed"),
    ],
)
def test_mistakes_are_named(old: str, new: str, message: str) -> None:
    assert old in TEXT
    with pytest.raises(DataError, match=message):
        parse(TEXT.replace(old, new, 1))


def test_samples_that_would_share_events_are_refused() -> None:
    with pytest.raises(CampaignError, match="'qcd' and 'other' are both qcd with seed 5"):
        parse(
            TEXT.replace("events = 1050", "events = 1050\nseed = 5").replace(
                "events = 50\n", "events = 50\nseed = 5\n"
            )
        )


def test_a_file_that_is_no_campaign(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("title = ")
    for name in ("broken.toml", "absent.toml"):
        with pytest.raises(CampaignError, match=f"cannot read the campaign .*{name}"):
            read_campaign(tmp_path / name)
    (tmp_path / "empty.toml").write_text("title = 'nothing'")
    with pytest.raises(CampaignError, match="campaign empty: no sample"):
        read_campaign(tmp_path / "empty.toml")


def test_the_resolved_campaign_is_plain_data() -> None:
    content: dict[str, Any] = parse().plain()
    assert content["samples"]["qcd"]["process"] == {
        **content["samples"]["qcd"]["process"],
        "name": "qcd",
        "mjj_min": 2200.0,
    }
    assert content["samples"]["qcd"]["seed"] == derived(7, "qcd")
    assert content == parse().scaled(0.1).plain() | {"samples": content["samples"]}


@pytest.mark.parametrize("name", RECIPES)
def test_shipped_recipes(name: str) -> None:
    campaign = read_campaign(place(name))
    assert campaign.title
    assert campaign.description
    assert all(entry.label for entry in campaign.entries)
    assert all(recipe.parts >= 1 for recipe in campaign.scaled(0.1).recipes().values())


@pytest.mark.parametrize(
    ("name", "masses"), [("mock-3tev", [3000]), ("mock-5tev", [5000]), ("mock-full", [2000, 3000, 5000])]
)
def test_mock_experiments_have_all_signals_and_an_independent_sample(name: str, masses: list[float]) -> None:
    campaign = read_campaign(place(name))
    names = {entry.name for entry in campaign.entries}
    assert all(set(signals(mass)) <= names for mass in masses)
    independent = [e.events for e in campaign.entries if e.role == "independent" and e.process.bias == 0]
    assert independent
    assert sum(independent) >= (300_000 if name == "mock-3tev" else 50_000)
    (sideband,) = [e for e in campaign.entries if e.role == "sideband"]
    assert sideband.process.cut.deta_min == 1.4

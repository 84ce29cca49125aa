"""The record of a campaign: parts are whole, gone, damaged or of other settings."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from dijethunt.datasets.error import FileError
from dijethunt.datasets.manifest import MANIFEST, examine, read_manifest, write_manifest
from dijethunt.datasets.part import Part, measure
from dijethunt.datasets.process import XYY
from dijethunt.datasets.production import Task, simulate_part
from dijethunt.datasets.recipe import Recipe

PROCESS = XYY(mjj_min=2000.0)
RECIPE = Recipe(PROCESS, PROCESS.cut, events=20, seed=9, mpi=False, events_per_part=10)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate_part(RECIPE, 0, tmp_path_factory.mktemp("part") / "part-00000.root")


@pytest.fixture
def task(original: Path, tmp_path: Path) -> Task:
    shutil.copy(original, tmp_path / "part-00000.root")
    return Task("xyy", RECIPE, 0, tmp_path / "part-00000.root")


@pytest.fixture
def part(task: Task) -> Part:
    return measure(task.path, RECIPE, 0, cpu=2.0)


def test_a_part_is_measured(part: Part, task: Task) -> None:
    assert part.selected == part.sumw_selected == part.sumw2_selected == 10
    assert part.generated == part.sumw >= part.stored >= 10
    assert part.cross_section > 0
    assert part.bytes == task.path.stat().st_size
    assert part.cpu_seconds == 2.0


def test_whole_parts_are_found_with_and_without_a_record(part: Part, task: Task) -> None:
    assert examine(task, part).state == "whole"
    assert examine(task, None).state == "whole"


def test_a_file_that_is_not_there(part: Part, task: Task) -> None:
    task.path.unlink()
    assert examine(task, part).state == "missing"
    assert examine(task, None).state == "unmade"


@pytest.mark.parametrize("recorded", [True, False])
def test_a_truncated_part(part: Part, task: Task, recorded: bool) -> None:
    task.path.write_bytes(task.path.read_bytes()[:-3000])
    found = examine(task, part if recorded else None)
    assert found.state == "damaged"
    assert str(task.path) in found.message


def test_a_part_with_one_bit_changed(part: Part, task: Task) -> None:
    content = bytearray(task.path.read_bytes())
    content[len(content) // 2] ^= 1
    task.path.write_bytes(content)
    assert examine(task, part).why == "its content was altered after it was made"


def test_a_part_of_other_settings_is_not_a_damaged_one(part: Part, task: Task) -> None:
    other = replace(PROCESS, mjj_min=1900.0)
    found = examine(replace(task, recipe=replace(RECIPE, process=other, cut=other.cut)), part)
    assert found.state == "foreign"
    assert "cut.mjj_min was 2000.0, now 1900.0" in found.why
    assert examine(replace(task, recipe=replace(RECIPE, seed=8)), None).state == "foreign"


def test_the_last_part_of_a_sample_that_grew_is_made_again(task: Task, part: Part) -> None:
    found = examine(replace(task, recipe=replace(RECIPE, events_per_part=15)), part)
    assert found.state == "foreign"
    grown = replace(task, recipe=replace(RECIPE, events=7, events_per_part=10))
    assert examine(grown, part).state == "damaged"
    assert "10 events, now 7" in examine(grown, part).why


def test_the_record_is_read_as_it_was_written(tmp_path: Path, part: Part) -> None:
    assert read_manifest(tmp_path) == {}
    parts = {"xyy": {0: part, 11: replace(part, cpu_seconds=None)}, "qcd": {}}
    write_manifest(tmp_path, {"name": "small"}, parts)
    assert read_manifest(tmp_path) == parts


@pytest.mark.parametrize("text", ["{", "{}", '{"samples": {"qcd": {"0": {"bytes": 1}}}}', "[]"])
def test_a_broken_record_says_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(FileError, match=r"campaign\.json.*remove it"):
        read_manifest(tmp_path)

"""What the documentation says is so: commands parse, examples run, tables agree with the code."""

from __future__ import annotations

import csv
import doctest
import importlib
import json
import re
import shlex
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest
from dijethunt.analysis.correction import Corrections
from dijethunt.datasets.process import PROCESSES
from dijethunt.selections.jet import JetSelection
from dijethunt.selections.quantities import QUANTITIES
from dijethunt.selections.region import DijetSelection
from dijethunt.selections.window import EFFICIENCY, MASSES, WINDOWS
from dijethunt.taggers import registry
from dijethunt.taggers.cwola import CWoLa
from dijethunt.taggers.interpolation import Interpolation
from dijethunt.taggers.restart import Restarts
from dijethunt.taggers.testing import CHECKS
from dijethunt.taggers.trees_or_network import TreesOrNetwork
from dijethunt.workflows import config
from dijethunt.workflows.cli import app
from dijethunt.workflows.toml import parse
from typer.main import get_command

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
TEXTS = [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
GROUP = get_command(app)
SECTIONS = {
    "Top level": config.Config,
    "`[samples.NAME]`": config.Sample,
    "`[samples.NAME.simulation]`": config.Simulation,
    "`[selection]`": DijetSelection,
    "`[jets]`": JetSelection,
    "`[corrections]`": Corrections,
    "`[searches.NAME]`": config.Search,
    "`[folds]`": config.Folds,
    "`[fit]`": config.Fit,
    "`[scan]`": config.Scan,
}


def blocks(path: Path, language: str) -> list[str]:
    """Return the contents of the code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(), re.DOTALL | re.MULTILINE)


def commands() -> Iterator[tuple[str, list[str]]]:
    """Yield the file and the words of every command in a console block."""
    for path in TEXTS:
        for block in blocks(path, "console"):
            for line in block.replace("\\\n", " ").splitlines():
                if words := shlex.split(line, comments=True):
                    yield path.name, words


def rows(path: Path, heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading, or below a line that begins so."""
    lines = path.read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if line.lstrip("# ").startswith(heading))
    first = next(i for i in range(start, len(lines)) if lines[i].startswith("|"))
    last = next(i for i in range(first, len(lines)) if not lines[i].startswith("|"))
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[first + 2 : last]]


def plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def default(entry: Any) -> Any:
    """Return the default of a field as a TOML file holds it; None when a value is required or absent."""
    if entry.default_factory is not MISSING:
        return {} if entry.default_factory in (dict, *SECTIONS.values()) else entry.default_factory()
    return None if entry.default is MISSING else plain(entry.default)


def documented(cell: str) -> Any:
    """Return the default that a table cell shows; words stand for no default."""
    return tomllib.loads(f"x = {cell.strip('`')}")["x"] if cell.startswith("`") else None


def named(cells: list[list[str]], column: int) -> dict[str, Any]:
    """Return the names in the first column of a table with the defaults in another."""
    return {row[0].strip("`"): documented(row[column]) for row in cells}


@pytest.mark.parametrize(
    ("page", "words"), [pytest.param(p, w, id=f"{p}: {' '.join(w)}") for p, w in commands()]
)
def test_commands_parse(page: str, words: list[str]) -> None:
    program, *arguments = words
    if program == "make":
        targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert set(arguments) <= set(targets), page
    elif program == "dijethunt":
        command = GROUP.commands[arguments[0]]
        context = command.make_context(arguments[0], arguments[1:])
        assert not context.args
    else:
        assert program in {".", ".venv/bin/pre-commit"}, f"{page}: no rule to check {program!r} by"


def test_every_command_and_option_has_its_place() -> None:
    """Each command has a section, its options are named in it, and no page names an option that does not exist."""
    text = (DOCS / "cli.md").read_text()
    sections = dict(re.findall(r"^## dijethunt (\w+)\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE))
    assert set(sections) == set(GROUP.commands)
    known = {"--help"}
    for name, command in GROUP.commands.items():
        options = {o for p in command.params for o in (*p.opts, *p.secondary_opts) if o.startswith("--")}
        known |= options
        referred = re.findall(r"as for `(\w+)`", sections[name]) + (["train"] if name == "score" else [])
        shown = "".join(sections[n] for n in [name, *referred] if n in sections)
        assert {o for o in options if f"`{o}`" not in shown} == set()
    for path in PAGES:
        assert set(re.findall(r"`(--[a-z-]+)", path.read_text())) <= known, path.name


@pytest.mark.parametrize(("heading", "kind"), SECTIONS.items(), ids=list(SECTIONS))
def test_keys_and_defaults_of_a_configuration(heading: str, kind: Any) -> None:
    expected = {entry.name: default(entry) for entry in fields(kind)}
    assert named(rows(DOCS / "configuration.md", heading), 3) == expected


@pytest.mark.parametrize("heading", [h for h in SECTIONS if h != "Top level"])
def test_required_keys_are_those_without_a_default(heading: str) -> None:
    required = {f.name for f in fields(SECTIONS[heading]) if f.default is f.default_factory is MISSING}
    cells = rows(DOCS / "configuration.md", heading)
    assert {row[0].strip("`") for row in cells if row[3] == "required"} == required


def test_hyperparameters_of_cwola() -> None:
    assert named(rows(DOCS / "cwola.md", "Trees"), 1) == {k: plain(v) for k, v in CWoLa().parameters.items()}


@pytest.mark.parametrize(
    ("page", "name", "own"),
    [("cathode", "lacathode", True), ("anode", "ranode", False), ("tnt", "tnt", True)],
)
def test_hyperparameters_that_are_not_those_of_the_classifiers(page: str, name: str, own: bool) -> None:
    """What the table lists has the right default, and it lists all that `TreesOrNetwork`, or the flow, does not have."""
    parameters = registry.make(name).parameters
    shared = {f.name for f in (*fields(TreesOrNetwork), *fields(Restarts))} | (
        {f.name for f in fields(Interpolation)} - {"features"} if not own else set()
    )
    listed = named(rows(DOCS / f"{page}.md", "Hyperparameters"), 1)
    assert {key: value for key, value in listed.items() if value != "by mass"} == {
        key: plain(parameters[key]) for key, value in listed.items() if value != "by mass"
    }
    assert set(parameters) - set(listed) <= shared | {"features"}


@pytest.mark.parametrize("name", PROCESSES)
def test_parameters_of_processes(name: str) -> None:
    expected = {entry.name: default(entry) for entry in fields(PROCESSES[name])}
    page = next(path for path in PAGES if f"\n`{name}`:" in path.read_text())
    assert named(rows(page, f"`{name}`:"), 1) == expected


def test_quantities_with_their_units() -> None:
    table = rows(DOCS / "quantities.md", "Jet quantities")
    found = {name.strip("`"): row[1] for row in table for name in row[0].split(", ")}
    assert found == {name: quantity.unit for name, quantity in QUANTITIES.items()}


def test_windows_with_their_masses() -> None:
    for name, region, span, masses, efficiency in rows(DOCS / "mainjob.md", "train"):
        window = WINDOWS[name]
        assert region == f"{window.low:g} - {window.high:g}"
        assert span == "{:g} - {:g}".format(*window.span)
        assert masses == ", ".join(f"{mass:g}" for mass in MASSES[name])
        assert efficiency == f"{EFFICIENCY[name]:.0%}"
    assert [row[0] for row in rows(DOCS / "mainjob.md", "train")] == list(MASSES)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_named_tests_and_files_exist(path: Path) -> None:
    text = path.read_text()
    for name, _, function in re.findall(r"(tests/[\w/]+\.py)(::(\w+))?", text):
        assert (ROOT / name).is_file(), name
        assert not function or f"def {function}(" in (ROOT / name).read_text(), f"{name}::{function}"
    for name in re.findall(r"`((?:workflows|selections|taggers|datasets|analysis|bumphunt)/\w+\.\w+)`", text):
        assert (ROOT / name).is_file(), name


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_toml_is_toml(path: Path) -> None:
    for block in blocks(path, "toml"):
        assert tomllib.loads(block)


def test_the_search_in_own_data_is_a_configuration(tmp_path: Path) -> None:
    catalogue, search = blocks(DOCS / "data.md", "toml")
    for name in ("data/JetHT_1.root", "qcd/1.root", "xyy.root"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "catalogue.toml").write_text(catalogue)
    content = parse(tomllib.loads(search), tmp_path)
    assert json.dumps(content.plain())
    assert {*content.searches["injected"].data, content.searches["injected"].signal} <= set(content.samples)


def write_published(real_data: Path, path: Path) -> None:
    """Write the spectrum of CMS-EXO-19-012 as a HEPData table of cross sections."""
    lines = (real_data / "spectra" / "cms_exo_19_012_dijet_137ifb.csv").read_text().splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    bins = [{"low": float(row["low_gev"]), "high": float(row["high_gev"])} for row in rows]
    values = [{"value": float(row["xsec_pb_per_tev"])} for row in rows]
    mass = {"header": {"name": "Dijet mass", "units": "GeV"}, "values": bins}
    density = {"header": {"name": "Cross section", "units": "pb/TeV"}, "values": values}
    path.write_text(json.dumps({"independent_variables": [mass], "dependent_variables": [density]}))


@pytest.mark.parametrize(
    "path", [path for path in PAGES if blocks(path, "pycon")], ids=lambda path: path.name
)
def test_examples_give_what_they_show(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(tmp_path)
    for block in blocks(path, "text"):
        if block.startswith("low,high,observed"):
            (tmp_path / "spectrum.csv").write_text(block)
    if path.name == "published.md":
        write_published(request.getfixturevalue("real_data"), tmp_path / "dijet_spectrum.yaml")
    examples = "\n".join(blocks(path, "pycon"))
    test = doctest.DocTestParser().get_doctest(examples, {}, path.name, str(path), 0)
    report: list[str] = []
    assert test.examples
    doctest.DocTestRunner(verbose=False).run(test, out=report.append)
    assert not report, "".join(report)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The tagger that the page on taggers shows, as a module that other processes can import too."""
    folder = tmp_path_factory.mktemp("example")
    (folder / "documented_distance.py").write_text(blocks(DOCS / "taggers.md", "python")[0])
    sys.path.insert(0, str(folder))
    yield importlib.import_module("documented_distance").Distance
    sys.path.remove(str(folder))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_example_of_a_tagger_conforms(example: Any, check: Any) -> None:
    check(example)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_pictures_exist_and_are_small(path: Path) -> None:
    for name in re.findall(r"^```\{figure\} (\S+)", path.read_text(), re.MULTILINE):
        assert 1_000 < (DOCS / name).stat().st_size < 150_000, name

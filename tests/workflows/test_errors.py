"""Every row of docs/errors.md is made to happen, and the message and the exit code are those of the table."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uproot
from dijethunt.datasets import store
from dijethunt.workflows import cli, identity

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"
SPECTRUM = "low,high,observed\n" + "".join(
    f"{low},{low + 200},{int(9e4 * (low / 2000) ** -8)}\n" for low in range(2000, 4000, 200)
)
CAMPAIGN = """
mpi = false
events_per_part = 5

[samples.qcd]
kind = "background"
process = "qcd"
events = 10

[samples.xyy]
kind = "signal"
process = "xyy"
events = 5
parameters = { mjj_min = 2000.0 }
"""


@dataclass(frozen=True)
class Place:
    """An empty working directory, the small search on files, a store that outlives the test, and a small campaign."""

    folder: Path
    search: Path
    store: Path
    made: Path
    make_nanoaod: Callable[..., Path]

    def config(self, *changes: tuple[str, str]) -> Path:
        """Write the configuration of the small search with changes, and its files."""
        text = (self.search / "small.toml").read_text()
        for name in ("background.root", "signal.root"):
            text = text.replace(name, str(self.search / name))
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        path = self.folder / "small.toml"
        path.write_text(text)
        return path

    def run(self, *changes: tuple[str, str]) -> list[Any]:
        return ["run", self.config(*changes), "--store", self.store]

    def train(self, *changes: tuple[str, str], store: Path | None = None) -> list[Any]:
        where = ["--search", "injected", "--unit", 0, "--store", store or self.store]
        return ["train", self.config(*changes), *where]

    def trained(self) -> list[Any]:
        """Train in a store of its own; returns the command that did."""
        command = self.train(store=self.folder / "store")
        assert run(command) == 0
        return command

    def select(self, *files: Any, **options: Any) -> list[Any]:
        return ["select", *files, "-o", "table.parquet", *(w for kv in options.items() for w in kv)]

    def nanoaod(self, **options: Any) -> Path:
        return self.make_nanoaod("events.root", **options)

    def campaign(self, *changes: tuple[str, str]) -> list[Any]:
        """Write the small campaign with changes; returns the command that makes it."""
        text = CAMPAIGN
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        (self.folder / "my.toml").write_text(text)
        return ["simulate", "my.toml", "-o", "made"]

    def made_campaign(self) -> Path:
        """Copy what the small campaign makes."""
        return shutil.copytree(self.made, self.folder / "made")

    def mix(self, *options: Any) -> list[Any]:
        """Return the command that mixes what the small campaign makes."""
        if not (self.folder / "made").exists():
            self.made_campaign()
        return ["mix", "made/catalogue.toml", "-o", "table.parquet", *options]

    def spectrum(self, old: str = "", new: str = "") -> Path:
        path = self.folder / "spectrum.csv"
        path.write_text(SPECTRUM.replace(old, new, 1))
        return path


@pytest.fixture(scope="session")
def common_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("common")


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("campaign")
    (folder / "my.toml").write_text(CAMPAIGN)
    assert run(["simulate", folder / "my.toml", "-o", folder / "made"]) == 0
    return folder / "made"


@pytest.fixture
def place(
    tmp_path: Path,
    search: Path,
    common_store: Path,
    made: Path,
    make_nanoaod: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Place]:
    monkeypatch.chdir(tmp_path)
    yield Place(tmp_path, search, common_store / "store", made, make_nanoaod)
    if (tmp_path / "full").is_mount():
        subprocess.run(["umount", tmp_path / "full"], check=True)


SITUATIONS: dict[str, Callable[[Place], list[Any]]] = {}


def situation(title: str) -> Callable[[Callable[[Place], list[Any]]], Callable[[Place], list[Any]]]:
    """Enter what brings a row of the page about; it returns the command that then fails."""

    def enter(function: Callable[[Place], list[Any]]) -> Callable[[Place], list[Any]]:
        SITUATIONS[title] = function
        return function

    return enter


def truncated(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


# simulate


@situation("no such process")
def _(place: Place) -> list[Any]:
    return ["simulate", "qcdd", "-n", 3, "-o", "x.root"]


@situation("a parameter that the process does not have")
def _(place: Place) -> list[Any]:
    return ["simulate", "xyy", "-n", 3, "-o", "x.root", "--set", "masss=3"]


@situation("masses that nothing can decay to")
def _(place: Place) -> list[Any]:
    return ["simulate", "xyy", "-n", 3, "-o", "x.root", "--set", "m_y=2900", "--set", "m_y_prime=200"]


@situation("no permission to write the sample")
def _(place: Place) -> list[Any]:
    return ["simulate", "xyy", "-n", 3, "-o", "/proc/x.root"]


# simulate with campaigns, mix, datasheet


@situation("no such campaign")
def _(place: Place) -> list[Any]:
    return ["simulate", "mock-quik", "--print-config"]


@situation("an option of processes, and a campaign")
def _(place: Place) -> list[Any]:
    return ["simulate", "mock-quick", "-o", "made", "--set", "mass=3000"]


@situation("a fraction that is none")
def _(place: Place) -> list[Any]:
    return ["simulate", "mock-quick", "-o", "made", "--fraction", 2]


@situation("a radius that jets cannot have")
def _(place: Place) -> list[Any]:
    return ["simulate", "mock-quick", "-o", "made", "--radius", 3]


@situation("a misspelled key of a sample")
def _(place: Place) -> list[Any]:
    return place.campaign(("events = 10", "evnts = 10"))


@situation("a misspelled parameter of a sample")
def _(place: Place) -> list[Any]:
    return place.campaign(("mjj_min", "mjj_mn"))


@situation("a K factor of 0")
def _(place: Place) -> list[Any]:
    return place.campaign(("events = 10", "events = 10\nk_factor = 0"))


@situation("a name that cannot be that of a folder")
def _(place: Place) -> list[Any]:
    return place.campaign(("[samples.qcd]", '[samples."q/cd"]'))


@situation("two samples with the same events")
def _(place: Place) -> list[Any]:
    return place.campaign(
        ("events = 10", "events = 10\nseed = 3"), ('process = "xyy"', 'process = "qcd"\nseed = 3')
    )


@situation("a typing error in settings of Pythia")
def _(place: Place) -> list[Any]:
    (place.folder / "my.cmnd").write_text("! my jets\nHardQCD:al = on\n")
    return ["simulate", "my.cmnd", "-n", 3, "-o", "x.root"]


@situation("settings of Pythia that are not there")
def _(place: Place) -> list[Any]:
    return place.campaign(('process = "qcd"', 'process = "my.cmnd"'))


@situation("files of other settings in the folder")
def _(place: Place) -> list[Any]:
    place.made_campaign()
    return [*place.campaign(), "--seed", 2]


@situation("a truncated part")
def _(place: Place) -> list[Any]:
    truncated(place.made_campaign() / "qcd" / "part-00001.root")
    return [*place.campaign(), "--verify"]


@situation("parts that are not made yet")
def _(place: Place) -> list[Any]:
    place.made_campaign()
    return [*place.campaign(("events = 10", "events = 20")), "--verify"]


@situation("a part that was removed")
def _(place: Place) -> list[Any]:
    (place.made_campaign() / "qcd" / "part-00001.root").unlink()
    return place.mix("--luminosity", 0.0001)


@situation("more luminosity than was simulated")
def _(place: Place) -> list[Any]:
    return place.mix("--luminosity", 10)


@situation("a mixture from below where a sample begins")
def _(place: Place) -> list[Any]:
    return place.mix("--luminosity", 0.0001, "--set", "selection.mjj_min=1000")


@situation("a signal that is mixed already")
def _(place: Place) -> list[Any]:
    return place.mix("--luminosity", 0.0001, "--signal", "qcd", "--events", 3)


@situation("a folder without a campaign")
def _(place: Place) -> list[Any]:
    (place.folder / "empty").mkdir()
    return ["datasheet", "empty"]


@situation("a published spectrum without its column")
def _(place: Place) -> list[Any]:
    place.made_campaign()
    (place.folder / "published.csv").write_text("low,high,seen\n2231,2332,5\n")
    return ["datasheet", "made", "--published", "published.csv"]


# select


@situation("no file of that name")
def _(place: Place) -> list[Any]:
    return place.select("nowhere/*.root")


@situation("a truncated ROOT file")
def _(place: Place) -> list[Any]:
    return place.select(truncated(place.nanoaod()))


@situation("a file that is not ROOT")
def _(place: Place) -> list[Any]:
    (place.folder / "events.root").write_text("events")
    return place.select("events.root")


@situation("no tree `Events`")
def _(place: Place) -> list[Any]:
    with uproot.recreate("events.root") as file:
        file.mktree("Other", {"x": "int32"}).extend({"x": np.arange(3, dtype=np.int32)})
    return place.select("events.root")


@situation("no `FatJet`")
def _(place: Place) -> list[Any]:
    return place.select(place.nanoaod(drop=("FatJet", "FatJetPFCands", "PFCands")))


@situation("a branch of a cut is missing")
def _(place: Place) -> list[Any]:
    return place.select(place.nanoaod(drop=("FatJet_jetId",)))


@situation("a branch of a quantity is missing")
def _(place: Place) -> list[Any]:
    return place.select(place.nanoaod(drop=("FatJet_tau4", "FatJetPFCands", "PFCands")))


@situation("no generator weight in a simulated sample")
def _(place: Place) -> list[Any]:
    (place.folder / "samples.toml").write_text('[qcd]\nfiles = ["events.root"]\nkind = "background"\n')
    place.nanoaod(drop=("genWeight",))
    return place.select("samples.toml")


@situation("constituents are asked for and not there")
def _(place: Place) -> list[Any]:
    return place.select(place.nanoaod(drop=("PFCands",)), **{"--set": "constituents=true"})


@situation("a candidate that points to no jet")
def _(place: Place) -> list[Any]:
    file = place.nanoaod(change={"FatJetPFCands_jetIdx": lambda index: index + 9})
    return place.select(file, **{"--set": "constituents=true"})


@situation("zero fat jets in all events")
def _(place: Place) -> list[Any]:
    return place.select(place.nanoaod(change={"FatJet_pt": lambda pt: 0 * pt}))


@situation("jets that are not a number")
def _(place: Place) -> list[Any]:
    return place.select(place.nanoaod(change={"FatJet_pt": lambda pt: np.nan * pt}))


@situation("the same events twice")
def _(place: Place) -> list[Any]:
    place.nanoaod()
    return place.select("events.root", place.make_nanoaod("again.root"))


@situation("a quantity that does not exist")
def _(place: Place) -> list[Any]:
    return place.select(place.nanoaod(), **{"--set": "quantities=['tau12']"})


@situation("a variation that the file has no scores for")
def _(place: Place) -> list[Any]:
    return place.select(place.nanoaod(), **{"--set": "corrections.variation=btag_bc_up"})


@situation("a variation of what is not corrected")
def _(place: Place) -> list[Any]:
    return place.select(place.nanoaod(), **{"--set": "corrections.variation=jes_up"})


@situation("`[jets]` beside `[selection]`")
def _(place: Place) -> list[Any]:
    return jets(place, "[jets]\n[selection]\nmjj_min = 2000.0\n")


@situation("a window that no jet is in")
def _(place: Place) -> list[Any]:
    return jets(place, "[jets]\npt_min = 700.0\n")


def jets(place: Place, text: str) -> list[Any]:
    (place.folder / "jets.toml").write_text(text)
    return place.select(place.nanoaod(), **{"-c": "jets.toml"})


@situation("no permission to write the table")
def _(place: Place) -> list[Any]:
    return ["select", place.nanoaod(), "-o", "/proc/table.parquet"]


@situation("a full disk")
def _(place: Place) -> list[Any]:
    full = place.folder / "full"
    full.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", full], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small file system cannot be mounted here, which needs the superuser")
    return ["select", place.nanoaod(n=3000), "-o", "full/table.parquet"]


# configuration


@situation("a misspelled key")
def _(place: Place) -> list[Any]:
    return place.run(("mjj_min", "mjj_minn"))


@situation("a value of the wrong type")
def _(place: Place) -> list[Any]:
    return place.run(("outer = 3", 'outer = "three"'))


@situation("no TOML")
def _(place: Place) -> list[Any]:
    return place.run(('title = "A small search"', 'title = "A'))


@situation("a tagger that is not installed")
def _(place: Place) -> list[Any]:
    return place.run(("[taggers.cwola]", "[taggers.cwolla]"))


@situation("a misspelled hyperparameter")
def _(place: Place) -> list[Any]:
    return place.run(("[taggers.cwola]", "[taggers.cwola]\nlearning_rat = 0.1"))


@situation("a feature that is not selected")
def _(place: Place) -> list[Any]:
    return place.run(("[taggers.cwola]", '[taggers.cwola]\nfeatures = ["msd", "lsf3"]'))


@situation("no working point for a tagger without mass windows")
def _(place: Place) -> list[Any]:
    return place.run(("efficiency = 1.0", ""))


@situation("a sample that is not there")
def _(place: Place) -> list[Any]:
    return place.run(('data = ["background"]', 'data = ["backgrund"]'))


@situation("`[jets]` in a search")
def _(place: Place) -> list[Any]:
    return place.run(("[folds]", "[jets]\n\n[folds]"))


@situation("files of a sample that are not there")
def _(place: Place) -> list[Any]:
    return place.run(("background.root", "background*.rot"))


@situation("a family that is not there")
def _(place: Place) -> list[Any]:
    return place.run(("[fit]", '[fit]\nfamily = "dijett"'))


@situation("a fit that starts where events are missing")
def _(place: Place) -> list[Any]:
    return place.run(("mjj_min = 2100.0", "mjj_min = 2725.0"))


@situation("a fit range without bins")
def _(place: Place) -> list[Any]:
    return place.run(("[2132.0, 6000.0]", "[2132.0, 2200.0]"))


@situation("masses outside of the fit")
def _(place: Place) -> list[Any]:
    return place.run(("[2132.0, 6000.0]", "[2132.0, 3000.0]"))


@situation("no mass window inside the scan")
def _(place: Place) -> list[Any]:
    return place.run(("[2200.0, 4100.0]", "[2200.0, 3000.0]"))


# inject, train, score, scan


@situation("a sample without a selected event")
def _(place: Place) -> list[Any]:
    return place.train(("mjj_min = 2100.0", "mjj_min = 2100.0\nmjj_max = 2100.1"))


@situation("more signal than there is")
def _(place: Place) -> list[Any]:
    return place.train(("events = 150", "events = 150000"))


@situation("a signal that is in the data already")
def _(place: Place) -> list[Any]:
    config = place.config(('data = ["background"]', 'data = ["background", "signal"]'))
    return ["train", config, "--search", "injected", "--unit", 0, "--store", place.store]


FEW = ("events = 150", "events = 10")


@situation("an empty signal region")
def _(place: Place) -> list[Any]:
    return place.train(FEW, ("mjj_min = 2100.0", "mjj_min = 2100.0\nmjj_max = 2725.0"))


@situation("both sidebands empty")
def _(place: Place) -> list[Any]:
    narrow = ("mjj_min = 2100.0", "mjj_min = 2725.0\nmjj_max = 3331.0")
    return place.train(FEW, narrow, ("[2132.0, 6000.0]", "[2775.0, 6000.0]"))


@situation("one sideband empty")
def _(place: Place) -> list[Any]:
    return place.train(FEW, ("mjj_min = 2100.0", "mjj_min = 2100.0\nmjj_max = 3331.0"))


@situation("a feature that is not finite")
def _(place: Place) -> list[Any]:
    return spoilt(place, np.nan)


@situation("a feature that is the same for all events")
def _(place: Place) -> list[Any]:
    return spoilt(place, 0.5)


def spoilt(place: Place, value: float) -> list[Any]:
    """Set a column of the data in the store to a value, and forget the training."""
    command = place.trained()
    (data,) = (place.folder / "store" / "inject").glob("*/data.parquet")
    table = store.read(data)
    record = store.read_provenance(data)
    store.write(data, table.with_columns(j1_tau21=np.full(len(table), value, np.float32)), record)
    forget(place)
    return command


def forget(place: Place) -> None:
    for record in (place.folder / "store" / "train").glob("*/fold0.json"):
        record.unlink()


# fit, scan and limit on a spectrum


@situation("no such spectrum")
def _(place: Place) -> list[Any]:
    return ["fit", "nowhere.csv"]


@situation("a column of the spectrum is missing")
def _(place: Place) -> list[Any]:
    return ["fit", place.spectrum("observed", "counts_seen")]


@situation("bins that do not touch")
def _(place: Place) -> list[Any]:
    return ["fit", place.spectrum("2200,2400", "2250,2400")]


@situation("a negative count")
def _(place: Place) -> list[Any]:
    return ["fit", place.spectrum("low,high,observed\n2000,2200,90000", "low,high,observed\n2000,2200,-5")]


@situation("too few bins for the function")
def _(place: Place) -> list[Any]:
    return ["fit", place.spectrum(), "--range", 2000, 2800, "--parameters", 4]


@situation("no permission to write a plot")
def _(place: Place) -> list[Any]:
    return ["fit", place.spectrum(), "--plot", "/proc/fit.png"]


@situation("a mass outside of the spectrum")
def _(place: Place) -> list[Any]:
    return ["limit", place.spectrum(), "--mass", 5000, "--width", 0.03]


@situation("a count that is not a number")
def _(place: Place) -> list[Any]:
    return ["fit", place.spectrum("low,high,observed\n2000,2200,90000", "low,high,observed\n2000,2200,nan")]


@situation("no events in the fit range")
def _(place: Place) -> list[Any]:
    path = place.spectrum()
    path.write_text(re.sub(r"(3[0-9]00,[34][0-9]00),\d+", r"\1,0", path.read_text()))
    return ["fit", path, "--range", 3000, 4000]


@situation("a ROOT file without the histogram")
def _(place: Place) -> list[Any]:
    with uproot.recreate("spectrum.root") as file:
        file["mjj"] = (np.array([5.0, 3.0]), np.array([2000.0, 2200.0, 2400.0]))
    return ["fit", "spectrum.root:mjjj"]


@situation("cross sections in the place of counts")
def _(place: Place) -> list[Any]:
    return ["fit", density(place)]


@situation("windows with a key that is unknown")
def _(place: Place) -> list[Any]:
    (place.folder / "windows.toml").write_text('[[window]]\nspectra = "spectrum.csv"\nmasses = [3000]\n')
    return ["scan", "windows.toml", "--width", 0.05]


@situation("no shape in a signal file")
def _(place: Place) -> list[Any]:
    (place.folder / "shape.json").write_text('{"shape": "triangle"}')
    return ["limit", place.spectrum(), "--mass", 3000, "--signal", "shape.json"]


@situation("an efficiency without its column")
def _(place: Place) -> list[Any]:
    (place.folder / "curve.csv").write_text("cross_section,eff\n10,0.1\n20,0.2\n")
    return [*limit(place), "--luminosity", 10, "--efficiency", "curve.csv"]


@situation("a workspace of a function that pyhf cannot express")
def _(place: Place) -> list[Any]:
    return [*limit(place), "--family", "modexp", "--pyhf", "pyhf.json"]


@situation("toys of other inputs in the folder")
def _(place: Place) -> list[Any]:
    command = ["toys", place.spectrum(), "--width", 0.05, "--masses", 2800, 3200, 200, "--toys", 20]
    assert run([*command, "--gross-vitells", 0]) == 0
    return [*command, "--parameters", 2]


@situation("a family that does not exist")
def _(place: Place) -> list[Any]:
    return ["fit", place.spectrum(), "--family", "dijett"]


@situation("a number of parameters that the family does not have")
def _(place: Place) -> list[Any]:
    return ["fit", place.spectrum(), "--parameters", 9]


@situation("several families and no rule")
def _(place: Place) -> list[Any]:
    return ["fit", place.spectrum(), "--family", "dijet", "--family", "ua2"]


@situation("a fit range outside of the spectrum")
def _(place: Place) -> list[Any]:
    return ["fit", place.spectrum(), "--range", 9000, 9500]


@situation("no signal, or two")
def _(place: Place) -> list[Any]:
    return ["scan", place.spectrum(), "--masses", 2800, 3200, 200]


@situation("a width that is no share of the mass")
def _(place: Place) -> list[Any]:
    return ["limit", place.spectrum(), "--mass", 3000, "--width", 5]


@situation("an uncertainty in %")
def _(place: Place) -> list[Any]:
    return [*limit(place), "--luminosity-uncertainty", 1.6]


@situation("no masses to test")
def _(place: Place) -> list[Any]:
    return ["scan", place.spectrum(), "--width", 0.05]


@situation("cross sections per bin width without a luminosity")
def _(place: Place) -> list[Any]:
    return ["fit", density(place), "--density"]


@situation("a figure of an unknown format")
def _(place: Place) -> list[Any]:
    return ["fit", place.spectrum(), "--plot", "fit.xyz"]


@situation("one efficiency curve for several masses")
def _(place: Place) -> list[Any]:
    (place.folder / "curve.csv").write_text("cross_section,efficiency\n10,0.1\n20,0.2\n")
    masses = ["--masses", 2800, 3200, 200, "--width", 0.05]
    return ["limit", place.spectrum(), *masses, "--luminosity", 10, "--efficiency", "curve.csv"]


def limit(place: Place) -> list[Any]:
    return ["limit", place.spectrum(), "--mass", 3000, "--width", 0.05]


def density(place: Place) -> Path:
    """Write a HEPData table of cross sections per bin width."""
    path = place.folder / "table.yaml"
    path.write_text(
        "independent_variables:\n- {header: {name: mjj, units: GeV}, values: [{low: 2000, high: 2200}]}\n"
        "dependent_variables:\n- {header: {name: Cross section, units: pb/TeV}, values: [{value: 3.5}]}\n"
    )
    return path


# the store


@situation("a damaged table in the store")
def _(place: Place) -> list[Any]:
    command = place.trained()
    for table in (place.folder / "store" / "inject").glob("*/data.parquet"):
        truncated(table)
    forget(place)
    return command


@situation("no permission to write the store")
def _(place: Place) -> list[Any]:
    return ["run", place.config(), "--store", "/proc/store"]


@situation("no permission to write the report")
def _(place: Place) -> list[Any]:
    return [*place.run(), "--output", "/proc/report"]


def run(command: list[Any]) -> int:
    """Run the command in this process; returns its exit code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["dijethunt", *map(str, command)])
        try:
            cli.main()
        except SystemExit as end:
            return int(end.code or 0)
    return 0


def rows() -> Iterator[tuple[str, str, int]]:
    """Yield situation, message and exit code of every row of the page."""
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 3 and cells[2].isdigit():
            yield cells[0], cells[1], int(cells[2])


def pattern(message: str) -> str:
    """Make a regular expression of a message in which … stands for anything."""
    return ".*?".join(re.escape(part) for part in message.strip("`").split("…"))


@pytest.mark.parametrize(("title", "message", "code"), list(rows()), ids=[title for title, *_ in rows()])
def test_row_of_the_page(
    title: str, message: str, code: int, place: Place, capfd: pytest.CaptureFixture[str]
) -> None:
    command = SITUATIONS[title](place)
    capfd.readouterr()
    assert run(command) == code
    said = capfd.readouterr()
    shown = (said.out + said.err).replace("│", " ")
    assert re.search(pattern(message), " ".join(shown.split())), said.err
    assert "Traceback" not in said.err
    assert not [path for path in place.folder.rglob(".*") if "partial" in path.name]


def test_every_situation_has_its_row() -> None:
    assert {title for title, *_ in rows()} == set(SITUATIONS)


def test_outputs_of_an_older_version_are_made_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    command = place.trained()
    old = {path: path.stat().st_mtime_ns for path in (place.folder / "store" / "inject").glob("*/*")}
    monkeypatch.setitem(identity.VERSION, "inject", identity.VERSION["inject"] + 1)
    assert run(command) == 0
    assert {path: path.stat().st_mtime_ns for path in old} == old
    assert len(list((place.folder / "store" / "inject").iterdir())) == 2
    assert len(list((place.folder / "store" / "select").iterdir())) == 2
    assert len(list((place.folder / "store" / "train").iterdir())) == 2

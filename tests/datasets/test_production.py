"""Production in parts: the same events however they are made, nothing lost, nothing mixed up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot
from dijethunt.datasets.pfnano import read_provenance, read_records
from dijethunt.datasets.process import QCD, XYY, DijetCut
from dijethunt.datasets.production import (
    ProductionError,
    Recipe,
    holds,
    merge,
    simulate,
    simulate_part,
)

PROCESS = XYY(mjj_min=2000.0)
RECIPE = Recipe(PROCESS, PROCESS.cut, events=50, seed=9, mpi=False, events_per_part=20)


def produce(output: Path, **options: object) -> Path:
    settings = {"events": 50, "seed": 9, "mpi": False, "events_per_part": 20, **options}
    return simulate(PROCESS, output=output, **settings)  # type: ignore[arg-type]


def events(path: Path) -> ak.Array:
    with uproot.open(path) as file:
        return file["Events"].arrays()


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return produce(tmp_path_factory.mktemp("one") / "sample.root")


def test_number_of_processes_does_not_change_the_events(sample: Path, tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    parallel = produce(tmp_path / "sample.root", jobs=2, progress=lambda *done: calls.append(done))
    assert ak.array_equal(events(sample), events(parallel))
    assert calls[0] == (0, 50)
    assert calls[-1] == (50, 50)
    assert calls == sorted(calls)
    assert [path.name for path in tmp_path.iterdir()] == ["sample.root"]


def test_number_of_selected_events_is_exact(sample: Path) -> None:
    content = events(sample)
    pt, eta, phi, mass = (
        ak.to_numpy(content[f"FatJet_{n}"][:, :2]).astype(float) for n in ("pt", "eta", "phi", "mass")
    )
    energy = np.hypot(pt * np.cosh(eta), mass).sum(1)
    momentum = [part.sum(1) for part in (pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta))]
    mjj = np.sqrt(energy**2 - sum(p**2 for p in momentum))
    passes = (mjj > 2000) & (np.abs(eta[:, 0] - eta[:, 1]) < 1.3) & (pt[:, 1] > 300)
    assert passes.sum() == 50


def test_events_are_told_apart(sample: Path) -> None:
    content = events(sample)
    assert set(content.run.tolist()) == {1}
    assert sorted(set(content.luminosityBlock.tolist())) == [1, 2, 3]
    assert content.event.tolist() == list(range(1, len(content) + 1))
    assert len(np.unique(content.Generator_x1)) == len(content)
    assert len(read_records(sample)) == 3


def test_parts_made_one_by_one_merge_to_the_same_sample(sample: Path, tmp_path: Path) -> None:
    parts = [simulate_part(RECIPE, part, tmp_path / f"{part}.root") for part in (2, 0, 1)]
    merged = merge([parts[1], parts[2], parts[0]], tmp_path / "merged.root")
    assert ak.array_equal(events(sample), events(merged))
    assert read_provenance(merged)["identity"] == read_provenance(sample)["identity"]
    with pytest.raises(ProductionError, match=r"2\.root is part 2 .* expected part 0"):
        merge(parts, tmp_path / "wrong.root")
    other = simulate_part(replace(RECIPE, seed=10), 1, tmp_path / "other.root")
    with pytest.raises(ProductionError, match=r"other\.root is part 1 .* seed 10"):
        merge([parts[1], other, parts[0]], tmp_path / "wrong.root")
    assert not (tmp_path / "wrong.root").exists()


def test_interrupted_production_goes_on(sample: Path, tmp_path: Path) -> None:
    def interrupt(done: int, _: int) -> None:
        if done > 20:
            raise KeyboardInterrupt

    output, folder = tmp_path / "sample.root", tmp_path / "sample.root.parts"
    with pytest.raises(KeyboardInterrupt):
        produce(output, progress=interrupt)
    assert [path.name for path in folder.iterdir()] == ["part-00000.root"]
    made = (folder / "part-00000.root").stat().st_mtime_ns
    reported: list[tuple[int, int]] = []

    def watch(*done: int) -> None:
        reported.append((done[0], done[1]))
        assert (folder / "part-00000.root").stat().st_mtime_ns == made

    produce(output, progress=watch)
    assert reported[0] == (20, 50)
    assert ak.array_equal(events(sample), events(output))


def test_finished_sample_is_left_as_it_is(sample: Path) -> None:
    before = sample.stat().st_mtime_ns
    produce(sample, progress=lambda *_: pytest.fail("nothing is left to do"))
    assert sample.stat().st_mtime_ns == before


def test_broken_and_foreign_parts_are_made_again(sample: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sample.root.parts"
    for seed, part in ((9, 0), (10, 1), (9, 2)):
        simulate_part(replace(RECIPE, seed=seed), part, folder / f"part-0000{part}.root")
    broken = folder / "part-00002.root"
    broken.write_bytes(broken.read_bytes()[:-3000])
    assert ak.array_equal(events(sample), events(produce(tmp_path / "sample.root")))


def test_part_of_a_larger_sample_is_the_same_part(tmp_path: Path) -> None:
    part = simulate_part(RECIPE, 0, tmp_path / "part.root")
    assert holds(part, replace(RECIPE, events=5000).settings(0))
    for other in (replace(RECIPE, seed=10), replace(RECIPE, mpi=True), replace(RECIPE, cut=DijetCut(2100.0))):
        assert not holds(part, other.settings(0))
    assert not holds(part, RECIPE.settings(1))
    assert not holds(tmp_path / "absent.root", RECIPE.settings(0))


def test_hopeless_selection_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dijethunt.datasets.production.PATIENCE", 300)
    hopeless = replace(RECIPE, cut=DijetCut(6000.0))
    with pytest.raises(
        ProductionError, match=r"0 of \d+ events .* choose a process and a cut that go together"
    ):
        simulate_part(hopeless, 0, tmp_path / "part.root")
    assert list(tmp_path.iterdir()) == []


def test_killed_production_leaves_no_workers(tmp_path: Path) -> None:
    """When the main process is killed, its workers end too, and what was finished is used again."""
    script = (
        "from pathlib import Path\n"
        "from dijethunt.datasets.process import XYY\n"
        "from dijethunt.datasets.production import simulate\n"
        "if __name__ == '__main__':\n"
        f"    output = Path({str(tmp_path / 'sample.root')!r})\n"
        "    simulate(XYY(mjj_min=2000.0), 20_000, 9, output, jobs=2, mpi=False, events_per_part=20)\n"
    )
    (tmp_path / "produce.py").write_text(script)
    process = subprocess.Popen([sys.executable, tmp_path / "produce.py"], start_new_session=True)
    folder = tmp_path / "sample.root.parts"
    wait_until((folder / "part-00001.root").exists)
    process.send_signal(signal.SIGKILL)
    process.wait()
    wait_until(lambda: not alive(process.pid))
    assert holds(folder / "part-00000.root", replace(RECIPE, events=20_000).settings(0))


def wait_until(condition: object, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.1)


def alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.slow
def test_background_has_no_turn_on_and_the_known_cross_section(tmp_path: Path) -> None:
    """A sample made for 2100 GeV agrees above it with one made for 1900 GeV, in number and in shape."""
    masses = []
    for name, mjj_min, number in (("tight", 2100.0, 8000), ("loose", 1900.0, 16_000)):
        process = QCD(mjj_min)
        path = simulate(process, number, 1, tmp_path / f"{name}.root", mpi=False, jobs=2)
        records = read_records(path)
        generated = sum(record.events for record in records)
        picobarn = sum(record.cross_section * record.events for record in records) / generated
        content = events(path)
        jets = [ak.to_numpy(content[f"FatJet_{n}"][:, :2]).astype(float) for n in ("pt", "eta", "phi")]
        pt, eta, phi = (jet.T for jet in jets)
        mjj = np.sqrt(2 * pt[0] * pt[1] * (np.cosh(eta[0] - eta[1]) - np.cos(phi[0] - phi[1])))
        counts = np.histogram(mjj[np.abs(eta[0] - eta[1]) < 1.3], [2150, 2250, 2400, 2700, 9000])[0]
        masses.append((counts, counts * picobarn / generated))
    (n1, sigma1), (n2, sigma2) = masses
    pull = (sigma1 / sigma2 - 1) / np.sqrt(1 / n1 + 1 / n2 + 2 * 0.01**2)
    assert np.abs(pull).max() < 3
    assert sigma1[0] / sigma2[0] > 0.93

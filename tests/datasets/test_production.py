"""Production in parts: the same events however they are made, nothing lost, nothing mixed up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot
from dijethunt.datasets.detector import Detector, simulate_detector
from dijethunt.datasets.generator import common, stable, start
from dijethunt.datasets.hook import DijetHook
from dijethunt.datasets.pfnano import read_provenance, read_records
from dijethunt.datasets.process import QCD, XYY, DijetCut, DijetVeto
from dijethunt.datasets.production import (
    ProductionError,
    Recipe,
    holds,
    merge,
    simulate,
    simulate_part,
)
from dijethunt.datasets.reconstruction import find_jets, passing

DETECTOR = Detector()
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


def dijet_mass(path: Path) -> np.ndarray:
    """Masses (GeV) of the events of a file that pass |delta eta| < 1.3 and pT > 300 GeV."""
    content = events(path)
    names = ("pt", "eta", "phi", "mass")
    pt, eta, phi, mass = (ak.to_numpy(content[f"FatJet_{name}"][:, :2]).astype(float) for name in names)
    energy = np.hypot(pt * np.cosh(eta), mass).sum(1)
    momentum = [part.sum(1) for part in (pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta))]
    passes = (np.abs(eta[:, 0] - eta[:, 1]) < 1.3) & (pt[:, 1] > 300)
    return np.sqrt(energy**2 - sum(p**2 for p in momentum))[passes]


def test_number_of_selected_events_is_exact(sample: Path) -> None:
    masses = dijet_mass(sample)
    assert np.sum(masses > 2000) == 50
    assert len(events(sample)) >= len(masses) >= 50


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
    wait_until((folder / "part-00000.root").exists)
    process.send_signal(signal.SIGKILL)
    process.wait()
    wait_until(lambda: not alive(process.pid))
    assert holds(folder / "part-00000.root", replace(RECIPE, events=20_000).settings(0))


def wait_until(condition: object, seconds: float = 180.0) -> None:
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
@pytest.mark.parametrize(("mjj_min", "deta_max"), [(2100.0, 1.3), (1455.0, 1.3)])
def test_generation_has_no_turn_on(mjj_min: float, deta_max: float) -> None:
    """Of what a much looser generation selects just above the limit, less than half a percent is lost.

    Measured with these seeds up to 1.05 of the limit: 5 of 1042 events for 2100 GeV, 6 of 1132 for 1455 GeV; with
    others 6 of 2279.
    """
    near, lost = 0, 0
    for seed in (1, 2, 3):
        selected = selected_by_loose_generation(QCD(mjj_min, deta_max), seed, batches=40)
        near += len(selected)
        lost += int(np.sum(~selected))
    print(f"{mjj_min:g} GeV: {lost} of {near} lost")  # noqa: T201
    assert near > 600
    assert lost / near < 0.005 + 3 * np.sqrt(0.005 / near)


def selected_by_loose_generation(process: QCD, seed: int, batches: int) -> np.ndarray:
    """Generate with limits 15% lower; tells of each selected event (n,) whether the true limits keep it."""
    veto = process.veto
    assert isinstance(veto, DijetVeto)
    assert veto.deta_max is not None
    wide = replace(
        veto,
        mjj_min=0.85 * veto.mjj_min,
        deta_max=veto.deta_max + 0.3,
    )
    hook = Noting(wide, DijetHook(veto), process.pt_hat_min())
    settings = ("HardQCD:all = on", f"PhaseSpace:pTHatMin = {0.85 * process.pt_hat_min()}")
    pythia = start((*common(seed, mpi=False), *settings), hook)
    rng, kept = np.random.default_rng(seed), []
    cut, edge = process.cut, DijetCut(1.05 * process.mjj_min, process.deta_max)
    for _ in range(batches):
        hook.noted.clear()
        records = pythia.nextBatch(300)
        if len(hook.noted) == len(records):  # not so when Pythia had to begin an event anew
            _, jets = find_jets(simulate_detector(stable(records.prt), DETECTOR, rng), DETECTOR, rng)
            kept.append(np.array(hook.noted)[passing(jets, cut) & ~passing(jets, edge)])
    return np.concatenate(kept)


class Noting(DijetHook):
    """Veto loosely and note what the true veto and limits would have said."""

    def __init__(self, veto: DijetVeto, true: DijetHook, pt_min: float) -> None:
        super().__init__(veto)
        self._true, self._pt_min = true, pt_min
        self._hard = False
        self.noted: list[bool] = []

    def canVetoProcessLevel(self) -> bool:
        return True

    def doVetoProcessLevel(self, process: Any) -> bool:
        self._hard = process[5].pT() > self._pt_min
        return False

    def doVetoPT(self, stage: int, event: Any) -> bool:
        vetoed = super().doVetoPT(stage, event)
        if not vetoed:
            self.noted.append(self._hard and not self._true.doVetoPT(stage, event))
        return vetoed


@pytest.mark.slow
def test_cross_section_after_selection(tmp_path: Path) -> None:
    """Leading order, m_jj > 2.1 TeV, |delta eta| < 1.3: 7.3 pb, whatever limits it was generated with."""
    found = {}
    for mjj_min in (2100.0, 1700.0):
        path = simulate(QCD(mjj_min), 6000, 4, tmp_path / f"{mjj_min:g}.root", mpi=False, jobs=2)
        records = read_records(path)
        generated = sum(record.events for record in records)
        picobarn = sum(record.cross_section * record.events for record in records) / generated
        selected = float(np.sum(dijet_mass(path) > 2100.0))
        found[mjj_min] = (picobarn * selected / generated, 1 / np.sqrt(selected))
        print(mjj_min, found[mjj_min])  # noqa: T201
    (tight, error), (loose, other) = found.values()
    assert tight == pytest.approx(7.3, rel=0.04)
    assert abs(tight / loose - 1) < 3 * np.hypot(np.hypot(error, other), 0.015)

"""Running campaigns: the same events on any number of processes, nothing lost, everything counted."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import awkward as ak
import pytest
import uproot
from dijethunt.datasets.campaign import Campaign, CampaignError, Entry
from dijethunt.datasets.campaign_production import produce, verify
from dijethunt.datasets.campaign_summary import roles, summarise, write_summary
from dijethunt.datasets.catalogue import read_catalogue
from dijethunt.datasets.manifest import read_manifest
from dijethunt.datasets.pool import PoolError
from dijethunt.datasets.process import QCD, XYY

CAMPAIGN = Campaign(
    "small",
    (
        Entry("qcd", "background", QCD(), 24, k_factor=1.2, label='"QCD"'),
        Entry("tail", "background", QCD(bias=4.5), 10, role="independent"),
        Entry("x.y-y", "signal", XYY(mjj_min=2000.0), 20),
    ),
    luminosity=1.0,
    seed=3,
    mpi=False,
    events_per_part=10,
)


def run(folder: Path, jobs: int = 1, campaign: Campaign = CAMPAIGN, **options: object) -> None:
    produce(CAMPAIGN, folder, verify(campaign, folder), jobs=jobs, **options)  # type: ignore[arg-type]


def files(folder: Path) -> list[Path]:
    return sorted(path.relative_to(folder) for path in folder.rglob("*.root"))


def content(path: Path) -> tuple[ak.Array, ak.Array]:
    with uproot.open(path) as file:
        return file["Events"].arrays(), file["Runs"].arrays()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("campaign")
    run(made)
    write_summary(CAMPAIGN, made)
    return made


@pytest.mark.parametrize("jobs", [2, 4])
def test_number_of_processes_does_not_change_the_files(folder: Path, tmp_path: Path, jobs: int) -> None:
    seen: list[tuple[int, int, str]] = []
    run(tmp_path, jobs, watch=lambda *now: seen.append(now))
    assert files(tmp_path) == files(folder)
    assert len(files(folder)) == 6
    for name in files(folder):
        for one, other in zip(content(folder / name), content(tmp_path / name), strict=True):
            assert ak.array_equal(one, other)
    assert seen[0] == (0, 54, "")
    assert seen[-1] == (54, 54, "")
    assert {name for _, _, names in seen for name in names.split(", ")} & {"qcd", "tail", "x.y-y"}


def test_a_fraction_is_part_of_the_whole(folder: Path, tmp_path: Path) -> None:
    run(tmp_path, campaign=CAMPAIGN.scaled(0.1).only(["qcd"]))
    assert [str(name) for name in files(tmp_path)] == ["qcd/part-00000.root"]
    assert {finding.state for finding in verify(CAMPAIGN.scaled(0.1).only(["qcd"]), tmp_path)} == {"whole"}
    for one, other in zip(*(content(f / "qcd/part-00000.root") for f in (folder, tmp_path)), strict=True):
        assert ak.array_equal(one, other)


def test_cross_sections_and_luminosities(folder: Path) -> None:
    qcd, tail, signal = summarise(CAMPAIGN, folder)
    parts = list(read_manifest(folder)["qcd"].values())
    assert (qcd.selected, qcd.parts, qcd.weighted, qcd.effective_events) == (24, 3, False, 24)
    mean = sum(p.generated * p.cross_section for p in parts) / sum(p.generated for p in parts)
    assert qcd.cross_section == pytest.approx(1.2 * mean)
    assert qcd.selected_cross_section == pytest.approx(qcd.cross_section * 24 / qcd.generated)
    assert qcd.equivalent_luminosity == pytest.approx(24 / (1000 * qcd.selected_cross_section))
    assert tail.weighted
    assert tail.effective_events < 10
    assert tail.equivalent_luminosity == pytest.approx(
        tail.effective_events / (1000 * tail.selected_cross_section)
    )
    assert signal.equivalent_luminosity is None
    assert all(made.cpu_ms_per_event > 0 for made in (qcd, tail, signal))


def test_the_catalogue_is_readable(folder: Path) -> None:
    catalogue = read_catalogue(folder / "catalogue.toml")
    assert {name: (len(d.files), d.kind) for name, d in catalogue.items()} == {
        "qcd": (3, "background"),
        "tail": (1, "background"),
        "x.y-y": (2, "signal"),
    }
    assert catalogue["qcd"].label == '"QCD"'
    summary = json.loads((folder / "summary.json").read_text())
    assert catalogue["qcd"].cross_section == pytest.approx(summary["samples"]["qcd"]["cross_section"])
    assert roles(folder) == {"qcd": "data", "tail": "independent", "x.y-y": "data"}
    assert roles(folder / "qcd") == {}


def test_damaged_parts_are_made_again_and_the_others_kept(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    broken = tmp_path / "qcd/part-00001.root"
    broken.write_bytes(broken.read_bytes()[:-3000])
    (tmp_path / "tail/part-00000.root").unlink()
    before = {name: (tmp_path / name).stat().st_mtime_ns for name in files(tmp_path)}
    states = {f.task.path.relative_to(tmp_path).as_posix(): f.state for f in verify(CAMPAIGN, tmp_path)}
    assert states["qcd/part-00001.root"] == "damaged"
    assert states["tail/part-00000.root"] == "missing"
    assert list(states.values()).count("whole") == 4
    run(tmp_path)
    assert {f.state for f in verify(CAMPAIGN, tmp_path)} == {"whole"}
    changed = [n.as_posix() for n in files(tmp_path) if (tmp_path / n).stat().st_mtime_ns != before.get(n)]
    assert changed == ["qcd/part-00001.root", "tail/part-00000.root"]
    assert ak.array_equal(content(broken)[0], content(folder / "qcd/part-00001.root")[0])


def test_files_of_other_settings_are_not_replaced(folder: Path) -> None:
    other = replace(CAMPAIGN, seed=4)
    with pytest.raises(CampaignError, match=r"part-00000\.root and 5 other files .*seed was"):
        produce(other, folder, verify(other, folder))
    assert {f.state for f in verify(CAMPAIGN, folder)} == {"whole"}


def test_finished_parts_are_recorded_when_it_is_interrupted(tmp_path: Path) -> None:
    def interrupt(done: int, _total: int, _names: str) -> None:
        if done > 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, watch=interrupt)
    assert list(read_manifest(tmp_path)["qcd"]) == [0]
    assert [str(name) for name in files(tmp_path)] == ["qcd/part-00000.root"]


def test_parts_are_found_again_without_the_record(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    made = read_manifest(tmp_path)["qcd"]
    (tmp_path / "campaign.json").unlink()
    run(tmp_path, campaign=CAMPAIGN.only(["qcd"]))
    again = read_manifest(tmp_path)["qcd"]
    assert again == {
        number: replace(p, cpu_seconds=None, generation_seconds=None) for number, p in made.items()
    }
    assert summarise(CAMPAIGN, tmp_path)[0].cpu_ms_per_event is None


def test_errors_name_sample_and_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dijethunt.datasets.production.PATIENCE", 0)
    monkeypatch.setattr("dijethunt.datasets.chain.Chain.generated", 10**9, raising=False)
    hopeless = replace(CAMPAIGN, entries=(Entry("none", "signal", XYY(mjj_min=2900.0, mass=1000.0), 5),))
    with pytest.raises(
        PoolError, match=r"sample 'none', part 0: .* choose a process and a cut that go together"
    ):
        produce(hopeless, tmp_path, verify(hopeless, tmp_path))


BIG = Campaign("big", (Entry("xyy", "signal", XYY(mjj_min=2000.0), 20_000),), mpi=False, events_per_part=10)
SCRIPT = """
import signal
import sys
from pathlib import Path
from dijethunt.datasets.campaign import Campaign, Entry
from dijethunt.datasets.campaign_production import produce, verify
from dijethunt.datasets.process import XYY

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background
    campaign = Campaign("big", (Entry("xyy", "signal", XYY(mjj_min=2000.0), 20_000),), mpi=False, events_per_part=10)
    folder = Path(sys.argv[1])
    produce(campaign, folder, verify(campaign, folder), jobs=2)
"""


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "kill"])
def test_an_end_from_outside_leaves_finished_parts_and_no_process(tmp_path: Path, sign: int) -> None:
    (tmp_path / "produce.py").write_text(SCRIPT)
    command = [sys.executable, tmp_path / "produce.py", tmp_path / "out"]
    process = subprocess.Popen(command, start_new_session=True, stderr=subprocess.PIPE, text=True)
    wait_until((tmp_path / "out/xyy/part-00003.root").exists)
    process.send_signal(sign)
    process.communicate(timeout=120)
    wait_until(lambda: not alive(process.pid))
    states = [finding.state for finding in verify(BIG, tmp_path / "out")]
    assert states.count("whole") >= 3
    assert set(states) == {"whole", "unmade"}


def wait_until(condition: object, seconds: float = 120.0) -> None:
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

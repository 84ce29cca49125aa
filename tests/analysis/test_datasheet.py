"""A data sheet of a small campaign says what is in its files, and what is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
from dijethunt.analysis.datasheet import FIGURES, PAGE, RECORD, write_datasheet
from dijethunt.datasets.error import FileError, UnknownNameError
from dijethunt.datasets.pfnano import RunRecord, write

GENERATED = 4
"""Generated events for each stored one; their cross section is 10 pb."""
NAME = "X <& Y>"


def write_sample(
    path: Path,
    process: dict[str, Any],
    cut: dict[str, Any],
    mjj: np.ndarray,
    seed: int,
    *,
    weight: np.ndarray | None = None,
    drop: tuple[str, ...] = (),
) -> None:
    """Write events of two central jets, back to back, each of which holds one of two generated pairs of quarks.

    j1 has a soft-drop mass of 170 GeV and j2 one of 80 GeV, with 5% resolution; |delta eta| is uniform up to 2.
    """
    rng, n = np.random.default_rng(seed), len(mjj)
    eta = np.stack([rng.uniform(0, 1, n), -rng.uniform(0, 1, n)], axis=1)
    phi = np.stack([rng.uniform(-3, 0, n), np.zeros(n)], axis=1)
    phi[:, 1] = phi[:, 0] + np.pi
    pt = np.repeat(mjj[:, None] / (2 * np.cosh((eta[:, :1] - eta[:, 1:]) / 2)), 2, axis=1)
    true_mass = np.broadcast_to([170.0, 80.0], (n, 2))
    pairs = {"eta": eta, "phi": phi, "pt": pt}
    jets = pairs | {
        "mass": true_mass,
        "msoftdrop": true_mass * rng.normal(1, 0.05, (n, 2)),
        **{f"tau{i}": np.full((n, 2), 0.5 / i) for i in (1, 2, 3, 4)},
        "jetId": np.full((n, 2), 6),
        "nConstituents": np.full((n, 2), 1),
        "nPFCandsAll": rng.integers(20, 90, (n, 2)),
        "btagDeepB": rng.uniform(size=(n, 2)),
        "lsf3": np.zeros((n, 2)),
        "hadronFlavour": np.broadcast_to([5, 0], (n, 2)),
        "genJetAK8Idx": np.broadcast_to([0, 1], (n, 2)),
        "subJetIdx1": np.broadcast_to([0, -1], (n, 2)),
        "subJetIdx2": np.broadcast_to([-1, -1], (n, 2)),
    }
    collections: dict[str, dict[str, np.ndarray]] = {
        "FatJet": jets,
        "SubJet": {name: value[:, :1] for name, value in pairs.items()},
        "GenJetAK8": pairs | {"pt": pt / 1.02, "mass": true_mass, "msoftdrop": true_mass},
        "PFCands": pairs | {"mass": np.zeros((n, 2)), "puppiWeight": np.ones((n, 2))},
        "FatJetPFCands": dict.fromkeys(("jetIdx", "pFCandsIdx"), np.broadcast_to([0, 1], (n, 2))),
        "GenPart": particles(eta, phi, pt),
    }
    columns: dict[str, Any] = {
        "run": np.ones(n, np.uint32),
        "luminosityBlock": np.ones(n, np.uint32),
        "event": np.arange(1, n + 1, dtype=np.uint64),
        "genWeight": (np.ones(n) if weight is None else weight).astype(np.float32),
    }
    for name, content in collections.items():
        if name not in drop:
            columns[name] = ak.zip({key: regular(value) for key, value in content.items()})
    settings = {"process": process, "cut": cut, "mpi": False, "seed": seed, "radius": 0.8}
    sumw = float(columns["genWeight"].sum()) * GENERATED
    path.parent.mkdir(parents=True)
    write(
        path, [columns], [RunRecord(GENERATED * n, sumw, 10.0, 0.1)], {"settings": settings, "label": "toy"}
    )


def regular(values: np.ndarray) -> Any:
    """Return values (n, k) as a jagged array, numbers as they are stored."""
    kind = np.int16 if np.issubdtype(values.dtype, np.integer) else np.float32
    return ak.unflatten(values.astype(kind).reshape(-1), np.full(len(values), values.shape[1]))


def particles(eta: np.ndarray, phi: np.ndarray, pt: np.ndarray) -> dict[str, np.ndarray]:
    """A resonance and two daughters, each with two quarks 0.2 around a jet: columns (n, 7)."""
    n = len(eta)
    shift = np.array([0, 0, 0, 0.1, -0.1, 0.1, -0.1])
    jet = np.array([0, 0, 1, 0, 0, 1, 1])
    return {
        "eta": eta[:, jet] + shift,
        "phi": phi[:, jet],
        "pt": pt[:, jet],
        "mass": np.broadcast_to([3000.0, 170, 80, 0, 0, 0, 0], (n, 7)),
        "pdgId": np.broadcast_to([9000, 9001, 9002, 1, -1, 2, -2], (n, 7)),
        "status": np.broadcast_to([22, 22, 22, 23, 23, 23, 23], (n, 7)),
        "genPartIdxMother": np.broadcast_to([-1, 0, 0, 1, 1, 2, 2], (n, 7)),
    }


def dijet_cut(mjj_min: float, deta_max: float | None) -> dict[str, Any]:
    """The record of a cut."""
    return {"mjj_min": mjj_min, "deta_max": deta_max, "pt_min": 300.0, "deta_min": 0.0, "leading_pt_min": 0.0}


def falling(n: int, seed: int) -> np.ndarray:
    """Masses that fall from 2100 GeV on."""
    return 2100 * (1 - 0.9999 * np.random.default_rng(seed).uniform(size=n)) ** (-1 / 6)


QCD = {"name": "qcd", "mjj_min": 2100.0}
XYY = {"name": "xyy", "m_y": 80.0, "m_y_prime": 170.0, "mass": 3000.0, "width": 0.01}


def write_catalogue(folder: Path, kinds: dict[str, str]) -> None:
    """Write the catalogue of samples of one file each."""
    entries = [f'[{name}]\nfiles = "{name}/*.root"\nkind = "{kind}"\n' for name, kind in kinds.items()]
    (folder / "catalogue.toml").write_text("\n".join(entries))


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with QCD, weighted QCD and a signal."""
    folder = tmp_path_factory.mktemp("campaign")
    mjj, flat = falling(3000, 1), np.random.default_rng(2).uniform(2100, 4000, 1500)
    write_sample(folder / "qcd" / "part-00000.root", QCD, dijet_cut(2100.0, None), mjj, 1)
    tail = folder / "tail" / "part-00000.root"
    write_sample(tail, QCD, dijet_cut(2100.0, None), flat, 2, weight=(2100 / flat) ** 7)
    signal = folder / "xyy_3000_80_170" / "part-00000.root"
    resonance = np.random.default_rng(3).normal(3000, 100, 400)
    write_sample(signal, XYY, dijet_cut(1200.0, None), resonance, 3)
    write_catalogue(folder, {"qcd": "background", "tail": "background", "xyy_3000_80_170": "signal"})
    samples = {"qcd": {"k_factor": 2.0, "cpu_ms_per_event": 36.0, "selected": 100_000, "role": "data"}}
    (folder / "summary.json").write_text(json.dumps({"campaign": {"title": NAME}, "samples": samples}))
    return folder


@pytest.fixture(scope="module")
def sheet(campaign: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data sheet of that folder, with a published spectrum."""
    folder = tmp_path_factory.mktemp("sheet")
    (folder / "published.csv").write_text(
        "low,high,observed\n2000,2231,9\n2231,3000,275000\n3000,5000,9000\n"
    )
    write_datasheet(campaign, folder / "out", published=folder / "published.csv")
    return folder / "out"


@pytest.fixture(scope="module")
def record(sheet: Path) -> Any:
    """Its numbers."""
    return json.loads((sheet / RECORD).read_text())


def test_page_is_whole_and_escaped(sheet: Path) -> None:
    page = (sheet / PAGE).read_text()
    assert "X &lt;&amp; Y&gt;" in page
    assert NAME not in page
    assert "toy" in page
    assert 'src="figures' not in page
    pictures = sorted((sheet / FIGURES).glob("*.png"))
    assert {
        "spectra",
        "fit_qcd",
        "parts_qcd",
        "published_qcd",
        "jets_xyy",
        "plane_xyy",
        "radii",
        "response",
    } <= {picture.stem for picture in pictures}
    assert page.count("data:image/png;base64,") == len(pictures)
    assert all(picture.stat().st_size < 150_000 for picture in pictures)


def test_what_was_generated(record: Any) -> None:
    qcd, tail = record["samples"]["qcd"], record["samples"]["tail"]
    assert (qcd["generated"], qcd["stored"], qcd["cpu_hours"], qcd["k_factor"]) == (12_000, 3000, 1.0, 2.0)
    assert qcd["selected_cross_section"] == pytest.approx(10 * qcd["selected"] / 12_000)
    assert qcd["equivalent_luminosity"] == pytest.approx(12_000 / 10_000)
    assert qcd["effective"] == qcd["selected"]
    assert tail["effective"] < 0.7 * tail["selected"]
    assert record["samples"]["xyy_3000_80_170"]["equivalent_luminosity"] is None
    assert record["samples"]["xyy_3000_80_170"]["benchmark"] == "xyy_3000_80_170"


def test_cutflow_goes_from_everything_generated_to_the_end(record: Any) -> None:
    for name, rows in record["cutflows"].items():
        events = [row["events"] for row in rows]
        assert rows[0]["cut"] == "generated"
        assert events == sorted(events, reverse=True)
        assert events[-1] == record["samples"][name]["selected"]
    assert rows[0]["events"] == GENERATED * rows[1]["events"]


def test_efficiencies_beside_published_ones(record: Any) -> None:
    found = record["efficiencies"]["xyy_3000_80_170"]
    assert found["preselection"]["value"] == pytest.approx(1 / GENERATED, abs=0.01)
    assert found["deta"]["value"] == pytest.approx(1 - 0.7**2 / 2, abs=0.04)
    product = found["preselection"]["value"] * found["deta"]["value"]
    assert found["product"]["value"] == pytest.approx(product)
    assert found["published"]["deta"] == [0.757, 0.785]


def test_normalisation_takes_the_k_factor_out(record: Any) -> None:
    found = record["normalisation"][0]
    rate = 284_000 / 137.5
    assert (found["sample"], found["low"]) == ("qcd", 2231.0)
    assert found["published"]["rate"] == pytest.approx(rate)
    jets = found["jets"]["AK8"]
    assert jets["k"] == pytest.approx(rate / jets["rate"])
    one_event = 10_000 / 12_000 / 2.0
    assert jets["rate"] == pytest.approx(one_event * jets["effective_events"])
    assert found["jets"]["AK8 widened"]["rate"] == pytest.approx(jets["rate"])  # there are no other jets


def test_bins_of_another_spectrum_are_noted(record: Any) -> None:
    assert any("K says nothing for another spectrum" in note for note in record["notes"])


def test_truth_of_the_signal(record: Any) -> None:
    found = record["signals"]["xyy_3000_80_170"]
    assert found["peaks"]["mjj"] == pytest.approx(3000, abs=60)
    assert found["peaks"]["j1_msd"] == pytest.approx(170, abs=6)
    truth = found["truth"]
    assert truth["daughters"] == [170, 80]
    assert truth["prongs"] == {"2+2": 1.0}
    assert truth["as_expected"] == 1.0
    assert truth["contained"] == 1.0
    assert truth["contained_masses"] == pytest.approx([170, 80], rel=0.05)


def test_response_is_that_of_the_files(record: Any) -> None:
    rows = record["response"]["qcd"]["pt"]
    assert [row["median"] for row in rows] == pytest.approx([1.02] * len(rows), abs=1e-3)
    masses = record["response"]["xyy"]["msd"]
    assert [row["resolution"] for row in masses] == pytest.approx([0.05] * len(masses), rel=0.25)


def test_tags_are_counted_by_flavour(record: Any) -> None:
    found = record["tagging"]["qcd"]
    assert set(found) == {"b", "light"}
    assert found["b"]["medium"]["value"] == pytest.approx(1 - 0.4168, abs=0.04)


def test_the_same_samples_give_the_same_bytes(campaign: Path, sheet: Path, tmp_path: Path) -> None:
    write_datasheet(campaign, tmp_path, samples=["xyy_3000_80_170"])
    again = tmp_path / "again"
    write_datasheet(campaign, again, samples=["xyy_3000_80_170"])
    for name in (RECORD, PAGE):
        assert (tmp_path / name).read_bytes() == (again / name).read_bytes()


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    few = falling(30, 1)
    bare = ("GenPart", "GenJetAK8", "SubJet")
    write_sample(tmp_path / "qcd" / "a.root", QCD, dijet_cut(2100.0, 1.3), few, 1, drop=bare)
    write_sample(tmp_path / "low" / "a.root", XYY, dijet_cut(1200.0, 1.3), few / 10, 2)
    write_sample(tmp_path / "high" / "a.root", XYY, dijet_cut(2100.0, 1.3), few, 3)
    other = XYY | {"mass": 5000.0}
    write_sample(tmp_path / "other" / "a.root", other, dijet_cut(1200.0, 1.3), few, 4)
    kinds = dict.fromkeys(("low", "high", "other"), "signal")
    write_catalogue(tmp_path, {"qcd": "background"} | kinds)
    page = write_datasheet(tmp_path, tmp_path / "out").read_text()
    for text in (
        "too few",
        "without generated particles",
        "--published",
        "No ttbar",
        "low: no event has two good jets",
        "high: no efficiencies beside those of CMS: m_jj begins at 2100 GeV",
        "other: no efficiencies beside those of CMS: none is published for these masses",
        "No peaks of fewer than 200 selected events: low (0), high (",
        "qcd: fewer than 20 c jets",
    ):
        assert text in page


def test_a_folder_without_a_campaign_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"no catalogue.toml in it; give the folder"):
        write_datasheet(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_files_of_others_are_refused(tmp_path: Path, make_nanoaod: Callable[..., Path]) -> None:
    make_nanoaod("other.root")
    (tmp_path / "catalogue.toml").write_text('[other]\nfiles = "other.root"\nkind = "background"\n')
    with pytest.raises(FileError, match=r"other.root: not a file of simulated events"):
        write_datasheet(tmp_path, tmp_path / "out")


def test_an_unknown_sample_is_named(campaign: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="no sample 'qcdd'; did you mean 'qcd'"):
        write_datasheet(campaign, tmp_path, samples=["qcdd"])

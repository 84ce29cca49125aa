from __future__ import annotations

import sys

import dijethunt.bumphunt as bh
import hist
import numpy as np
import pytest
import uproot

EDGES = np.array([2000.0, 2100.0, 2250.0, 2500.0])


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "spectra.root"
    with uproot.recreate(path) as file:
        file["window/mjj"] = (np.array([7.0, 3.0, 1.0]), EDGES)
        weighted = hist.Hist.new.Var(EDGES).Weight()
        file["weighted"] = weighted.fill([2050.0, 2300.0], weight=[0.5, 2.0])
        file["plane"] = (np.ones((2, 2)), np.arange(3.0), np.arange(3.0))
    return path


def test_a_histogram_is_read_by_its_name(path):
    spectrum = bh.read_spectrum(f"{path}:window/mjj")
    assert spectrum.edges.tolist() == EDGES.tolist()
    assert spectrum.counts.tolist() == [7, 3, 1]
    assert bh.read_root(path, "window/mjj").counts.tolist() == [7, 3, 1]


def test_a_single_histogram_needs_no_name(tmp_path):
    with uproot.recreate(tmp_path / "one.root") as file:
        file["mjj"] = (np.array([7.0, 3.0, 1.0]), EDGES)
    assert bh.read_spectrum(tmp_path / "one.root").total == 11


def test_other_names_are_text(tmp_path):
    (tmp_path / "mjj.root.csv").write_text("low,high,observed\n1,2,3\n")
    assert bh.read_spectrum(tmp_path / "mjj.root.csv").total == 3


def test_folders_may_have_any_name(tmp_path):
    folder = tmp_path / "made.root.files"
    folder.mkdir()
    with uproot.recreate(folder / "one.root") as file:
        file["mjj"] = (np.array([7.0, 3.0, 1.0]), EDGES)
    assert bh.read_spectrum(f"{folder}/one.root:mjj").total == 11


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("", bh.SpectrumFileError, "say which histogram; there are: window/mjj, weighted"),
        (":mjj", bh.SpectrumFileError, "no one-dimensional histogram 'mjj'; there are: window/mjj"),
        (":plane", bh.SpectrumFileError, "no one-dimensional histogram 'plane'"),
        (":weighted", bh.CountsError, "spectra.root:weighted: the histogram is weighted"),
    ],
)
def test_what_is_no_spectrum_is_named(path, name, error, message):
    with pytest.raises(error, match=message):
        bh.read_spectrum(f"{path}{name}")


def test_files_that_cannot_be_read_are_named(tmp_path):
    with pytest.raises(bh.SpectrumFileError, match=r"cannot read .*nowhere\.root"):
        bh.read_spectrum(f"{tmp_path}/nowhere.root:mjj")
    (tmp_path / "text.root").write_text("no ROOT file")
    with pytest.raises(bh.SpectrumFileError, match=r"cannot read .*text\.root"):
        bh.read_spectrum(tmp_path / "text.root")


def test_without_uproot_it_says_so(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "uproot", None)
    with pytest.raises(bh.SpectrumFileError, match="needs uproot, which is not installed"):
        bh.read_spectrum(f"{path}:window/mjj")

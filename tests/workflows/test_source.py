"""What the commands on spectra read: files of several kinds, ranges, windows with categories."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import dijethunt.bumphunt as bh
import pytest
import yaml
from dijethunt.workflows.source import Source, Windows, stepped
from typer import BadParameter

LUMINOSITY = 10.0


@pytest.fixture
def spectrum(spectrum: Callable[..., Path]) -> Path:
    return spectrum(20_000)


def table(folder: Path, path: Path, density: bool) -> Path:
    """Write a spectrum as a HEPData table, of counts or of cross sections per TeV."""
    read = bh.read_csv(path)
    factor = 1e3 / LUMINOSITY / (read.edges[1:] - read.edges[:-1]) if density else 0 * read.counts + 1
    ends = (read.edges / 1e3).tolist()
    bins = [{"low": a, "high": b} for a, b in pairwise(ends)]
    header: dict[str, Any] = {"name": "Cross section", "units": "fb/TeV"} if density else {"name": "Data"}
    content = {
        "independent_variables": [{"header": {"name": "mjj", "units": "TeV"}, "values": bins}],
        "dependent_variables": [
            {"header": header, "values": [{"value": float(n)} for n in read.counts * factor]}
        ],
    }
    written = folder / "table.yaml"
    written.write_text(yaml.safe_dump(content, default_flow_style=False))
    return written


@pytest.mark.parametrize("density", [False, True])
def test_a_hepdata_table_of_counts_or_of_cross_sections(
    spectrum: Path, tmp_path: Path, density: bool
) -> None:
    path = table(tmp_path, spectrum, density)
    source = Source(str(path), density=density, luminosity=LUMINOSITY if density else None)
    assert source.read().counts.tolist() == bh.read_csv(spectrum).counts.tolist()
    assert source.read().edges == pytest.approx(bh.read_csv(spectrum).edges)


def test_a_density_needs_the_luminosity(spectrum: Path, tmp_path: Path) -> None:
    path = table(tmp_path, spectrum, density=True)
    with pytest.raises(BadParameter, match="needs the --luminosity"):
        Source(str(path), density=True).read()
    with pytest.raises(bh.SpectrumFileError, match="luminosity"):
        Source(str(path)).read()


def test_the_range_restricts_the_spectra_of_all_windows_and_categories(
    spectrum: Path, tmp_path: Path
) -> None:
    path = tmp_path / "windows.toml"
    path.write_text(
        "shares = [0.7, 0.2]\n"
        f'[[window]]\nspectrum = ["{spectrum.name}", "{spectrum.name}"]\nmasses = [2600]\n'
    )
    [(masses, spectra)], shares = Windows(str(path), (2132.0, 5500.0)).read_groups()
    assert (masses, shares) == ((2600.0,), (0.7, 0.2))
    expected = bh.read_csv(spectrum).restricted(2132.0, 5500.0).edges.tolist()
    assert [one.edges.tolist() for one in spectra] == [expected, expected]


def test_a_range_outside_of_the_data_names_its_option(spectrum: Path) -> None:
    with pytest.raises(BadParameter, match="holds no whole bin") as caught:
        Source(str(spectrum), (9000.0, 9500.0)).read()
    assert caught.value.param_hint == "--range"


def test_masses_go_up_to_the_highest() -> None:
    assert stepped((2000.0, 2300.0, 100.0)) == (2000.0, 2100.0, 2200.0, 2300.0)
    assert stepped((2000.0, 2000.0, 1.0)) == (2000.0,)
    for wrong in ((2000.0, 1900.0, 100.0), (2000.0, 2300.0, 0.0), (-1.0, 2300.0, 100.0)):
        with pytest.raises(BadParameter, match="STEP above 0"):
            stepped(wrong)


def test_the_header_says_luminosity_and_energy() -> None:
    assert Source("x.csv").header == "13 TeV"
    assert Source("x.csv", luminosity=137.0, sqrt_s=13_600.0).header == "137 fb$^{-1}$ (13.6 TeV)"

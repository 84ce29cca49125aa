"""Published numbers are read as they stand in their file, and compared as they should be."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import dijethunt.bumphunt as bh
import pytest
from dijethunt.analysis.published import content, efficiencies, read_spectrum
from dijethunt.datasets.benchmark import signals


def test_every_signal_at_3_tev_has_published_efficiencies() -> None:
    for name in signals(3000.0):
        found = efficiencies(name)
        assert found is not None, name
        assert 0.5 < found.deta[0] <= found.deta[1] < 0.9
        assert found.product[0] == found.preselection[0] * found.deta[0]
    assert efficiencies("xyy_5000_80_170") is None
    assert efficiencies("qcd") is None


def test_every_group_of_numbers_has_a_source() -> None:
    assert all(part["source"] for part in content().values())


def test_rate_of_a_spectrum(tmp_path: Path) -> None:
    path = tmp_path / "spectrum.csv"
    path.write_text("low,high,observed\n2000,2231,500\n2231,2500,300\n2500,3000,100\n")
    published = read_spectrum(path)
    rate, error = published.above(2231.0).rate
    assert rate == pytest.approx(400 / published.luminosity)
    assert error == pytest.approx(20 / published.luminosity)


@pytest.mark.parametrize(
    ("edges", "told"),
    [
        ((2231, 2332, 2438, 2546), True),
        ((7866, 8152, 8752), True),
        ((2231, 2438, 2546), False),
        ((2000, 2231, 2500), False),
    ],
)
def test_bins_tell_another_spectrum(tmp_path: Path, edges: tuple[int, ...], told: bool) -> None:
    rows = [f"{low},{high},100" for low, high in pairwise(edges)]
    path = tmp_path / "spectrum.csv"
    path.write_text("\n".join(["low,high,observed", *rows]))
    assert read_spectrum(path).has_published_bins is told


def test_a_file_without_a_spectrum_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "spectrum.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(bh.SpectrumFileError, match="no column 'low'"):
        read_spectrum(path)


def test_published_spectrum_itself(real_data: Path) -> None:
    published = read_spectrum(real_data / "spectra" / "cms_exo_19_012_dijet_137ifb.csv").above(2231.0)
    assert published.spectrum.edges[0] == 2231
    assert published.has_published_bins
    assert published.rate[0] == pytest.approx(5122.8, abs=0.5)
